"""Twenty first messages of one person at once are one conversation."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guanxi.channel_kit import Request
from guanxi.inboxes import Raw
from guanxi.infra.postgres import Server
from guanxi.pipeline.parse import parse
from guanxi.pipeline.thread import thread
from guanxi.worker import inbound
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import Shop, World, open_world

ROUNDS = 500 if os.environ.get("GUANXI_TEST_LONG") == "1" else 50


async def conversations_of(world: World, shop: Shop) -> list[tuple[int, list[int]]]:
    """(how many messages it says it has, the seqs of its messages) of every conversation."""
    async with world.house.db.reading(shop.id) as tx:
        rows = await tx.fetch(
            """select c.last_seq, array_agg(m.seq order by m.seq) as seqs from conversation c
               join message m on m.workspace_id = c.workspace_id and m.conversation_id = c.id
               where c.workspace_id = $1 group by c.id, c.last_seq order by c.id""",
            shop.id,
        )
    return [(row["last_seq"], list(row["seqs"])) for row in rows]


@pytest.mark.asyncio
async def test_parallel_first_messages_make_one_conversation_with_gapless_seqs(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)
        for n in range(ROUNDS):
            person = f"U{n:032d}"
            await asyncio.gather(
                *[shop.hears(door, line_request(f"こんにちは {k}", f"{n}-{k}", person)) for k in range(20)],
                *[inbound.work(world.house, world.doors) for _ in range(3)],
            )
        await world.read_everything()
        found = await conversations_of(world, shop)
    assert len(found) == ROUNDS
    assert all(last == 20 and seqs == list(range(1, 21)) for last, seqs in found)


@pytest.mark.asyncio
async def test_the_schema_holds_even_when_two_hands_thread_the_same_person_at_once(
    server: Server, tmp_path: Path
) -> None:
    """Two transactions that both believe to hold the inbox: the unique indexes decide, nothing is doubled."""
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori")
        door = await shop.connects("line", secrets=SECRETS)

        async def hand(person: str, messages: list[str]) -> None:
            raws = [
                Raw(seq=n, **_parts(line_request("hi", message, person)), received_at=world.clock(), attempts=0)
                for n, message in enumerate(messages)
            ]
            reads = await parse(door, raws)
            async with world.house.db.transaction(shop.id) as tx:
                await thread(tx, door, reads, reopen=timedelta(hours=24))

        for n in range(20):
            person = f"V{n:032d}"
            await asyncio.gather(*[hand(person, [f"v{n}-{k}-{j}" for j in range(3)]) for k in range(4)])
        found = await conversations_of(world, shop)
    assert len(found) == 20
    assert all(seqs == list(range(1, 13)) for _, seqs in found)


def _parts(request: Request) -> dict[str, Any]:
    return {"method": "POST", "query": {}, "headers": dict(request.headers), "body": request.body}
