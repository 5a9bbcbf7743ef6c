"""What is found by words is all that is there, the newest first, over many slices and however often a search pauses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import contacts, conversations, views
from guanxi.content import Text
from guanxi.infra import search, search_slices
from guanxi.infra.postgres import Server
from guanxi.views.page import cursor
from guanxi.views.people import with_words
from tests.http.desk import arrives
from tests.stories.test_line_message import SECRETS
from tests.world import Shop, World, open_world

SAID = [
    "您好，我想问一下青瓷茶杯什么时候发货？", "货还没有到，订单880012345678", "Refund please, order 880012345678", "退款 refund", "发来的货不对",
    "ください、サイズは？", "환불 받고 싶어요", "it's glazed, isn't it?", "100%_off", "free shipping", "free of shipping costs", "茶杯", "好的",
]  # fmt: skip
WORDS = [
    "茶杯", "货", "发货", "refund", "refu", "order refund", "12345678", "5678", "012345678", "880012345678", "退款 refund", "ください", "환불 받고",
    "it's", "100%_", "free shipping", '"free shipping"', "何", "何静 好", "lin", "不在这里", "么时候青", "好",
]  # fmt: skip


ANY = views.Sifted()


class Told:
    """A shop in which much was said, and what was: (at, conversation, text), and names with when it was opened."""

    def __init__(self, world: World, shop: Shop, inbox_id: UUID) -> None:
        self.world, self.shop, self.inbox_id = world, shop, inbox_id
        self.texts: list[tuple[float, UUID, str]] = []

    async def hears(self, who: str, *said: str) -> UUID:
        id_ = await arrives(self.shop, self.inbox_id, who, *said)
        at = self.world.clock().timestamp()
        if all(other != id_ for _, other, _ in self.texts):
            self.texts.append((at, id_, f"{who} {who}"))
        self.texts += [(at, id_, text) for text in said]
        return id_

    def scan(self, words: str, since: float = 0, until: float = 1e12) -> list[UUID]:
        """The plainest search: every text is looked at."""
        wanted = search.words(words)
        newest: dict[UUID, float] = {}
        for at, id_, text in self.texts:
            if since <= at < until and all(word in search.normal(text) for word in wanted):
                newest[id_] = max(at, newest.get(id_, 0))
        return sorted(newest, key=lambda id_: (newest[id_], id_), reverse=True)

    async def pages(self, words: str, *, limit: int, longest: float, sifted: views.Sifted = ANY) -> list[UUID]:
        found: list[UUID] = []
        after = None
        while True:
            ask = views.Ask(view="any", limit=limit, after=after)
            async with self.world.house.db.reading(self.shop.id) as tx:
                page = await views.conversations_with(
                    tx, words, ask, self.shop.agents["林薇"], sifted=sifted, longest=longest
                )
            assert len(page.rows) <= limit
            found += [UUID(row.split('"id" : "')[1][:36]) for row in page.rows]
            if page.next is None:
                return found
            assert page.next != after
            after = page.next


@pytest_asyncio.fixture(scope="module")
async def told(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    async with open_world(server, tmp_path_factory.mktemp("found")) as world:
        shop = await world.shop("Kotori")
        other = await world.shop("别家")
        told = Told(world, shop, (await shop.connects("line", secrets=SECRETS)).inbox_id)
        await arrives(other, (await other.connects("line", secrets=SECRETS)).inbox_id, "何静", *SAID)
        people = ["何静", "Linda Ó", "佐藤", "王一鸣", "김민준", *(f"客人{n}" for n in range(12))]
        for part in range(5):
            for n, who in enumerate(people):
                many = (n + part) % 4
                await told.hears(who, *(SAID[(n * 5 + part * 3 + k) % len(SAID)] for k in range(many)))
                if n % 2:
                    world.clock.forward(seconds=1)
            await world.follow_everything(shop.id)
            world.clock.forward(hours=1)
            for subject in ("message", "contact"):  # as counting does when a slice is full
                async with world.house.db.transaction(shop.id) as tx:
                    await search_slices.count(tx, subject, 1, full=1)
            world.clock.forward(hours=1)
        await world.follow_everything(other.id)
        yield told


@pytest.mark.parametrize(
    ("limit", "longest"), [(100, 60.0), (2, 60.0), (3, 0.0)], ids=["at once", "by pages", "with pauses"]
)
async def test_the_pages_of_a_search_are_what_a_plain_scan_finds(told: Told, limit: int, longest: float) -> None:
    async with told.world.house.db.reading(told.shop.id) as tx:
        assert len((await search_slices.slices(tx, "message")).begins) == 6
    for words in WORDS:
        assert await told.pages(words, limit=limit, longest=longest) == told.scan(words), words
    assert len(told.scan("货")) > 9
    assert len(told.scan("不在这里")) == 0


@pytest.mark.parametrize(("limit", "longest"), [(100, 60.0), (2, 0.0)], ids=["at once", "by pages"])
async def test_a_search_within_a_time_finds_what_a_plain_scan_finds_there(
    told: Told, limit: int, longest: float
) -> None:
    times = sorted({at for at, _, _ in told.texts})
    for since, until in ((times[5], times[9]), (0.0, times[7]), (times[-3], 1e12), (times[2], times[2])):
        sifted = views.Sifted(
            since=datetime.fromtimestamp(since, UTC) if since else None,
            until=datetime.fromtimestamp(until, UTC) if until < 1e12 else None,
        )
        for words in ("货", "refund", "茶杯", "客人", "好"):
            found = await told.pages(words, limit=limit, longest=longest, sifted=sifted)
            assert found == told.scan(words, since, until), (words, since, until)
    assert len(told.scan("货", times[5], times[9])) > 1


async def test_a_search_asks_who_said_it_what_it_holds_and_for_a_tag(told: Told) -> None:
    first, second = await told.hears("Ines", "云母片一件"), await told.hears("Olga", "云母片两件")
    agent_id = told.shop.agents["林薇"]
    async with told.world.house.db.transaction(told.shop.id) as tx:
        await conversations.reply(tx, first, agent_id=agent_id, content=Text("云母片有货"), id=uuid4())
        await conversations.note(tx, second, agent_id=agent_id, text="云母片缺货", id=uuid4())
        await conversations.tag(tx, second, ["缺货登记"], agent_id=agent_id)
    await told.world.follow_everything(told.shop.id)

    async def found(**sifted: str) -> list[UUID]:
        return await told.pages("云母片", limit=1, longest=0.0, sifted=views.Sifted(**sifted))  # type: ignore[arg-type]

    assert sorted(await found()) == sorted(await found(by="contact")) == sorted([first, second])
    assert (await found(by="agent"), await found(by="note"), await found(by="bot")) == ([first], [second], [])
    assert (await found(tag="缺货登记"), await found(holds="image")) == ([second], [])
    assert await told.pages("Ines", limit=1, longest=0.0, sifted=views.Sifted(by="contact")) == []
    async with told.world.house.db.reading(told.shop.id) as tx:
        assert await views.tags_named(tx, "登记", 5) == ["缺货登记"]


async def test_a_contact_is_found_by_its_words_and_so_are_its_conversations(told: Told) -> None:
    id_ = await told.hears("客人3", "改名")
    async with told.world.house.db.transaction(told.shop.id) as tx:
        row = await tx.fetchrow(
            """select d.contact_id, p.version from conversation c join identity d on d.workspace_id = $1 and d.id = c.identity_id
               join contact p on p.workspace_id = $1 and p.id = d.contact_id where c.workspace_id = $1 and c.id = $2""",
            told.shop.id,
            id_,
        )
        await contacts.change(tx, row["contact_id"], by=told.shop.agents["林薇"], name="欧阳静怡")
    await told.world.follow_everything(told.shop.id)
    for words in ("欧阳", "静怡"):
        assert id_ in await told.pages(words, limit=2, longest=0.0)
        async with told.world.house.db.reading(told.shop.id) as tx:
            found, more = await with_words(tx, words, tag=None, after=None, wanted=5)
        assert ([id_ for _, id_ in found], more) == ([row["contact_id"]], None)


async def test_the_contacts_that_words_find_are_all_of_them_page_by_page(told: Told) -> None:
    found: list[UUID] = []
    after = None
    while True:
        async with told.world.house.db.reading(told.shop.id) as tx:
            spots, more = await with_words(tx, "客人", tag=None, after=after, wanted=2, longest=0.0)
        found += [id_ for _, id_ in spots]
        if more is None:
            break
        after = cursor("newest", *more)
    assert len(found) == len(set(found)) == 12


async def test_what_was_taken_back_is_found_no_more_and_hides_nothing_older(told: Told) -> None:
    id_ = await told.hears("客人5", "螺钿盒好看", "螺钿盒多少钱")
    await told.world.follow_everything(told.shop.id)
    async with told.world.house.db.transaction(told.shop.id) as tx:
        await tx.execute(
            """update message set state = 'unsent' where workspace_id = $1 and conversation_id = $2
               and content ->> 'text' = '螺钿盒多少钱'""",
            told.shop.id,
            id_,
        )
    assert await told.pages("螺钿盒", limit=1, longest=0.0) == [id_]
