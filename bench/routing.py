"""What it takes to give conversations to people: 10,000 wait in 12 queues for 30 kinds of skills, 500 agents are free.

Beside it, in the same database, the plainest thing that could be called giving: one `update … limit 1` of an agent and one
of a conversation, without queues, skills, lines or events. Afterwards nobody has more than his places, nobody has what he
is not fit for, and every conversation was given once.
"""

from __future__ import annotations

import asyncio
import random
import time
from uuid import UUID

from bench.rig.figure import Figure, Missed, pairs, part, ratios, run, spread
from bench.rig.house import Site, open_site, process
from bench.rig.shops import open_shop
from guanxi import conversations, routing
from guanxi.infra.ids import new_id

GOAL = 20.0  # ms, p99 of one
COUNT = "select count(*) from event where workspace_id = $1 and kind = 'conversation.assigned'"
WAITING, AGENTS, QUEUES = 10_000, 500, 12
HANDS = 2
SKILLS = ("lang:ja", "lang:ko", "lang:en", "refunds", "refunds+2", "shipping", "invoices", "returns")

PLAIN = (
    """update agent set load = load + 1 where workspace_id = $1 and id = (
         select id from agent where workspace_id = $1 and presence = 'online' and load < capacity
         order by load, id limit 1 for update skip locked) returning id""",
    """update conversation set assignee_id = $2, version = version + 1 where workspace_id = $1 and id = (
         select id from conversation where workspace_id = $1 and state = 0 and assignee_id is null
           and waiting_since is not null order by waiting_since, id limit 1 for update skip locked) returning id""",
)


async def measure(quick: bool) -> Figure:
    waiting, agents, each, many = (300, 20, 20, 1) if quick else (WAITING, AGENTS, 300, 3)
    async with open_site() as site:
        ours_in = await _fill(site, "ours", waiting, agents)
        plain_in = await _fill(site, "plain", waiting, agents)
        await site.owner.execute("vacuum analyze")
        one: list[float] = []

        async def ours() -> float:
            await site.calm()
            began = time.perf_counter()
            for _ in range(each):
                at = time.perf_counter()
                async with site.house.db.transaction(ours_in) as tx:
                    if not await routing.give_waiting(tx, 1):
                        raise Missed("nobody could be given")
                one.append((time.perf_counter() - at) * 1000)
            return each / (time.perf_counter() - began)

        async def plain() -> float:
            await site.calm()
            began = time.perf_counter()
            for _ in range(each):
                async with site.house.db.transaction(plain_in) as tx:
                    agent = await tx.fetchval(PLAIN[0], plain_in)
                    if await tx.fetchval(PLAIN[1], plain_in, agent) is None:
                        raise Missed("nobody could be given")
            return each / (time.perf_counter() - began)

        alone, beside = await pairs(many, ours, plain)
        ratio, about = ratios(alone, beside)
        rest, seconds = await _give_all(site, ours_in)
        waits = await _refill(site, ours_in, each // 3)
        given = await _check(site, ours_in, len(one) + rest + len(waits))
        return Figure(
            bench="routing",
            figures={
                "one_p50_ms": round(part(one, 0.5), 2),
                "one_p99_ms": round(part(one, 0.99), 2),
                "goal_one_p99_ms": GOAL,
                "from_free_to_given_p50_ms": round(part(waits, 0.5), 1),
                "from_free_to_given_p99_ms": round(part(waits, 0.99), 1),
                "all_together_per_s": round(rest / seconds, 1),
                "given": given,
                "waiting": waiting,
                "agents": agents,
            }
            | spread("one_after_another_per_s", alone)
            | about,
            reference=spread("one_after_another_per_s", beside) | await site.durability(),
            ratio=ratio,
        )


async def _fill(site: Site, name: str, waiting: int, agents: int) -> UUID:
    """A workspace with so many agents, queues and conversations that wait; the same chances for every name."""
    shop = await open_shop(site, name)
    workspace, chance = shop.id, random.Random(7)
    wishes = [routing.QueueWishes(name=f"q{n}", everybody=False) for n in range(QUEUES)]
    async with site.house.db.transaction(workspace) as tx:
        queues = [await routing.add_queue(tx, one, [], by=shop.agents[0]) for one in wishes]
    people = [(new_id(), new_id()) for _ in range(agents)]
    async with site.owner.acquire() as owner, owner.transaction():
        await owner.executemany(
            "insert into person (id, email, name, language, created_at) values ($1, $2, 'n', 'en', now())",
            [(person, f"{person}@bench.example") for person, _ in people],
        )
        await owner.executemany(
            """insert into agent (workspace_id, id, person_id, name, role, capacity, presence, presence_at, seen_at,
                 created_at, skills) values ($1, $2, $3, 'n', 'agent', 8, 'online', now(), now() + interval '1 day', now(), $4)""",
            [(workspace, id_, person, sorted(chance.sample(SKILLS, 4))) for person, id_ in people],
        )
        await owner.executemany(
            "insert into queue_agent (workspace_id, queue_id, agent_id) values ($1, $2, $3)",
            [(workspace, queue, id_) for _, id_ in people for queue in chance.sample(queues, 4)],
        )
        needs = ["", *SKILLS, *(" ".join(sorted(chance.sample(SKILLS, 2))) for _ in range(21))]
        wait = [(new_id(), new_id(), new_id(), n) for n in range(waiting)]
        await owner.executemany(
            "insert into contact (workspace_id, id, name, created_at) values ($1, $2, 'c', now())",
            [(workspace, contact) for contact, _, _, _ in wait],
        )
        await owner.executemany(
            """insert into identity (workspace_id, id, contact_id, inbox_id, external_id, name, created_at)
               values ($1, $2, $3, $4, $5, 'c', now())""",
            [(workspace, identity, contact, shop.door.inbox_id, f"U{n}") for contact, identity, _, n in wait],
        )
        await owner.executemany(
            """insert into conversation (workspace_id, id, identity_id, inbox_id, channel, queue_id, last_at, opened_at,
                 waiting_since, queued_at, needs, head_start)
               values ($1, $2, $3, $4, 'line', $5, now(), now(), now() - make_interval(secs => $6), now(), $7, $8)""",
            [
                (workspace, talk, identity, shop.door.inbox_id, chance.choice(queues), float(waiting - n),
                 chance.choice(needs), chance.choice([0, 0, 0, 900]))
                for _, identity, talk, n in wait
            ],
        )  # fmt: skip
    return workspace


async def _give_all(site: Site, workspace: UUID) -> tuple[int, float]:
    """All that can be given, by as many hands as cores; (how many, seconds)."""

    async def hand() -> int:
        total, idle = 0, 0
        while idle < 3:
            async with site.house.db.transaction(workspace) as tx:
                given = await routing.give_waiting(tx)
            total, idle = total + given, 0 if given else idle + 1
        return total

    began = time.perf_counter()
    return sum(await asyncio.gather(*[hand() for _ in range(HANDS)])), time.perf_counter() - began


async def _refill(site: Site, workspace: UUID, many: int) -> list[float]:
    """Everybody is full; one conversation after another is resolved, and a worker of its own gives the next one to whom
    that made free: how long each took, in milliseconds."""
    waits: list[float] = []
    async with process(site, "worker"):
        for _ in range(many):
            row = await site.owner.fetchrow(
                """select c.id, c.assignee_id from conversation c where c.workspace_id = $1 and c.state = 0
                     and c.assignee_id is not null and exists (select from conversation w where w.workspace_id = $1
                       and w.state = 0 and w.assignee_id is null and w.queue_id = c.queue_id and w.needs = c.needs)
                   order by c.id limit 1""",
                workspace,
            )
            before = await site.owner.fetchval(COUNT, workspace)
            began = time.perf_counter()
            async with site.house.db.transaction(workspace) as tx:
                await conversations.resolve(tx, row["id"], agent_id=None)
            while await site.owner.fetchval(COUNT, workspace) == before:
                await asyncio.sleep(0.001)
            waits.append((time.perf_counter() - began) * 1000)
    return waits


async def _check(site: Site, workspace: UUID, given: int) -> int:
    """Every promise holds afterwards; returns how many were given."""
    wrong = await site.owner.fetchrow(
        """select
             (select count(*) from agent where workspace_id = $1 and load > capacity) as beyond,
             (select count(*) from agent a where a.workspace_id = $1 and a.load <> (select count(*) from conversation c
                where c.workspace_id = $1 and c.assignee_id = a.id and c.state = 0)) as miscounted,
             (select count(*) from conversation c join agent a on a.workspace_id = $1 and a.id = c.assignee_id
                where c.workspace_id = $1 and not (a.skills @> string_to_array(c.needs, ' ') and exists (
                  select from queue_agent s where s.workspace_id = $1 and s.queue_id = c.queue_id and s.agent_id = a.id))) as unfit,
             (select count(*) from conversation where workspace_id = $1 and assignee_id is not null)
               - (select count(distinct conversation_id) from event where workspace_id = $1 and kind = 'conversation.assigned')
               as uneven,
             (select count(*) from conversation where workspace_id = $1 and assignee_id is not null) - $2 as missing""",
        workspace,
        given,
    )
    if any(wrong.values()):
        raise Missed(f"what was given is wrong: {dict(wrong)}")
    return given


if __name__ == "__main__":
    run(measure)
