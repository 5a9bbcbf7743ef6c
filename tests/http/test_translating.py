"""Translation: only where somebody switched it on, each text paid once, nothing that must survive is lost, nobody waits for
a provider that is down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import conversations
from guanxi.infra.postgres import Server
from guanxi.translating.rules import masked, pieces, says_something, unmasked
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.http.interpreter import KEY, Interpreter, open_interpreter
from tests.world import Shop

pytestmark = pytest.mark.asyncio
LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def house(server: Server) -> AsyncIterator[tuple[Front, Interpreter]]:
    with open_folder() as folder:
        async with (
            open_interpreter() as interpreter,
            open_front(server, folder, private_hosts_allowed=(interpreter.host,)) as front,
        ):
            yield front, interpreter


class Talk:
    """A shop with a translator, and one conversation in it."""

    def __init__(self, shop: Shop, people: dict[str, Agent], inbox: UUID, id_: str, interpreter: Interpreter) -> None:
        self.shop, self.mei, self.boss, self.inbox, self.id = shop, people["mei"], people["boss"], inbox, id_
        self.at = f"/api/conversations/{id_}"
        self.interpreter = interpreter

    async def reads(self, *seqs: int, to: str = "zh-CN") -> Any:
        return (await self.mei.post(f"{self.at}/translations", {"seqs": list(seqs), "to": to})).json()


@pytest_asyncio.fixture
async def talk(house: tuple[Front, Interpreter]) -> Talk:
    front, interpreter = house
    interpreter.script.planned.clear()
    interpreter.clumsy = False
    interpreter.asked.clear()
    interpreter.texts.clear()
    shop, people = await front.opens(f"Kiln {uuid4().hex[:6]}", "mei", "lin")
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "Yuki", "注文 GX-20418 はいつ届きますか?", "ok", "12345", "請問到貨了嗎")
    talk = Talk(shop, people, door.inbox_id, str(id_), interpreter)
    assert (await talk.mei.get(talk.at)).json()["translation"] is None
    given = {"kind": "libretranslate", "url": interpreter.url, "key": KEY}
    kept = await talk.boss.http.put("/api/translation", json=given)
    assert kept.json() == {"kind": "libretranslate", "url": interpreter.url, "model": "", "has_key": True}
    return talk


async def switched(talk: Talk, on: bool = True) -> Any:
    return (await talk.mei.post(f"{talk.at}/translating", {"on": on})).json()


async def test_nothing_is_sent_out_before_somebody_switches_it_on_and_who_did_stands_in_the_log(talk: Talk) -> None:
    assert (await talk.mei.get(talk.at)).json()["translation"] == {"on": False, "by": None}
    assert (await talk.reads(1))["error"] == "not_translating"
    assert (await talk.mei.post(f"{talk.at}/translate", {"text": "好", "to": "ja"})).json()[
        "error"
    ] == "not_translating"
    assert talk.interpreter.asked == []

    assert (await switched(talk))["translation"] == {"on": True, "by": "mei"}
    assert (await talk.reads(1))["texts"][0]["text"] == "zh[注文 GX-20418 はいつ届きますか?]"
    await switched(talk)  # it is on already
    assert (await switched(talk, on=False))["translation"] == {"on": False, "by": None}
    assert (await talk.reads(1))["error"] == "not_translating"
    rows = (await talk.boss.get("/api/audit", area="reveal")).json()["rows"]
    said = [(row["action"], row["name"], row["about_id"]) for row in rows]
    assert said == [("reveal.translating_ended", "mei", talk.id), ("reveal.translating", "mei", talk.id)]


async def test_a_text_is_paid_once_and_what_needs_no_translation_never(talk: Talk) -> None:
    await switched(talk)
    first = await talk.reads(1, 2, 3, 4)
    assert [(one["seq"], one["language"]) for one in first["texts"]] == [(1, "ja"), (2, ""), (3, "")]
    # The order's number was never shown; a bare number, and Chinese for one who reads it, never went out.
    assert sorted(talk.interpreter.texts) == ["ok", "注文 ⟦0⟧ はいつ届きますか?"]
    assert (first["problem"], first["failed"]) == ("", [])
    both = await asyncio.gather(talk.reads(1, 2, 3, 4), talk.reads(1, 2))
    assert both[0]["texts"] == first["texts"]
    # The same words of somebody else, and of two who look at once.
    again = str(await arrives(talk.shop, talk.inbox, "Ken", "ok", "届きました"))
    await talk.mei.post(f"/api/conversations/{again}/translating", {"on": True})
    want = {"seqs": [1, 2], "to": "zh-CN"}
    told = await asyncio.gather(*(talk.mei.post(f"/api/conversations/{again}/translations", want) for _ in range(4)))
    assert {one.text for one in told} == {told[0].text}
    assert sorted(talk.interpreter.texts) == ["ok", "届きました", "注文 ⟦0⟧ はいつ届きますか?"]


async def test_what_is_taken_back_is_forgotten_in_all_words(talk: Talk) -> None:
    await switched(talk)
    await talk.reads(1)
    house = talk.shop.world.house
    async with house.db.transaction(talk.shop.id) as tx:
        count = "select count(*) from translation where workspace_id = $1"
        assert await tx.fetchval(count, talk.shop.id) == 1
        external = await tx.fetchval(
            "select external_id from message where workspace_id = $1 and conversation_id = $2 and seq = 1",
            talk.shop.id,
            UUID(talk.id),
        )
        await conversations.unsend(tx, talk.inbox, [external])
    await talk.shop.world.follow_everything(talk.shop.id)
    async with house.db.reading(talk.shop.id) as tx:
        assert await tx.fetchval(count, talk.shop.id) == 0
    assert (await talk.reads(1))["texts"] == []


async def test_what_must_survive_survives_even_a_provider_that_loses_every_mark(talk: Talk) -> None:
    await switched(talk)
    text = "您好 {{contact.name}}，订单 GX-20418 在 https://shop.example/o/7?a=1 ，电话 +86 138 0013 8000"
    draft = (await talk.mei.post(f"{talk.at}/translate", {"text": text, "to": "ja"})).json()
    assert draft == {"text": f"ja[{text}]", "problem": ""}
    talk.interpreter.clumsy = True
    draft = (await talk.mei.post(f"{talk.at}/translate", {"text": text + "。", "to": "ja"})).json()
    for one in ("{{contact.name}}", "GX-20418", "https://shop.example/o/7?a=1", "+86 138 0013 8000"):
        assert draft["text"].count(one) == 1, draft
    assert not any("GX" in one or "https" in one or "138" in one for one in talk.interpreter.texts)


async def test_a_reply_goes_out_in_the_customers_words_and_keeps_the_agents_beside_them(talk: Talk) -> None:
    body = {"id": str(uuid4()), "content": {"kind": "text", "text": "明日届きます"}, "original": "明天到"}
    sent = (await talk.mei.post(f"{talk.at}/replies", body)).json()
    assert (sent["content"]["text"], sent["original"]) == ("明日届きます", "明天到")
    held = {**body, "id": str(uuid4())}
    assert (await talk.mei.post(f"{talk.at}/planned", held)).status_code == 201
    talk.shop.world.clock.forward(seconds=6)
    async with talk.shop.world.house.db.transaction(talk.shop.id) as tx:
        await tx.execute("update lane set next_at = now() where workspace_id = $1 and key like 'plan:%'", talk.shop.id)
    await talk.shop.world.send_everything()
    rows = (await talk.mei.get(f"{talk.at}/messages")).json()["rows"]
    ours = [(row["content"]["text"], row["original"]) for row in rows if row["author"] == "agent"]
    assert ours == [("明日届きます", "明天到")] * 2
    assert all(row["original"] is None for row in rows if row["author"] == "contact")


async def test_a_provider_that_is_down_is_left_alone_for_a_while_and_everybody_is_told(talk: Talk) -> None:
    await switched(talk)
    talk.interpreter.script.next("ask", status=500, times=20)
    for number in range(5):
        draft = (await talk.mei.post(f"{talk.at}/translate", {"text": f"第{number}句话", "to": "ja"})).json()
        assert draft["text"] == ""
        assert draft["problem"] == ("broken" if number < 3 else "resting")
    assert len(talk.interpreter.asked) == 3
    told = await talk.reads(1)
    assert (told["texts"], told["failed"], told["problem"]) == ([], [1], "resting")
    # A reply never asks anybody.
    body = {"id": str(uuid4()), "content": {"kind": "text", "text": "稍等"}}
    assert (await talk.mei.post(f"{talk.at}/replies", body)).status_code == 201
    talk.interpreter.script.planned.clear()
    talk.shop.world.clock.forward(seconds=31)
    assert (await talk.reads(1))["problem"] == ""
    for misfortune, code in (("drop_before", "unreachable"), ("answer", "unreadable")):
        talk.interpreter.script.next("ask", misfortune, json={"translatedText": [1]})
        draft = (await talk.mei.post(f"{talk.at}/translate", {"text": f"又来{code}", "to": "ja"})).json()
        assert draft["problem"] == code


async def test_an_administrator_chooses_tries_and_ends_it_and_never_sees_the_key_again(talk: Talk) -> None:
    boss, interpreter = talk.boss, talk.interpreter
    tried = (await boss.post("/api/translation/try", {"text": "你好", "to": "en"})).json()
    assert (tried["text"], tried["problem"]) == ("en[你好]", "")
    put = boss.http.put
    assert (await put("/api/translation", json={"kind": "openai", "url": "ftp://x"})).json()["error"] == "bad_url"
    chat: dict[str, Any] = {"kind": "openai", "url": f"{interpreter.url}/v1"}
    assert (await put("/api/translation", json=chat)).json()["error"] == "no_model"
    # A key does not follow to another address.
    kept = (await put("/api/translation", json={**chat, "model": "m"})).json()
    assert kept["has_key"] is False
    assert (await boss.post("/api/translation/try", {"text": "你好", "to": "en"})).json()["problem"] == "refused"
    await put("/api/translation", json={**chat, "model": "m", "key": KEY})
    kept = (await put("/api/translation", json={**chat, "model": "m2"})).json()
    assert kept["has_key"] is True
    assert (await boss.post("/api/translation/try", {"text": "你好", "to": "en"})).json()["text"] == "m2[你好]"
    private = {"kind": "libretranslate", "url": "http://127.0.0.1:9/"}
    await put("/api/translation", json=private)
    tried = (await boss.post("/api/translation/try", {"text": "你好", "to": "en"})).json()
    assert tried["problem"] == "unreachable"
    assert "private" in tried["detail"]
    await put("/api/translation", json={"kind": "off"})
    assert (await boss.get("/api/translation")).json()["kind"] == "off"
    assert (await boss.post("/api/translation/try", {"text": "a", "to": "en"})).json()["error"] == "no_translator"
    assert (await talk.mei.get("/api/translation")).status_code == 403
    log = (await boss.get("/api/audit", area="workspace")).text
    assert "workspace.translation_changed" in log
    assert KEY not in log


@pytest.mark.parametrize(
    "text",
    [
        "",
        "⟦0⟧ [1] 【2】",
        "{{a|b}}{{c}}",
        "https://a.example/x。然后",
        "#tag @mei a@b.example",
        "SF1234567890123 已发",
        "A-1 b2 3",
    ],
)
async def test_a_text_comes_back_whole_from_its_mask(text: str) -> None:
    shown, kept = masked(text)
    assert unmasked(shown, kept) == text
    assert "".join(piece for piece, _ in pieces(shown)) == shown
    assert unmasked(shown + "⟦9⟧", kept) is None
    assert not kept or unmasked(shown.replace("⟦0⟧", "", 1), kept) is None
    assert says_something("⟦0⟧ 12") is False
