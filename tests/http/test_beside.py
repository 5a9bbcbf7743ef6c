"""A supervisor beside an agent: whispers that no delivery can take, stepping in and handing back, moves that cross."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from guanxi import channels, conversations, routing
from guanxi.conversations.actions.write import deliver_job
from guanxi.infra import jobs
from guanxi.infra.postgres import Server
from guanxi.infra.sql import Tx
from guanxi.pipeline import deliver
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

SECRETS = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
STATES = ("waiting", "sending", "sent", "delivered", "read", "failed", "unknown")

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def front(own_server: Server, tmp_path: Path) -> AsyncIterator[Front]:
    async with open_front(own_server, tmp_path) as front:
        yield front


async def served(front: Front, *names: str) -> tuple[Shop, dict[str, Agent], UUID, str]:
    """A shop, its people, its inbox, and the address of a conversation that mei has."""
    shop, people = await front.opens("Kiln", "mei", *names)
    inbox = (await shop.connects("line", secrets=SECRETS)).inbox_id
    one = await arrives(shop, inbox, "yuki", "where is my order?", channel="line")
    at = f"/api/conversations/{one}"
    assert (await people["boss"].post(f"{at}/assign", {"agent_id": str(people["mei"].id)})).status_code == 200
    return shop, people, inbox, at


async def test_no_channel_can_deliver_a_whisper_even_when_a_delivery_of_it_is_planted(front: Front) -> None:
    shop, people, inbox, _ = await served(front)
    house = front.world.house
    door = await front.world.doors.get(shop.id, inbox)
    assert door is not None
    for channel in sorted(channels.all_channels()):
        one = await arrives(shop, inbox, f"of-{channel}", "hi", channel=channel)
        async with house.db.transaction(shop.id) as tx:
            seq = await conversations.whisper(tx, one, id=uuid4(), text="offer 10 %", agent_id=people["boss"].id)
            await jobs.enqueue(tx, [deliver_job(await conversations.lock(tx, one), seq)])
        claims = await jobs.claim(house.db, in_flight=8, share=8, most=20, lease=60)
        (claim,) = [claim for claim in claims if claim.lane == f"out:{one}"]
        async with house.db.transaction(shop.id) as tx:
            prepared = await deliver.prepare(tx, house, msgspec.structs.replace(door, channel=channel), claim)
        assert prepared is True, channel  # settled without a call: there is nothing that a channel could be handed
        for state in STATES:  # and whoever forgets to look first is stopped by the database
            with pytest.raises(asyncpg.CheckViolationError):
                async with house.db.transaction(shop.id) as tx:
                    await conversations.change_message(tx, await conversations.lock(tx, one), seq, state=state)
        async with house.db.transaction(shop.id) as tx:
            row = await conversations.find_reply(tx, one, seq)
        assert (row["kind"], row["state"], row["external_id"]) == ("whisper", "received", None)


async def test_a_whisper_calls_its_agent_and_stands_in_no_transcript_for_a_customer(front: Front) -> None:
    shop, people, _, at = await served(front)
    said = (await people["boss"].post(f"{at}/whispers", {"id": str(uuid4()), "text": "offer him 10 %"})).json()
    assert (said["kind"], said["is_note"], said["content"]["text"]) == ("whisper", True, "offer him 10 %")
    await front.world.follow_everything(shop.id)
    rows = (await people["mei"].get("/api/notices")).json()["rows"]
    notice = next(one for one in rows if one["kind"] != "assigned")
    assert (notice["kind"], notice["by"]["name"]) == ("whispered", "boss")
    for kind in ("html", "txt", "json"):
        assert "10 %" not in (await people["mei"].get(f"{at}/transcript", format=kind)).text


async def test_who_steps_in_has_it_the_agent_hears_why_and_gets_it_back(front: Front) -> None:
    shop, people, _, at = await served(front)
    boss, mei = people["boss"], people["mei"]
    assert (await mei.post(f"{at}/step-in", {})).status_code == 403
    taken = (await boss.post(f"{at}/step-in", {"reason": "an important customer"})).json()
    assert (taken["assignee"]["id"], taken["taken_from"], taken["transfers"]) == (str(boss.id), str(mei.id), 1)
    assert (await boss.post(f"{at}/step-in", {})).json()["error"] == "yours_already"
    await front.world.follow_everything(shop.id)
    assert "stepped_in" in [one["kind"] for one in (await mei.get("/api/notices")).json()["rows"]]
    line = (await mei.get(f"{at}/messages")).json()["rows"][-1]["content"]
    assert (line["what"], line["by"], line["to"], line["note"]) == (
        "stepped_in",
        "boss",
        "mei",
        "an important customer",
    )
    assert await loads(shop) == {"boss": 1, "mei": 0}
    back = (await boss.post(f"{at}/hand-back")).json()
    assert (back["assignee"]["id"], back["taken_from"], back["transfers"]) == (str(mei.id), None, 2)
    assert await loads(shop) == {"boss": 0, "mei": 1}
    assert (await boss.post(f"{at}/hand-back")).json()["error"] == "nobody_to_hand_back_to"


async def test_the_second_of_two_who_move_a_conversation_hears_where_it_went(front: Front) -> None:
    _, people, _, at = await served(front, "zhou")
    row = (await people["boss"].get(at)).json()
    seen = {"assignee_id": row["assignee"]["id"], "queue_id": row["queue_id"]}
    to_zhou = {"agent_id": str(people["zhou"].id), "seen": seen}
    assert (await people["boss"].post(f"{at}/transfer", to_zhou)).status_code == 200
    for verb, body in (("step-in", {}), ("assign", {"agent_id": None}), ("transfer", {"agent_id": None})):
        refused = await people["mei" if verb != "step-in" else "boss"].post(f"{at}/{verb}", body | {"seen": seen})
        told = refused.json()
        assert (refused.status_code, told["error"], told["by"], told["to"]) == (409, "moved_meanwhile", "boss", "zhou")
    assert (await people["boss"].get(at)).json()["transfers"] == 1


async def test_of_two_supervisors_who_move_one_conversation_at_once_one_wins_and_the_other_hears_who_did_what(
    front: Front,
) -> None:
    """Both look at it, both move it in the same moment: round after round, by every verb that moves."""
    shop, people, _, at = await served(front, "sara", "zhou")
    boss, sara = people["boss"], people["sara"]
    assert (await boss.patch(f"/api/agents/{sara.id}", {"role": "supervisor"})).status_code == 200
    async with front.world.house.db.transaction(shop.id) as tx:
        await routing.add_queue(tx, await wishes(tx), [], by=boss.id)
    begins = len(await moves(shop))
    won: Counter[str] = Counter()
    for turn in range(12):
        row = (await boss.get(at)).json()
        has = (row["assignee"] or {}).get("id")
        seen = {"assignee_id": has, "queue_id": row["queue_id"]}
        to = "zhou" if has != str(people["zhou"].id) else "mei"
        first: tuple[str, dict[str, Any], str] = (
            "transfer",
            {"agent_id": str(people[to].id), "note": "yours"},
            to,
        )
        queue = next(one for one in (await boss.get("/api/queues")).json() if one["id"] != row["queue_id"])
        second: tuple[str, dict[str, Any], str] = [
            ("transfer", {"agent_id": None, "queue_id": queue["id"]}, queue["name"]),
            ("step-in", {"reason": "mine"}, "sara"),
            ("assign", {"agent_id": str(sara.id)}, "sara"),
        ][turn % 3]
        if has == str(sara.id):
            second = ("transfer", {"agent_id": None, "queue_id": queue["id"]}, queue["name"])
        told = await asyncio.gather(
            *(
                who.post(f"{at}/{verb}", {**body, "seen": seen})
                for who, (verb, body, _) in ((boss, first), (sara, second))
            )
        )
        assert sorted(one.status_code for one in told) == [200, 409], [one.text for one in told]
        winner = 0 if told[0].status_code == 200 else 1
        who, where = ("boss", first[2]) if winner == 0 else ("sara", second[2])
        refused = told[1 - winner].json()
        assert (refused["error"], refused["by"], refused["to"]) == ("moved_meanwhile", who, where)
        won[who] += 1
        now = (await boss.get(at)).json()
        assert ((now["assignee"] or {}).get("name") or queue["name"]) == where
        rows = await moves(shop)
        assert len(rows) == begins + turn + 1, "what was refused has left nothing behind"
    assert sum((await loads(shop)).values()) == (1 if now["assignee"] else 0)
    names = {agent.id: name for name, agent in people.items()}
    assert Counter(names[row["agent_id"]] for row in rows[begins:]) == won
    assert len({row["version"] for row in rows}) == len(rows)


async def test_each_time_that_a_customer_is_passed_on_counts_and_sorting_before_anybody_has_him_does_not(
    front: Front,
) -> None:
    shop, people, inbox, _ = await served(front)
    house, mei, boss = front.world.house, people["mei"].id, people["boss"].id
    async with house.db.transaction(shop.id) as tx:
        second = await routing.add_queue(tx, await wishes(tx), [], by=boss)
    one = await arrives(shop, inbox, "chen", "hi", channel="line")

    async def after(step: Any, *args: Any, **more: Any) -> int:
        async with house.db.transaction(shop.id) as tx:
            await step(tx, one, *args, **more)
            return int(
                await tx.fetchval(
                    "select transfers from conversation where workspace_id = $1 and id = $2", shop.id, one
                )
            )

    assert await after(routing.assign, mei, by=mei) == 0  # taken up
    assert await after(routing.transfer, boss, note="", by=mei) == 1  # agent to agent
    assert await after(routing.assign, None, by=boss) == 2  # agent to queue
    assert await after(routing.move, second, by=boss) == 3  # queue to queue
    assert await after(routing.assign, mei, by=mei) == 3
    assert await after(routing.move, second, by=mei) == 4
    await front.world.follow_everything(shop.id)
    report = (await people["boss"].get("/api/reports")).json()["total"]
    assert (report["transferred"], report["passed_on"], report["taken"]) == (4, 1, 4)


async def moves(shop: Shop) -> list[Any]:
    async with shop.world.house.db.reading(shop.id) as tx:
        return await tx.fetch(
            """select agent_id, version from event where workspace_id = $1 and kind = 'conversation.assigned'
               order by version""",
            shop.id,
        )


async def loads(shop: Shop) -> dict[str, int]:
    async with shop.world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch("select name, load from agent where workspace_id = $1", shop.id)
    return {row["name"]: row["load"] for row in rows}


async def wishes(tx: Tx) -> routing.QueueWishes:
    (first, *_) = await routing.queues(tx)
    return msgspec.convert(
        {name: getattr(first, name) for name in routing.QueueWishes.__struct_fields__} | {"name": "Refunds"},
        routing.QueueWishes,
    )
