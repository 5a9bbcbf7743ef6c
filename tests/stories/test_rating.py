"""When a conversation is resolved its customer is asked for stars, on every channel that has answers to tap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from guanxi import channels, conversations, inboxes
from guanxi.content import Text
from guanxi.demo.platforms import kakao, line, serve, wechat, wecom
from guanxi.http.webhooks import webhooks
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from guanxi.pipeline.rate import ask_by_hand
from tests.databases import open_folder
from tests.world import Shop, World, open_world

pytestmark = pytest.mark.asyncio
Act = Callable[..., Awaitable[Any]]
BY_CHOICES = sorted(
    key for key, one in channels.all_channels().items() if one.manifest.capabilities.rating == "choices"
)
AES = "x" * 42 + "A"


@dataclass(slots=True)
class Phone:
    """A channel's simulated platform, and what a customer does on it. `taps` answers with the best of the five stars."""

    platform: Any
    prefix: str
    settings: dict[str, str]
    secrets: dict[str, str]
    says: Act
    taps: Act
    got: Callable[[str], str]


def on_wechat() -> Phone:
    it = wechat.Platform("wx7c1d4e9a02b35f68", "secret", "lantern", AES)
    secrets = {"app_secret": it.app_secret, "token": it.token, "encoding_aes_key": it.encoding_aes_key}
    settings = {"app_id": it.app_id}
    return Phone(
        it, "o", settings, secrets, it.customer_says, lambda who: it.customer_chooses(who, 1), lambda who: str(it.received(who))
    )  # fmt: skip


def on_line() -> Phone:
    it = line.Platform("0123456789abcdef0123456789abcdef", "a token of the simulation")
    secrets = {"channel_secret": it.channel_secret, "channel_access_token": it.channel_access_token}
    return Phone(it, "U", {}, secrets, it.customer_says, it.customer_chooses, lambda who: str(it.received(who)))


def on_kakao() -> Phone:
    it = kakao.Platform(inbound_key="bot_key_0123456789", admin_key="", way="bot")
    settings, secrets = {"way": "bot", "bot_id": it.bot_id}, {"inbound_key": it.inbound_key}
    return Phone(
        it,
        "k",
        settings,
        secrets,
        it.customer_asks_bot,
        it.customer_taps,
        lambda who: f"{it.received(who)} {it.add_customer(who).quick}",
    )


def on_wecom() -> Phone:
    it = wecom.Platform("ww5f1c0a7be29d4836", "secret", "lantern", AES)
    secrets = {"secret": it.secret, "token": it.token, "encoding_aes_key": it.encoding_aes_key}

    async def taps(who: str) -> None:
        best = [one["msgmenu"]["list"] for one in it.received(who) if one["msgtype"] == "msgmenu"][-1][0]["click"]
        await it.customer_says(who, best["content"], menu=best["id"])

    settings = {"corp_id": it.corp_id, "open_kfid": it.kfids[0]}
    return Phone(it, "wm", settings, secrets, it.customer_says, taps, lambda who: str(it.received(who)))


PHONES: dict[str, Callable[[], Phone]] = {"wechat": on_wechat, "line": on_line, "kakao": on_kakao, "wecom": on_wecom}


@dataclass(slots=True)
class Talk:
    """A customer whose inbox asks for stars."""

    world: World
    shop: Shop
    door: Door
    phone: Phone
    person: str

    def got(self) -> str:
        return self.phone.got(self.person)

    async def hands(self) -> None:
        for _ in range(2):
            await self.world.read_everything()
            await self.world.send_everything()
            await self.world.follow_everything(self.shop.id)
        await self.world.send_everything()

    async def says(self, text: str) -> None:
        await self.phone.says(self.person, text)
        await self.hands()

    async def taps(self) -> None:
        await self.phone.taps(self.person)
        await self.hands()

    async def answers(self, text: str) -> None:
        agent = self.shop.agents["林薇"]
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await conversations.reply(tx, await self.newest(), id=uuid4(), content=Text(text), agent_id=agent)
        await self.hands()

    async def resolves(self) -> UUID:
        conversation = await self.newest()
        async with self.world.house.db.transaction(self.shop.id) as tx:
            await conversations.resolve(tx, conversation, agent_id=self.shop.agents["林薇"])
        await self.hands()
        return conversation

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        async with self.world.house.db.reading(self.shop.id) as tx:
            return await tx.fetch(sql, self.shop.id, *args)

    async def newest(self) -> UUID:
        return UUID(str((await self._mine())[0]["id"]))

    async def _mine(self) -> list[Any]:
        return await self.rows(
            """select c.id, state, unread, waiting_since from conversation c
               join identity d on d.workspace_id = $1 and d.id = c.identity_id
               where c.workspace_id = $1 and d.external_id = $2 order by opened_at desc, c.id desc""",
            self.person,
        )

    async def standing(self) -> tuple[int, int, int, bool]:
        """(how many conversations, in which state the newest is, what is unread in it, whether anybody waits)"""
        rows = await self._mine()
        return len(rows), rows[0]["state"], rows[0]["unread"], rows[0]["waiting_since"] is not None

    async def lines(self, conversation: UUID) -> list[str]:
        """What stands in the thread, in short."""
        rows = await self.rows(
            """select author, content, state from message where workspace_id = $1 and conversation_id = $2
               and author <> 'agent' order by seq""",
            conversation,
        )
        return [
            f"{row['author']} {row['content'].get('what') or row['content']['kind']} {row['state']}" for row in rows
        ]

    async def scores(self) -> list[int | None]:
        rows = await self.rows(
            """select score from rating r join conversation c on c.workspace_id = $1 and c.id = r.conversation_id
               join identity d on d.workspace_id = $1 and d.id = c.identity_id
               where r.workspace_id = $1 and d.external_id = $2""",
            self.person,
        )
        return [row["score"] for row in rows]


@pytest.fixture(scope="module")
async def house(server: Server) -> AsyncIterator[tuple[World, Shop, dict[str, tuple[Door, Phone]]]]:
    """A shop with an inbox of each of these channels."""
    phones = {key: PHONES[key]() for key in BY_CHOICES}
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_folder())
        bases = {key: await stack.enter_async_context(serve(phone.platform.app)) for key, phone in phones.items()}
        hosts = tuple(urlsplit(base).netloc for base in bases.values())
        world = await stack.enter_async_context(open_world(server, folder, private_hosts_allowed=hosts))
        shop = await world.shop()
        await shop.comes_online()
        own = await stack.enter_async_context(serve(webhooks(world.doors, world.ingest)))
        inboxes_: dict[str, tuple[Door, Phone]] = {}
        for key, phone in phones.items():
            phone.platform.clock = lambda: world.clock().timestamp()
            given = {
                "api_base": bases[key],
                "data_base": bases[key],
                "callback_hosts": ", ".join(hosts),
                "rating": "true",
            }
            known = {setting.key for setting in channels.get(key).manifest.settings}
            settings = {name: value for name, value in given.items() if name in known} | phone.settings
            door = await shop.connects(key, settings, phone.secrets)
            phone.platform.webhook = f"{own}/in/{door.address}"
            if isinstance(phone.platform, kakao.Platform):
                phone.platform.address = bases[key]  # of its callbacks
            inboxes_[key] = (door, phone)
        yield world, shop, inboxes_


@pytest.fixture(params=BY_CHOICES)
def talk(house: tuple[World, Shop, dict[str, tuple[Door, Phone]]], request: pytest.FixtureRequest) -> Talk:
    world, shop, doors = house
    door, phone = doors[request.param]
    person = f"{phone.prefix}{uuid4().hex}"
    phone.platform.add_customer(person, "王小雨")
    return Talk(world, shop, door, phone, person)


async def test_a_tap_is_a_rating_once_and_never_a_wish_to_talk(talk: Talk) -> None:
    await talk.says("龙井还有吗？")
    await talk.answers("有的")
    await talk.says("谢谢")  # on KakaoTalk each word of the customer's lets us say one
    conversation = await talk.resolves()
    assert "★★★★☆" in talk.got()
    assert await talk.scores() == [None]
    assert (await talk.lines(conversation))[-1] == "bot choices sent"
    standing = await talk.standing()
    assert standing[:2] == (1, conversations.RESOLVED)
    await talk.taps()
    assert await talk.scores() == [5]
    lines = await talk.lines(conversation)
    assert lines[-1] == "system rated received"
    await talk.taps()
    assert (await talk.scores(), await talk.lines(conversation), await talk.standing()) == ([5], lines, standing)
    await talk.says("还有一件事")  # that is one
    assert (await talk.standing())[1] == conversations.OPEN
    await talk.resolves()
    assert await talk.scores() == [5]  # once a conversation


async def test_nobody_is_asked_where_the_platform_lets_us_say_nothing_more(talk: Talk) -> None:
    await talk.says("龙井还有吗？")
    await talk.answers("有的")
    before = talk.world.clock.at
    talk.world.clock.forward(days=60)
    try:
        can = not any(kind.required for kind in channels.get(talk.door.channel).manifest.capabilities.reply_windows)
        await talk.resolves()
        assert await talk.scores() == [None] * can
        async with talk.world.house.db.transaction(talk.shop.id) as tx:
            asked = await ask_by_hand(tx, await talk.newest(), agent_id=talk.shop.agents["林薇"])
        assert asked == ("asked_before" if can else "window_closed")
    finally:
        talk.world.clock.at = before


async def test_an_inbox_asks_in_its_own_words_or_not_at_all(talk: Talk) -> None:
    async def set_to(**settings: str) -> None:
        async with talk.world.house.db.transaction(talk.shop.id) as tx:
            await inboxes.change(
                tx, channels.get(talk.door.channel).manifest, talk.door.inbox_id,
                sealer=talk.world.house.sealer, by=None, settings={**talk.door.settings, **settings},
            )  # fmt: skip
        talk.world.doors.forget()

    await set_to(rating="false")
    await talk.says("龙井还有吗？")
    await talk.answers("有的")
    await talk.says("谢谢")
    conversation = await talk.resolves()
    assert await talk.scores() == []
    await set_to(rating="false", rating_text="这次还满意吗？")
    async with talk.world.house.db.transaction(talk.shop.id) as tx:
        assert await ask_by_hand(tx, conversation, agent_id=talk.shop.agents["林薇"]) == "asked"
    await talk.hands()
    assert "这次还满意吗？" in talk.got()
    assert (await talk.lines(conversation))[-2:] == ["system rating_asked received", "bot choices sent"]
    await talk.taps()
    assert await talk.scores() == [5]
