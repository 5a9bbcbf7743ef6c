"""From kept webhook to message in its conversation, beside pgbench doing the same writes with one message per commit.

Ours is one `guanxi worker` with all its loops: it reads what the acceptors keep, threads it, records events, and follows
them (counting, indexing for search). A producer tops the queue up all the while by the acceptors' own statement, so the
writing of the raw events lies inside our time too. The reference is C: 8 connections that do one transaction per message
(pipeline_frozen.sql), with nothing to read and nothing to decide.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg

from bench.rig.figure import PAIRS, Figure, Missed, pairs, ratios, run, spread
from bench.rig.house import Site, open_site, process
from bench.rig.programs import pgbench
from bench.rig.shops import Shop, arrive, kept_row, open_shop, text_body
from guanxi.infra.migrations import migrate
from guanxi.infra.postgres import Server

GOAL = 0.7
IDENTITIES = 5000
WORKSPACES = 3
CLIENTS = 8
QUEUE = 3000  # events that the producer keeps waiting
FROZEN = Path(__file__).with_name("pipeline_frozen.sql")
INBOX = "00000000-0000-7000-8003-000000000000"
TEXT = "您好，我想问一下昨天下单的茶具什么时候发货？ 1234"


@dataclass(slots=True)
class Stream:
    """What arrives: texts of random people at the LINE inboxes of three shops."""

    site: Site
    shops: Sequence[Shop]
    identities: int
    queue: int
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**12)))
    kept: int = 0

    async def keep(self, people: Sequence[int]) -> None:
        rows = [
            kept_row(self.shops[person % len(self.shops)], text_body(person, next(self.numbers))) for person in people
        ]
        await arrive(self.site, rows)
        self.kept += len(rows)

    async def waiting(self) -> int:
        return int(await self.site.owner.fetchval("select count(*) from inbound_event where state = 0"))

    async def drained(self) -> None:
        while await self.waiting():
            await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Whenever fewer than `queue` wait, 500 more are kept."""

        async def flow() -> None:
            while not stopping.is_set():
                if await self.waiting() >= self.queue:
                    await asyncio.sleep(0.05)
                    continue
                for _ in range(5):
                    await self.keep(random.choices(range(self.identities), k=100))

        stopping = asyncio.Event()
        task = asyncio.create_task(flow())
        try:
            yield
        finally:
            stopping.set()
            await task


async def measure(quick: bool) -> Figure:
    seconds, many, identities, queue = (3.0, 1, 600, 500) if quick else (30.0, PAIRS, IDENTITIES, QUEUE)
    async with open_site() as site:
        shops = [await open_shop(site, f"pipeline-{n}") for n in range(WORKSPACES)]
        stream = Stream(site, shops, identities, queue)
        server, scripts = await _reference(site, identities)
        variables = {
            "conversations": str(identities // WORKSPACES),
            "inbox": INBOX,
            "content": f'{{"kind":"text","text":"{TEXT}"}}',
            "text": TEXT,
            "payload": '{"seq":12,"author":"contact"}',
        }
        grown: dict[str, list[int]] = {"queue_growth": [], "unheard_growth": []}
        async with process(site, "worker"):
            for first in range(0, identities, 200):
                await stream.keep(range(first, min(first + 200, identities)))
            await stream.drained()
        # Strangers' profiles are asked for at the platform, which is not here.
        await site.owner.execute("delete from job; update lane set next_at = null")

        async def ours() -> float:
            await site.calm()
            async with process(site, "worker"), stream.flowing():
                await asyncio.sleep(1.0 if quick else 3.0)
                waiting, unheard = await stream.waiting(), await _unheard(site)
                before, began = await _messages(site), time.monotonic()
                await asyncio.sleep(seconds)
                after, took = await _messages(site), time.monotonic() - began
                grown["queue_growth"].append(await stream.waiting() - waiting)
                grown["unheard_growth"].append(await _unheard(site) - unheard)
            return (after - before) / took

        async def reference() -> float:
            await site.calm()
            return await pgbench(server, "guanxi_app", scripts, clients=CLIENTS, seconds=seconds, variables=variables)

        threaded, committed = await pairs(many, ours, reference)
        async with process(site, "worker"):
            await stream.drained()
        counted = await _recount(site, stream)
        ratio, about = ratios(threaded, committed)
        return Figure(
            bench="pipeline",
            figures=spread("messages_per_s", threaded)
            | about
            | {"goal_ratio": GOAL, "seconds_each": seconds, "identities": identities, "workspaces": WORKSPACES}
            | grown
            | counted,
            reference=spread("commits_per_s", committed) | {"clients": CLIENTS} | await site.durability(),
            ratio=ratio,
        )


async def _messages(site: Site) -> int:
    return int(await site.owner.fetchval("select count(*) from message"))


async def _unheard(site: Site) -> int:
    """Events that the followers have yet to hear."""
    found = await site.owner.fetchval(
        """select sum((select count(*) from event e where e.workspace_id = c.workspace_id
             and (e.xid, e.id) > (c.xid, c.id))) from event_cursor c"""
    )
    return int(found or 0)


async def _recount(site: Site, stream: Stream) -> dict[str, int]:
    """Everything that was kept is one message in one conversation, gaplessly numbered; else Missed."""
    row = await site.owner.fetchrow(
        """select (select count(*) from inbound_event) as kept,
             (select count(*) from inbound_event where state <> 1) as unread,
             (select count(distinct (inbox_id, inbound_seq)) from message where author = 'contact') as messages,
             (select count(*) from message where author = 'contact') as rows,
             (select count(*) from identity) as identities,
             (select count(*) from conversation) as conversations,
             (select count(*) from (select conversation_id from message group by workspace_id, conversation_id
                having max(seq) <> count(*)) g) as with_gaps,
             (select count(*) from event where kind = 'message.received') as events"""
    )
    counted = dict(row)
    same = {stream.kept, counted["kept"], counted["messages"], counted["rows"], counted["events"]}
    people = {stream.identities, counted["identities"], counted["conversations"]}
    if len(same) > 1 or len(people) > 1 or counted["unread"] or counted["with_gaps"]:
        raise Missed(f"{stream.kept} were kept, but the rows say {counted}")
    return {"kept_and_recounted": stream.kept}


async def _reference(site: Site, identities: int) -> tuple[Server, list[Path]]:
    """The same schema in a database beside ours, with as many conversations, and the frozen transaction for each
    workspace. The key against duplicates is a table here, so the message's own is left empty: one each, as with us."""
    await site.owner.execute("create database reference")
    server = replace(site.server, database="reference")
    await migrate(server)
    owner: Any = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    await owner.execute(
        """create table seen (workspace_id uuid, inbox_id uuid, external_id text,
             primary key (workspace_id, inbox_id, external_id));
           alter table seen enable row level security;
           alter table seen force row level security;
           create policy own_workspace on seen to guanxi_app
             using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
             with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
           grant select, insert on seen to guanxi_app"""
    )
    scripts = []
    for n in range(WORKSPACES):
        workspace, prefix = f"00000000-0000-7000-8000-{n:012d}", f"00000000-0000-7000-8{n + 1:03d}-"
        await owner.execute(
            """insert into conversation (workspace_id, id, identity_id, inbox_id, channel, queue_id, last_at, opened_at,
                 waiting_since, last_kind, last_text)
               select $1::uuid, ($2 || lpad(n::text, 12, '0'))::uuid, ($2 || lpad(n::text, 12, '0'))::uuid, $3::uuid,
                 'line', $3::uuid, now(), now(), now(), 'text', $4 from generate_series(0, $5) n""",
            workspace,
            prefix,
            INBOX,
            TEXT,
            identities // WORKSPACES - 1,
        )
        script = site.folder / f"frozen-{n}.sql"
        script.write_text(FROZEN.read_text().replace("{workspace}", workspace).replace("{prefix}", prefix))
        scripts.append(script)
    await owner.close()
    return server, scripts


if __name__ == "__main__":
    run(measure)
