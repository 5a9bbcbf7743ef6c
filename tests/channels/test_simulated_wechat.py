"""The WeChat channel converses with the simulated platform over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from guanxi.channel_kit import (
    AccessLost,
    FileGone,
    Happened,
    MaybeSent,
    NotSent,
    Outgoing,
    Received,
    Rejected,
    Sent,
    WindowClosed,
)
from guanxi.channels import get
from guanxi.content import (
    Card,
    Choices,
    Chosen,
    Content,
    Image,
    Link,
    Location,
    Media,
    MiniProgram,
    Option,
    Text,
    Video,
    Voice,
)
from guanxi.demo.platforms import serve, wechat
from guanxi.demo.platforms.pictures import tea_tin
from tests.channels.lending import Shop, beside

WANG = "oWang3x5Ym8nV2cB7kT1wR9pZsD4"
APP_ID, APP_SECRET, TOKEN = "wx7c1d4e9a02b35f68", "a secret of the simulation", "lantern"
AES_KEY = "q7Zt0PbW3mXc9RkV5nJd1HsL8gYf2TuE6aQiO4wKzBx"
SECRETS = {"app_secret": APP_SECRET, "token": TOKEN, "encoding_aes_key": AES_KEY}
channel = get("wechat")


@dataclass
class Time:
    """A clock that moves only when somebody waits or says so."""

    now: float = 1_795_255_200.0
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def account(mode: str = "safe", **given: Any) -> tuple[wechat.Platform, Time]:
    clock = Time()
    platform = wechat.Platform(
        app_id=APP_ID,
        app_secret=APP_SECRET,
        token=TOKEN,
        encoding_aes_key=AES_KEY,
        mode=mode,
        clock=clock,
        pause=clock.pause,
        **given,
    )
    platform.add_customer(WANG, "王小雨")
    return platform, clock


def open_shop(
    platform: wechat.Platform, mode: str = "safe", patience: float = 5.0, **settings: str
) -> AbstractAsyncContextManager[Shop]:
    given = {"app_id": APP_ID, "mode": mode, "original_id": "gh_simulated", **settings}
    return beside(platform, channel, given, SECRETS, patience=patience)


def reply(content: Content | str, **given: Any) -> Outgoing:
    said = Text(content) if isinstance(content, str) else content
    return Outgoing(to=WANG, key="019aa5f0-7c1e-7b3a-9d42-5e6f7a8b9c0d", content=said, window="message", **given)


@pytest.fixture
async def talk() -> AsyncIterator[tuple[Shop, wechat.Platform, Time]]:
    """A shop to which 王小雨 has just said something."""
    platform, clock = account()
    async with open_shop(platform) as shop:
        assert await platform.customer_says(WANG, "在吗?")
        yield shop, platform, clock


@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
@pytest.mark.parametrize("as_json", [False, True])
async def test_a_customer_speaks_and_is_answered(mode: str, as_json: bool) -> None:
    platform, _ = account(mode, as_json=as_json)
    async with open_shop(platform, mode) as shop:
        assert await platform.customer_says(WANG, "龙井还有吗?<b>&]]> 🍵")
        (heard,) = shop.heard
        assert isinstance(heard, Received)
        assert (heard.content, heard.sender.external_id) == (Text("龙井还有吗?<b>&]]> 🍵"), WANG)
        assert await channel.send(reply('有的,"明前"还剩三罐 🍵'), shop.access) == Sent()
        assert platform.received(WANG) == [{"msgtype": "text", "text": {"content": '有的,"明前"还剩三罐 🍵'}}]


@pytest.mark.parametrize(("theirs", "ours"), [("plain", "safe"), ("plain", "compatible"), ("safe", "plain")])
async def test_a_push_in_another_mode_says_nothing(theirs: str, ours: str) -> None:
    platform, _ = account(theirs)
    async with open_shop(platform, ours) as shop:
        if ours == "plain":  # the query is signed, and the sealed text opens: nothing is amiss
            assert await platform.customer_says(WANG, "在吗?")
        else:
            assert not await platform.customer_says(WANG, "在吗?")
            assert (shop.heard, shop.refused) == ([], 3)


async def test_the_push_of_another_account_is_refused() -> None:
    platform, _ = account(original_id="gh_another")
    async with open_shop(platform) as shop:
        assert not await platform.customer_says(WANG, "在吗?")
        assert shop.heard == []


async def test_what_customers_send_arrives_in_kind(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, _ = talk
    for content in (
        Location(31.2304, 121.4737, address="上海市黄浦区"),
        Link("https://tea.example/care", title="紫砂壶怎么养", text="新手指南"),
    ):
        await platform.customer_says(WANG, content)
        heard = shop.heard[-1]
        assert isinstance(heard, Received)
        assert heard.content == content


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (Image(Media(type="image/png", name="tin.png")), tea_tin()),
        (Voice(Media(type="audio/amr", name="voice.amr"), text="我想退货。"), b"#!AMR\n"),
    ],
)
async def test_a_customers_file_is_fetched(
    talk: tuple[Shop, wechat.Platform, Time], content: Image | Voice, file: bytes
) -> None:
    shop, platform, _ = talk
    await platform.customer_says(WANG, content, file)
    heard = shop.heard[-1]
    assert isinstance(heard, Received)
    assert isinstance(heard.content, Image | Voice)
    assert channel.fetch_media is not None
    download = await channel.fetch_media(heard.content.media, shop.access)
    assert (download.body, download.type, download.name) == (file, content.media.type, content.media.name)
    platform.files.clear()
    with pytest.raises(FileGone):
        await channel.fetch_media(heard.content.media, shop.access)


@pytest.mark.parametrize(
    "content",
    [
        Image(Media(key="a", type="image/png", name="壶.png")),
        Voice(Media(key="b", type="audio/mpeg")),
        Video(Media(key="c", type="video/mp4", name="泡茶")),
    ],
)
async def test_a_file_is_uploaded_and_then_sent(
    talk: tuple[Shop, wechat.Platform, Time], content: Image | Voice | Video
) -> None:
    shop, platform, _ = talk
    assert channel.upload is not None
    media_id = await channel.upload(reply(content), tea_tin(), shop.access)
    assert isinstance(media_id, str)
    assert platform.files[media_id][1] == tea_tin()
    assert await channel.send(reply(content, uploaded=media_id), shop.access) == Sent()
    (got,) = platform.received(WANG)
    assert got[got["msgtype"]]["media_id"] == media_id
    gone = await channel.send(reply(content, uploaded="no longer there"), shop.access)
    assert isinstance(gone, Rejected)
    assert gone.reason == "file_expired"


async def test_a_question_with_choices_is_answered_by_a_tap(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, _ = talk
    question = Choices("哪天方便?", (Option("今天", "today"), Option("明天")), footer="点一下即可")
    assert await channel.send(reply(question), shop.access) == Sent()
    assert await platform.customer_chooses(WANG, 1)
    heard = shop.heard[-1]
    assert isinstance(heard, Received)
    assert heard.content == Chosen("今天", id="today")
    assert [one.by for one in heard.opens] == ["menu_tap"]
    await platform.customer_chooses(WANG, 2)
    assert shop.heard[-1].content == Chosen("明天", id="2")  # type: ignore[union-attr]


async def test_cards_and_mini_programs_go_out_and_come_in(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, _ = talk
    card = Card("春茶上新", "三罐起包邮", "https://tea.example/spring", Media(key="a", type="image/png"))
    assert channel.upload is not None
    assert await channel.upload(reply(card), tea_tin(), shop.access) == ""
    assert await channel.send(reply(card, file_url="https://desk.example/media/a"), shop.access) == Sent()
    (article,) = platform.received(WANG)[-1]["news"]["articles"]
    assert article["picurl"] == "https://desk.example/media/a"
    page = MiniProgram("青瓷茶杯", "wxa1b2c3d4e5f60718", "pages/goods?id=88", Media(key="b", type="image/png"))
    picture = await channel.upload(reply(page), tea_tin(), shop.access)
    assert isinstance(picture, str)
    assert await channel.send(reply(page, uploaded=picture), shop.access) == Sent()
    assert platform.received(WANG)[-1]["miniprogrampage"]["thumb_media_id"] == picture
    await platform.customer_says(WANG, MiniProgram("体验课预约", "wx00aa11bb22cc33dd", "pages/book"), tea_tin())
    heard = shop.heard[-1]
    assert isinstance(heard, Received)
    assert isinstance(heard.content, MiniProgram)
    assert (heard.content.title, heard.content.path) == ("体验课预约", "pages/book")
    assert heard.content.media is not None
    assert channel.fetch_media is not None
    assert (await channel.fetch_media(heard.content.media, shop.access)).body == tea_tin()


async def test_five_replies_in_two_days_and_then_none(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, clock = talk
    for number in range(5):
        assert await channel.send(reply(f"第{number}条"), shop.access) == Sent()
    assert await channel.send(reply("第六条"), shop.access) == WindowClosed(
        reason="quota_used", detail="45047 out of response count limit"
    )
    await platform.customer_says(WANG, "谢谢")
    assert await channel.send(reply("不客气"), shop.access) == Sent()
    clock.now += 48 * 3600
    closed = await channel.send(reply("还在吗?"), shop.access)
    assert isinstance(closed, WindowClosed)
    assert closed.reason == "window_closed"
    assert len(platform.received(WANG)) == 6


async def test_a_scan_opens_three_replies_within_a_minute() -> None:
    platform, clock = account()
    async with open_shop(platform) as shop:
        assert await platform.customer_scans(WANG, "counter-3")
        (heard,) = shop.heard
        assert isinstance(heard, Happened)
        assert (heard.what, heard.details["scene"], heard.opens[0].by) == ("scan", "counter-3", "scan")
        assert [type(await channel.send(reply("欢迎"), shop.access)) for _ in range(4)] == [Sent] * 3 + [WindowClosed]
        await platform.customer_taps(WANG, "TALK_TO_US")
        clock.now += 61
        assert isinstance(await channel.send(reply("晚了"), shop.access), WindowClosed)


async def test_who_leaves_gets_nothing_more(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, _ = talk
    await platform.customer_leaves(WANG)
    left = shop.heard[-1]
    assert isinstance(left, Happened)
    assert left.what == "unfollow"
    refused = await channel.send(reply("等等"), shop.access)
    assert isinstance(refused, Rejected)
    assert refused.reason == "not_following"


async def test_a_push_that_was_not_taken_comes_again_with_the_same_id() -> None:
    platform, clock = account()
    async with open_shop(platform) as shop:
        shop.failing = 2
        assert await platform.customer_says(WANG, "在吗?", times=2)
        assert clock.pauses == [5.0, 5.0]
        first, second = shop.heard
        assert isinstance(first, Received)
        assert first == second
        shop.failing = 3
        assert not await platform.customer_says(WANG, "没人听到")
        assert len(shop.heard) == 2


async def test_many_replies_with_a_refused_token_fetch_one_new_token(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, _ = talk
    assert await channel.send(reply("稍等"), shop.access) == Sent()
    assert platform.calls["token"] == 1
    platform.expire_tokens()
    outcomes = await asyncio.gather(*(channel.send(reply(f"第{n}条"), shop.access) for n in range(4)))
    assert outcomes == [Sent()] * 4
    assert platform.calls["token"] == 2
    assert len(platform.received(WANG)) == 5


async def test_a_lost_answer_is_doubt_and_nothing_is_said_twice(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, _ = talk
    platform.script.next("send", "accept_then_drop")
    with pytest.raises(MaybeSent):
        await channel.send(reply("只说一次"), shop.access)
    assert [got["text"]["content"] for got in platform.received(WANG)] == ["只说一次"]
    platform.script.next("send", "drop_before")
    with pytest.raises(MaybeSent):
        await channel.send(reply("没有说"), shop.access)
    platform.script.next("send", status=502)
    with pytest.raises(MaybeSent):
        await channel.send(reply("也许说了"), shop.access)
    assert len(platform.received(WANG)) == 1
    assert platform.calls["send"] == 3


async def test_a_platform_that_never_answers_is_doubt() -> None:
    platform, _ = account()
    async with open_shop(platform, patience=0.2) as shop:
        await platform.customer_says(WANG, "在吗?")
        platform.script.next("send", "hang")
        with pytest.raises(MaybeSent):
            await channel.send(reply("在"), shop.access)


async def test_without_a_token_nothing_was_sent() -> None:
    platform, _ = account()
    async with open_shop(platform) as shop:
        await platform.customer_says(WANG, "在吗?")
        platform.script.next("token", "drop_before")
        with pytest.raises(NotSent):
            await channel.send(reply("在"), shop.access)
        assert platform.calls["send"] == 0


async def test_a_closed_door_is_not_sent(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, _ = talk
    async with serve(platform.app) as gone:
        pass
    nowhere = type(shop.access)(
        settings={**shop.access.settings, "api_base": gone},
        secrets=SECRETS,
        http=shop.access.http,
        token=shop.access.token,
    )
    with pytest.raises(NotSent):
        await channel.send(reply("在"), nowhere)


async def test_the_check_says_what_to_put_right() -> None:
    platform, _ = account()
    async with open_shop(platform) as shop:
        assert channel.check is not None
        assert await channel.check(shop.access) == ""
        platform.allowed_addresses = frozenset({"203.0.113.7"})
        assert await channel.check(shop.access) == "ip_not_allowed:127.0.0.1"
        outcome = await channel.send(reply("在"), shop.access)
        assert isinstance(outcome, AccessLost)
        assert outcome.reason == "ip_not_allowed"
        platform.allowed_addresses = None
        platform.app_secret = "was reset"
        assert await channel.check(shop.access) == "app_secret_wrong"
        platform.app_id = "wx0000000000000000"
        assert await channel.check(shop.access) == "app_id_wrong"


async def test_typing_is_shown_and_a_profile_is_told(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, clock = talk
    assert channel.typing is not None
    assert channel.profile is not None
    await channel.typing(WANG, True, shop.access)
    assert platform.customers[WANG].writing_until > clock.now
    await channel.typing(WANG, False, shop.access)
    assert platform.customers[WANG].writing_until == 0
    await channel.typing("nobody", True, shop.access)
    profile = await channel.profile(WANG, shop.access)
    assert profile is not None
    assert (profile.name, profile.language) == ("", "zh-CN")
    assert profile.attributes["unionid"] == platform.customers[WANG].unionid
    assert await channel.profile("nobody", shop.access) is None


async def test_a_person_plays_the_customer_on_the_page(talk: tuple[Shop, wechat.Platform, Time]) -> None:
    shop, platform, _ = talk
    platform.add_customer("oBobby", "<script>alert(1)</script>")
    base = shop.access.settings["api_base"]
    async with httpx.AsyncClient(base_url=base, trust_env=False, follow_redirects=True) as browser:
        page = await browser.post("/do", data={"as": WANG, "deed": "say", "text": "<i>你好</i>", "lang": "zh"})
        assert page.status_code == 200
        assert "&lt;i&gt;你好&lt;/i&gt;" in page.text
        assert "<script>alert" not in page.text
        heard = shop.heard[-1]
        assert isinstance(heard, Received)
        assert heard.content == Text("<i>你好</i>")
        await browser.post("/do", data={"as": WANG, "deed": "picture"})
        assert isinstance(shop.heard[-1], Received)
        await channel.send(reply("收到"), shop.access)
        thread = await browser.get("/thread", params={"as": WANG})
        assert "收到" in thread.text
        assert "Write as the customer" in (await browser.get("/?lang=en")).text
        assert (await browser.get("/nowhere")).status_code == 404
