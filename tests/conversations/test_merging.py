"""Conversations become one, are taken apart, and are split: each message stands in exactly one of them, in its order."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi import contacts, conversations
from guanxi.channel_kit import Sent
from guanxi.contacts import Seen
from guanxi.content import Text
from guanxi.conversations import Arrival, Wish
from guanxi.conversations.merging import Place, in_one
from guanxi.infra import jobs
from guanxi.infra.ids import new_id
from guanxi.infra.postgres import Server
from guanxi.infra.sql import Tx
from guanxi.pipeline import deliver
from tests.databases import open_folder
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio
LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
A, B, C = (UUID(int=n) for n in (1, 2, 3))


@pytest_asyncio.fixture(scope="module")
async def world(server: Server) -> AsyncIterator[World]:
    with open_folder() as folder:
        async with open_world(server, folder) as world:
            yield world


class Table:
    """A customer on one account, with threads of his own."""

    def __init__(self, shop: Shop, inbox_id: UUID) -> None:
        self.shop, self.inbox_id, self.agent = shop, inbox_id, shop.agents["林薇"]
        self.db = shop.world.house.db

    async def says(self, text: str = "在吗", thread: str = "", who: str = "chen") -> UUID:
        async with self.db.transaction(self.shop.id) as tx:
            return await self.says_in(tx, text, thread, who)

    async def says_in(self, tx: Tx, text: str, thread: str = "", who: str = "chen") -> UUID:
        people = await contacts.recognise(tx, [Seen(inbox_id=self.inbox_id, external_id=who, name=who)])
        identity = people[self.inbox_id, who]
        queue = await tx.fetchval(
            "select queue_id from inbox where workspace_id = $1 and id = $2", self.shop.id, self.inbox_id
        )
        wish = Wish(
            identity_id=identity.id,
            thread=thread,
            inbox_id=self.inbox_id,
            channel="line",
            medium="chat",
            queue_id=queue,
        )
        joined = (await conversations.join(tx, [wish], reopen=timedelta(hours=1)))[identity.id, thread]
        one = Arrival(
            id=new_id(),
            conversation=joined,
            external_id=uuid4().hex,
            content=Text(text),
            sent_at=tx.now,
            inbound_seq=None,
        )
        await conversations.append(tx, [one])
        return joined.id

    async def does(self, verb: Any, id_: UUID, *args: Any, **more: Any) -> Any:
        self.shop.world.clock.forward(seconds=1)
        async with self.db.transaction(self.shop.id) as tx:
            return await verb(tx, id_, *args, agent_id=self.agent, **more)

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with self.db.reading(self.shop.id) as tx:
            return [dict(row) for row in await tx.fetch(sql, self.shop.id, *args)]

    async def row(self, id_: UUID) -> dict[str, Any]:
        return (await self.rows("select * from conversation where workspace_id = $1 and id = $2", id_))[0]

    async def said(self, id_: UUID) -> list[str]:
        found = await self.rows(
            """select content ->> 'text' as text from message where workspace_id = $1 and conversation_id = $2
               and kind <> 'event' order by seq""",
            id_,
        )
        return [one["text"] for one in found]

    async def stands(self) -> list[tuple[UUID, int, UUID]]:
        """Every message but the lines about what was done: in which conversation, under which number."""
        found = await self.rows(
            "select conversation_id, seq, id from message where workspace_id = $1 and kind <> 'event' order by id"
        )
        return [tuple(one.values()) for one in found]  # type: ignore[misc]


@pytest_asyncio.fixture
async def table(world: World) -> Table:
    shop = await world.shop(f"青禾 {uuid4().hex[:6]}")
    await shop.comes_online()
    return Table(shop, (await shop.connects("line", secrets=LINE)).inbox_id)


PLACES = st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 50)), max_size=40)


@settings(deadline=None)  # a busy machine is no fault of the rule
@given(PLACES)
async def test_all_messages_stand_in_the_survivor_once_in_the_order_of_each(told: list[tuple[UUID, int]]) -> None:
    places = [
        Place(UUID(int=100 + n), conversation, n + 1, START + timedelta(seconds=at))
        for n, (conversation, at) in enumerate(told)
    ]
    moves = {one.message_id: one.to_seq for one in in_one(A, places, 1000)}
    after = {one.message_id: moves.get(one.message_id, one.seq) for one in places}
    assert len(set(after.values())) == len(places), "two messages under one number"
    assert {one.message_id for one in places if one.conversation_id != A} <= moves.keys()
    for conversation in (A, B, C):
        its = [after[one.message_id] for one in places if one.conversation_id == conversation]
        assert its == sorted(its), "a conversation's own order stands"
    if all(a.at < b.at for a, b in itertools.pairwise(places)):
        assert [after[one.message_id] for one in places] == sorted(after.values())


async def test_a_merge_shows_both_in_their_order_and_what_comes_next_lands_in_it(table: Table) -> None:
    old = await table.says("我的订单呢")
    await table.does(conversations.reply, old, id=uuid4(), content=Text("查一下"), force=True)
    await table.does(conversations.resolve, old)
    table.shop.world.clock.forward(hours=2)
    new = await table.says("还是没到")
    assert new != old
    await table.does(conversations.tag, new, ["物流"])
    await table.does(conversations.merge, old, [new])
    assert await table.said(old) == ["我的订单呢", "查一下", "还是没到"]
    assert await table.said(new) == []
    after, gone = await table.row(old), await table.row(new)
    assert (after["state"], after["tags"], after["last_text"], after["unread"]) == (0, ["物流"], "还是没到", 1)
    assert (gone["state"], gone["merged_into"]) == (3, old)
    table.shop.world.clock.forward(minutes=5)
    assert await table.says("有人吗") == old
    with pytest.raises(conversations.Refused, match="merged"):
        await table.does(conversations.note, new, id=uuid4(), text="x")


async def test_taking_apart_gives_everything_back_as_it_was(table: Table) -> None:
    first = await table.says("一", thread="a")
    table.shop.world.clock.forward(minutes=1)
    second = await table.says("二", thread="b")
    table.shop.world.clock.forward(minutes=1)
    await table.says("三", thread="a")
    await table.does(conversations.tag, second, ["退款"])
    before, rows = await table.stands(), [await table.row(first), await table.row(second)]
    await table.does(conversations.merge, first, [second])
    assert await table.said(first) == ["一", "二", "三"]
    assert await table.says("四", thread="b") == first
    await table.does(conversations.take_apart, first)
    after = [one for one in await table.stands() if one[2] in {kept[2] for kept in before}]
    assert after == before
    assert await table.said(second) == ["二"]
    unlike = {"version", "last_seq", "unread", "last_at", "last_text"}
    for was, now in zip(rows, [await table.row(first), await table.row(second)], strict=True):
        assert {k: v for k, v in was.items() if k not in unlike} == {k: v for k, v in now.items() if k not in unlike}
    assert await table.says("五", thread="b") == second


async def test_two_agents_who_merge_into_each_others_make_one_conversation(table: Table) -> None:
    one, other = await table.says("一", thread="a"), await table.says("二", thread="b")
    both = await asyncio.gather(
        table.does(conversations.merge, one, [other]),
        table.does(conversations.merge, other, [one]),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in both) == ["Refused", "UUID"]
    states = sorted([(await table.row(one))["state"], (await table.row(other))["state"]])
    assert states == [0, 3]
    assert len(await table.stands()) == 2


async def test_what_arrives_during_a_merge_is_in_the_survivor_once(table: Table) -> None:
    one, other = await table.says("一", thread="a"), await table.says("二", thread="b")
    arriving, merging = asyncio.Event(), asyncio.Event()

    async def arrives() -> None:
        async with table.db.transaction(table.shop.id) as tx:
            await table.says_in(tx, "三", "b")
            arriving.set()
            await merging.wait()  # the merge has begun, and waits for us

    async def merges() -> None:
        await arriving.wait()
        begun = asyncio.ensure_future(table.does(conversations.merge, one, [other]))
        while not await table.rows(
            """select 1 from pg_stat_activity where $1::uuid is not null and wait_event_type = 'Lock'
               and datname = current_database()"""
        ):
            await asyncio.sleep(0)
        merging.set()
        await begun

    await asyncio.gather(arrives(), merges())
    assert await table.said(one) == ["一", "二", "三"]
    during = [table.says(f"{n}", thread="b") for n in range(6)]
    landed = await asyncio.gather(*during, table.does(conversations.take_apart, one))
    assert set(landed[:6]) <= {one, other}
    everything = [text for id_ in (one, other) for text in await table.said(id_)]
    assert sorted(everything) == sorted(["一", "二", "三", *(f"{n}" for n in range(6))])


async def test_what_is_being_sent_ends_where_it_stands_and_what_waits_goes_behind_it(table: Table) -> None:
    one, other = await table.says("一", thread="a"), await table.says("二", thread="b")
    for id_, text in ((other, "先"), (other, "后"), (one, "那边")):
        await table.does(conversations.reply, id_, id=uuid4(), content=Text(text), force=True)
    world = table.shop.world
    door = await world.doors.get(table.shop.id, table.inbox_id)
    claims = await jobs.claim(world.house.db, in_flight=8, share=8, most=8, lease=60)
    claim = next(held for held in claims if held.lane == f"out:{other}")
    async with table.db.transaction(table.shop.id) as tx:
        await tx.execute("update identity set windows = $2::jsonb where workspace_id = $1", table.shop.id, [])
        prepared = await deliver.prepare(tx, world.house, door, claim)
    assert isinstance(prepared, deliver.Prepared)
    await table.does(conversations.merge, one, [other])
    async with table.db.transaction(table.shop.id) as tx:
        assert await deliver.settle(tx, claim, prepared, Sent(external_ids=("x1",)))
    states = await table.rows(
        """select conversation_id, content ->> 'text' as text, state, external_id from message
           where workspace_id = $1 and author = 'agent' order by seq"""
    )
    assert [(row["text"], row["state"], row["conversation_id"]) for row in states] == [
        ("先", "sent", one), ("后", "waiting", one), ("那边", "waiting", one),
    ]  # fmt: skip
    waiting = await table.rows("select lane from job where workspace_id = $1 and kind = 'deliver' order by position")
    assert [row["lane"] for row in waiting] == [f"out:{one}"] * 2


async def test_others_identities_and_other_workspaces_are_not_merged(table: Table, world: World) -> None:
    one, other = await table.says(), await table.says(who="wang")
    with pytest.raises(conversations.Refused, match="other_identity"):
        await table.does(conversations.merge, one, [other])
    stranger = Table(shop := await world.shop("别家"), (await shop.connects("line", secrets=LINE)).inbox_id)
    theirs = await stranger.says()
    with pytest.raises(conversations.NotFound):
        await table.does(conversations.merge, one, [theirs])
    with pytest.raises(conversations.NotFound):
        await table.does(conversations.split, theirs, id=uuid4(), from_seq=1)


async def test_a_split_shares_what_was_said_and_the_newest_topic_gets_what_comes(table: Table) -> None:
    id_ = await table.says("快递到哪了")
    await table.does(conversations.reply, id_, id=uuid4(), content=Text("明天到"), force=True)
    await table.says("另外发票怎么开")
    row = (
        await table.rows("select seq from message where workspace_id = $1 and content ->> 'text' = '另外发票怎么开'")
    )[0]
    new = uuid4()
    for _ in range(2):  # sent twice, it is one
        await table.does(conversations.split, id_, id=new, from_seq=row["seq"])
    assert (await table.said(id_), await table.said(new)) == (["快递到哪了", "明天到"], ["另外发票怎么开"])
    old_row, new_row = await table.row(id_), await table.row(new)
    assert (old_row["waiting_since"], old_row["unread"], old_row["last_text"]) == (None, 0, "明天到")
    assert (new_row["waiting_since"] is not None, new_row["unread"], new_row["state"]) == (True, 1, 0)
    assert new_row["assignee_id"] == old_row["assignee_id"]
    assert await table.says("还在吗") == new
    await table.does(conversations.merge, id_, [new])
    assert await table.said(id_) == ["快递到哪了", "明天到", "另外发票怎么开", "还在吗"]
    assert await table.says("好的") == id_
    for wrong in ({"seqs": [999]}, {"from_seq": 1}):
        with pytest.raises(conversations.Refused, match="nothing_"):
            await table.does(conversations.split, id_, id=uuid4(), **wrong)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_however_often_they_are_merged_split_and_taken_apart_nothing_is_lost_or_doubled(
    table: Table, seed: int
) -> None:
    chance = random.Random(seed)
    known: set[UUID] = set()
    said = 0
    for step in range(40):
        act = chance.choice(["says", "says", "says", "reply", "merge", "merge", "apart", "split", "resolve"])
        living = [
            row["id"] for row in await table.rows("select id from conversation where workspace_id = $1 and state < 3")
        ]
        one = chance.choice(living) if living else None
        try:
            if act == "says" or one is None:
                table.shop.world.clock.forward(minutes=chance.choice([1, 90]))
                said += 1
                await table.says(f"c{step}", thread=chance.choice(["", "a", "b"]))
            elif act == "reply":
                await table.does(conversations.reply, one, id=uuid4(), content=Text(f"r{step}"), force=True)
                said += 1
            elif act == "merge":
                await table.does(
                    conversations.merge, one, chance.sample(living, min(len(living), chance.choice([1, 2])))
                )
            elif act == "apart":
                await table.does(conversations.take_apart, one)
            elif act == "split":
                seqs = [row["seq"] for row in await table.rows(
                    "select seq from message where workspace_id = $1 and conversation_id = $2 order by seq", one)]  # fmt: skip
                how: Any = (
                    {"from_seq": chance.choice(seqs)} if chance.random() < 0.5 else {"seqs": chance.sample(seqs, 1)}
                )
                await table.does(conversations.split, one, id=uuid4(), **how)
            else:
                await table.does(conversations.resolve, one)
        except conversations.Refused:
            pass
        stands = await table.stands()
        ids = {id_ for _, _, id_ in stands}
        assert len(stands) == len(ids) == said
        assert ids >= known
        known = ids
        await _holds(table)


async def _holds(table: Table) -> None:
    """What has to be true of all conversations at every moment."""
    messages = await table.rows(
        """select conversation_id, seq, author, created_at, kind from message where workspace_id = $1
           order by conversation_id, seq"""
    )
    for row in await table.rows("select * from conversation where workspace_id = $1"):
        its = [one for one in messages if one["conversation_id"] == row["id"]]
        assert (row["state"] == 3) == (row["merged_into"] is not None)
        assert row["state"] < 3 or not its
        spoken = [one["created_at"] for one in its if one["kind"] != "event"]
        assert spoken == sorted(spoken), "in the order of time"
        assert row["last_seq"] >= max([one["seq"] for one in its], default=0)
        theirs = [one for one in its if one["author"] == "contact"]
        assert 0 <= row["unread"] <= len(theirs) or row["state"] == 3
        if row["state"] == 0 and row["waiting_since"] is not None:
            assert theirs, "nobody waits where nobody has spoken"
    load = await table.rows(
        """select a.load, (select coalesce(sum(weight), 0) from conversation c where c.workspace_id = $1
             and c.assignee_id = a.id and c.state = 0) as filled from agent a where a.workspace_id = $1"""
    )
    assert all(one["load"] == one["filled"] for one in load)
    moved = await table.rows(
        """select v.conversation_id from moved_message v left join message m on m.workspace_id = $1 and m.id = v.message_id
           where v.workspace_id = $1 and (m.id is null or exists (select from message o where o.workspace_id = $1
             and o.conversation_id = v.conversation_id and o.seq = v.seq and o.id <> v.message_id))"""
    )
    assert not moved, "an old number means another message"
