"""The LINE channel converses with the simulated platform over real HTTP."""

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
    Quota,
    Received,
    Rejected,
    RetryLater,
    Sent,
    TokenRefused,
)
from guanxi.channels import get
from guanxi.content import Content, File, Image, Location, Media, Sticker, Text, Video
from guanxi.demo.platforms import line
from guanxi.demo.platforms.pictures import tea_tin
from tests.channels.lending import Shop, beside

HANA, KEN, GROUP = "U" + "a" * 32, "U" + "b" * 32, "C" + "c" * 32
CHANNEL_SECRET, ACCESS_TOKEN = "0123456789abcdef0123456789abcdef", "a token of the simulation"
SECRETS = {"channel_secret": CHANNEL_SECRET, "channel_access_token": ACCESS_TOKEN}
KEY, OTHER_KEY = "019aa5f0-7c1e-7b3a-9d42-5e6f7a8b9c0d", "019aa5f0-7c1e-7b3a-9d42-5e6f7a8b9c0e"
channel = get("line")


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


def open_shop(platform: line.Platform, patience: float = 5.0) -> AbstractAsyncContextManager[Shop]:
    return beside(platform, channel, {}, SECRETS, patience=patience)


def message(content: Content | str = "はい", to: str = HANA, key: str = KEY, **given: Any) -> Outgoing:
    return Outgoing(to=to, key=key, content=Text(content) if isinstance(content, str) else content, **given)


@pytest.fixture
async def talk() -> AsyncIterator[tuple[Shop, line.Platform, Time]]:
    """A shop to which 花子 has just said something."""
    clock = Time()
    platform = line.Platform(CHANNEL_SECRET, ACCESS_TOKEN, clock=clock, pause=clock.pause)
    platform.add_customer(HANA, "花子")
    platform.add_customer(KEN, "健")
    async with open_shop(platform) as shop:
        await platform.customer_says(HANA, "抹茶はまだありますか?")
        yield shop, platform, clock


def last(shop: Shop) -> Received:
    heard = shop.heard[-1]
    assert isinstance(heard, Received)
    return heard


async def test_a_customer_speaks_and_is_answered_by_token(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk
    heard = last(shop)
    assert (heard.content, heard.sender.external_id) == (Text("抹茶はまだありますか?"), HANA)
    outcome = await channel.send(message(token=heard.opens[0].token, agent_name="Hana from tea"), shop.access)
    (got,) = platform.received(HANA)
    assert outcome == Sent(external_ids=(got["id"],), quote_token=f"quote-{got['id']}")
    assert (got["text"], got["sender"]) == ("はい", {"name": "Hana from tea"})
    assert platform.quota == 1000


async def test_a_token_answers_once_and_a_push_goes_on(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk
    token = last(shop).opens[0].token
    assert isinstance(await channel.send(message("一"), shop.access), Sent)
    assert isinstance(await channel.send(message("二", token=token), shop.access), Sent)
    assert await channel.send(message("三", token=token), shop.access) == TokenRefused(detail="Invalid reply token")
    assert isinstance(await channel.send(message("三", key=OTHER_KEY), shop.access), Sent)
    assert [got["text"] for got in platform.received(HANA)] == ["一", "二", "三"]
    assert platform.quota == 998


async def test_a_token_lives_for_a_minute(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, _, clock = talk
    clock.now += 61
    assert isinstance(await channel.send(message(token=last(shop).opens[0].token), shop.access), TokenRefused)


async def test_a_push_whose_answer_was_lost_is_repeated_and_arrives_once(
    talk: tuple[Shop, line.Platform, Time],
) -> None:
    shop, platform, _ = talk
    platform.script.next("push", "accept_then_drop")
    with pytest.raises(MaybeSent):
        await channel.send(message("一度だけ"), shop.access)
    platform.script.next("push", status=500)
    with pytest.raises(MaybeSent):
        await channel.send(message("一度だけ"), shop.access)
    outcome = await channel.send(message("一度だけ"), shop.access)
    (got,) = platform.received(HANA)
    assert outcome == Sent(external_ids=(got["id"],), quote_token=f"quote-{got['id']}")
    assert platform.calls["push"] == 3


async def test_a_reply_whose_answer_was_lost_is_doubt(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk
    platform.script.next("reply", "accept_then_drop")
    with pytest.raises(MaybeSent):
        await channel.send(message("一度だけ", token=last(shop).opens[0].token), shop.access)
    assert len(platform.received(HANA)) == 1


async def test_a_platform_that_never_answers_is_doubt() -> None:
    platform = line.Platform(CHANNEL_SECRET, ACCESS_TOKEN)
    platform.add_customer(HANA)
    async with open_shop(platform, patience=0.2) as shop:
        platform.script.next("push", "hang")
        with pytest.raises(MaybeSent):
            await channel.send(message(), shop.access)


async def test_refusals_say_what_they_mean(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk

    async def ends(**given: Any) -> Any:
        return await channel.send(message(**given), shop.access)

    stranger = await ends(to="U" + "9" * 32)
    assert isinstance(stranger, Rejected)
    assert stranger.reason == "bad_request"
    assert isinstance(await ends(content="長" * 5001), Rejected)
    assert isinstance(await ends(key="not a uuid"), Rejected)
    platform.script.next("push", status=429, json={"message": "The API rate limit has been exceeded. Try again later."})
    assert await ends() == RetryLater(reason="too_fast", after=1.0, whole_inbox=True)
    platform.quota = 0
    used_up = await ends()
    assert isinstance(used_up, Rejected)
    assert used_up.reason == "monthly_quota"
    free = await ends(token=last(shop).opens[0].token)
    assert isinstance(free, Sent)
    platform.channel_access_token = "another"
    lost = await ends()
    assert isinstance(lost, AccessLost)
    assert lost.reason == "token_refused"


async def test_other_kinds_go_out(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk
    for content in (
        Image(Media(key="a")),
        Video(Media(key="a")),
        Location(35.71, 139.81, "浅草寺"),
        Sticker("1988", "446"),
    ):
        key = KEY[:-1] + str(len(platform.received(HANA)))
        outgoing = message(
            content, key=key, file_url="https://desk.example/a.jpg", preview_url="https://desk.example/b.jpg"
        )
        assert isinstance(await channel.send(outgoing, shop.access), Sent)
    assert [got["type"] for got in platform.received(HANA)] == ["image", "video", "location", "sticker"]


async def test_a_redelivered_and_a_doubled_event_are_one_message(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, clock = talk
    shop.heard.clear()
    shop.failing = 1
    number = await platform.customer_says(HANA, "もしもし", times=2)
    assert clock.pauses == [5.0]
    assert [heard.external_id for heard in shop.heard if isinstance(heard, Received)] == [number, number]
    await platform.customer_unsends(HANA, number)
    unsent = shop.heard[-1]
    assert isinstance(unsent, Happened)
    assert (unsent.what, unsent.message_external_id) == ("unsend", number)


async def test_a_group_is_one_conversation_of_several_people(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk
    for person in (HANA, KEN):
        await platform.customer_says(person, "行きます", group=GROUP)
    one, other = shop.heard[-2:]
    assert isinstance(one, Received)
    assert isinstance(other, Received)
    assert one.group == other.group
    assert one.group is not None
    assert (one.group.external_id, one.sender.external_id, other.sender.external_id) == (GROUP, HANA, KEN)
    assert isinstance(await channel.send(message("ようこそ", to=GROUP, group=True), shop.access), Sent)
    assert [got["text"] for got in platform.received(GROUP)] == ["ようこそ"]


async def test_a_file_is_fetched_when_it_is_ready(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk
    number = await platform.customer_says(HANA, Image(Media(type="image/png")), tea_tin())
    content = last(shop).content
    assert isinstance(content, Image)
    assert channel.fetch_media is not None
    platform.preparing.add(number)
    with pytest.raises(NotSent, match="preparing"):
        await channel.fetch_media(content.media, shop.access)
    download = await channel.fetch_media(content.media, shop.access)
    assert (download.body, download.type) == (tea_tin(), "image/png")
    with pytest.raises(FileGone):
        await channel.fetch_media(Media(remote="1"), shop.access)
    await platform.customer_says(HANA, File(Media(name="見積書.pdf", type="application/pdf")), b"%PDF")
    file = last(shop).content
    assert isinstance(file, File)
    assert (file.media.name, file.media.size) == ("見積書.pdf", 4)


async def test_profiles_typing_and_the_check(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, clock = talk
    assert channel.profile is not None
    assert channel.typing is not None
    assert channel.check is not None
    profile = await channel.profile(HANA, shop.access)
    assert profile is not None
    assert (profile.name, profile.language) == ("花子", "ja")
    await platform.customer_leaves(HANA)
    assert await channel.profile(HANA, shop.access) is None
    member = await channel.profile(f"{GROUP}/{KEN}", shop.access)
    assert member is not None
    assert member.name == "健"
    await channel.typing(KEN, True, shop.access)
    assert platform.chats[KEN].writing_until == clock.now + 20
    assert await channel.check(shop.access) == ""
    platform.channel_access_token = "another"
    assert await channel.check(shop.access) == "token_refused"


async def test_events_around_messages_arrive(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk
    await platform.customer_leaves(HANA)
    await platform.customer_follows(HANA, unblocked=True)
    await platform.customer_taps(HANA, "action=reserve")
    happened = [heard for heard in shop.heard if isinstance(heard, Happened)]
    assert [one.what for one in happened] == ["unfollow", "follow", "postback"]
    assert happened[-1].details == {"data": "action=reserve"}
    assert isinstance(await channel.send(message(token=happened[-1].opens[0].token), shop.access), Sent)


async def test_a_forged_webhook_is_refused(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, platform, _ = talk
    heard = len(shop.heard)
    platform.channel_secret = "not the one that the shop knows"
    await platform.customer_says(HANA, "偽物")
    assert (len(shop.heard), shop.refused) == (heard, 3)


async def test_a_person_plays_the_customer_on_the_page(talk: tuple[Shop, line.Platform, Time]) -> None:
    shop, _, _ = talk
    async with httpx.AsyncClient(
        base_url=shop.access.settings["api_base"], trust_env=False, follow_redirects=True
    ) as browser:
        page = await browser.post("/do", data={"as": HANA, "deed": "say", "text": "こんにちは", "lang": "en"})
        assert "こんにちは" in page.text
        assert last(shop).content == Text("こんにちは")
        unsent = await browser.post("/do", data={"as": HANA, "deed": "unsend"})
        assert 'class="me gone"' in unsent.text
        assert isinstance(shop.heard[-1], Happened)
        assert shop.heard[-1].what == "unsend"
        joined = await browser.post("/do", data={"as": HANA, "deed": "join", "text": "美咲"})
        assert "<header><bdi>美咲</bdi></header>" in joined.text


async def test_the_quota_tells_what_pushes_have_used_and_replies_have_not(
    talk: tuple[Shop, line.Platform, Time],
) -> None:
    shop, _, clock = talk
    await channel.send(message(token=last(shop).opens[0].token), shop.access)
    clock.now += 300
    await channel.send(message(key=OTHER_KEY), shop.access)
    assert channel.quota is not None
    assert await channel.quota(shop.access) == Quota(used=1, most=1000)
