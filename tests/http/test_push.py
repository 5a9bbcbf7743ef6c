"""Calls on an agent's own device: a push service of our own on loopback takes them and opens what was sealed for the browser."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from guanxi import conversations, routing, team
from guanxi.content import Text
from guanxi.demo.platforms import serve
from guanxi.demo.platforms.asgi import Call, Response, application
from guanxi.infra import web_push
from guanxi.infra.postgres import Server
from guanxi.worker import keep_time
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.stories.test_line_message import SECRETS
from tests.world import Shop

pytestmark = pytest.mark.asyncio
EXPAND = b"\x01"


@dataclass
class Browser:
    """One browser's subscription, and what its push service has taken for it, opened by RFC 8291 read from the other side."""

    url: str = ""
    status: int = 201
    own: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen of bytes"
    calls: list[Call] = field(default_factory=list)

    async def answer(self, call: Call) -> Response:
        self.calls.append(call)
        return Response(self.status, b"")

    def subscription(self, **how: Any) -> dict[str, Any]:
        return {
            "endpoint": f"{self.url}/push/abc",
            "p256dh": web_push.url64(web_push.public_bytes(self.own)),
            "auth": web_push.url64(self.secret),
            "language": "ja",
            "time_zone": "Asia/Tokyo",
        } | how

    def opened(self) -> list[dict[str, Any]]:
        return [json.loads(self.open(call.body)) for call in self.calls]

    def open(self, body: bytes) -> bytes:
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))

        def derive(start: bytes, material: bytes, info: bytes) -> bytes:
            return hmac.digest(hmac.digest(start, material, hashlib.sha256), info + EXPAND, hashlib.sha256)

        both = web_push.public_bytes(self.own) + theirs
        material = derive(self.secret, shared, b"WebPush: info\x00" + both)
        key = derive(salt, material, b"Content-Encoding: aes128gcm\x00")[:16]
        nonce = derive(salt, material, b"Content-Encoding: nonce\x00")[:12]
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        assert plain.endswith(b"\x02")
        return plain[:-1]


@dataclass
class Place:
    front: Front
    shop: Shop
    people: dict[str, Agent]
    browser: Browser
    conversation: UUID
    inbox: UUID

    async def note_names(self, name: str) -> None:
        async with self.front.world.house.db.transaction(self.shop.id) as tx:
            await conversations.note(
                tx, self.conversation, id=uuid4(), text=f"@{name} please", agent_id=self.people["boss"].id,
                mentions=[self.people[name].id],
            )  # fmt: skip
        await self.goes_out()

    async def customer_writes(self, words: str) -> None:
        await arrives(self.shop, self.inbox, "佐藤", words)
        await self.goes_out()

    async def answers(self) -> None:
        async with self.front.world.house.db.transaction(self.shop.id) as tx:
            await conversations.reply(
                tx, self.conversation, id=uuid4(), content=Text("It is."), agent_id=self.people["mei"].id
            )

    async def goes_out(self) -> None:
        await self.front.world.follow_everything(self.shop.id)
        await self.front.world.send_everything()

    async def devices(self) -> int:
        async with self.front.world.house.db.reading(self.shop.id) as tx:
            return int(await tx.fetchval("select count(*) from push_device where workspace_id = $1", self.shop.id))


@asynccontextmanager
async def open_place(server: Server) -> AsyncIterator[Place]:
    browser = Browser()
    with open_folder() as folder:
        async with serve(application(browser.answer)) as browser.url:
            allowed = (urlsplit(browser.url).netloc,)
            async with open_front(server, folder, private_hosts_allowed=allowed) as front:
                shop, people = await front.opens("Kotori", "mei")
                door = await shop.connects("line", secrets=SECRETS)
                conversation = await arrives(shop, door.inbox_id, "佐藤", "hello")
                async with front.world.house.db.transaction(shop.id) as tx:
                    await routing.assign(tx, conversation, people["mei"].id, by=people["mei"].id)
                yield Place(front, shop, people, browser, conversation, door.inbox_id)


async def test_who_has_asked_for_it_is_called_and_a_locked_screen_shows_no_customer(server: Server) -> None:
    async with open_place(server) as place:
        mei, browser = place.people["mei"], place.browser
        await place.note_names("mei")
        assert browser.calls == []  # nobody has asked yet
        key = (await mei.get("/api/push")).json()["key"]
        assert (await mei.post("/api/push", browser.subscription())).status_code == 200
        await place.customer_writes("4111 1111 is my card")
        await place.note_names("mei")
        reply, mention = browser.opened()
        assert reply == {
            "title": "Kotori", "body": "担当中の会話に返信がありました", "conversation": str(place.conversation), "waiting": 1,
        }  # fmt: skip
        assert mention["body"] == "メモで呼ばれました"
        assert all(b"4111" not in call.body for call in browser.calls)
        headers = browser.calls[0].headers
        assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
        assert int(headers["ttl"]) > 0
        assert len(headers["topic"]) <= 32
        claims = verified(headers["authorization"], key)
        assert claims["aud"] == browser.url
        assert claims["sub"] == place.front.base

        assert (await mei.post("/api/push", browser.subscription(shows_text=True))).status_code == 200
        await place.customer_writes("Is it on its way?")
        assert browser.opened()[-1]["body"] == "佐藤: Is it on its way?"
        assert await place.devices() == 1


def verified(header: str, key: str) -> dict[str, Any]:
    """The claims of a VAPID header whose signature is of this public key."""
    token, told = header.removeprefix("vapid t=").split(", k=")
    assert told == key
    said, _, signature = token.rpartition(".")
    raw = web_push.raw64(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), web_push.raw64(key))
    as_der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(as_der, said.encode(), ec.ECDSA(SHA256()))
    claims: dict[str, Any] = json.loads(web_push.raw64(said.split(".")[1]))
    return claims


async def test_nobody_is_called_at_quiet_hours_or_for_what_is_no_longer_so(server: Server) -> None:
    async with open_place(server) as place:
        mei, browser = place.people["mei"], place.browser
        local = place.front.world.house.clock()
        minute = (local.hour * 60 + local.minute + 9 * 60) % 1440  # in Tokyo
        await mei.post(
            "/api/push", browser.subscription(quiet_from=(minute - 60) % 1440, quiet_to=(minute + 60) % 1440)
        )
        await place.customer_writes("at night")
        assert browser.calls == []
        later = {"quiet_from": (minute + 60) % 1440, "quiet_to": (minute + 120) % 1440}
        await mei.post("/api/push", browser.subscription(**later))
        await arrives(place.shop, place.inbox, "佐藤", "read at the desk before it goes out")
        await place.front.world.follow_everything(place.shop.id)
        async with place.front.world.house.db.transaction(place.shop.id) as tx:
            await conversations.mark_read(tx, place.conversation, agent_id=mei.id, seq=100)
        await place.front.world.send_everything()
        assert browser.calls == []
        await place.customer_writes("by day")
        assert len(browser.calls) == 1


async def test_a_promise_that_is_nearly_missed_calls_whose_it_is_and_not_once_it_is_answered(server: Server) -> None:
    async with open_place(server) as place:
        mei, browser, world = place.people["mei"], place.browser, place.front.world
        promised = {"name": "fast", "first_minutes": 10, "next_minutes": 10, "is_default": True}
        assert (await place.people["boss"].post("/api/policies", promised)).status_code == 201
        await place.customer_writes("before she asked to be called")
        assert (await mei.post("/api/push", browser.subscription())).status_code == 200
        said = []
        for minutes in (9, 2):
            world.clock.forward(seconds=minutes * 60)
            await keep_time.promises_pass(world.house)
            await place.goes_out()
            said.append(browser.opened()[-1]["body"])
        assert said == ["まもなく応答期限です", "応答期限を過ぎました"]

        await place.answers()
        await place.customer_writes("and the other one?")
        told = len(browser.calls)
        world.clock.forward(seconds=9 * 60)
        await keep_time.promises_pass(world.house)
        await world.follow_everything(place.shop.id)
        await place.answers()
        await world.send_everything()
        assert len(browser.calls) == told


async def test_a_device_ends_with_its_sign_in_its_agent_and_its_push_service(server: Server) -> None:
    async with open_place(server) as place:
        mei, browser, house = place.people["mei"], place.browser, place.front.world.house
        await mei.post("/api/push", browser.subscription())
        browser.status = 410
        await place.customer_writes("the service has forgotten this browser")
        assert (len(browser.calls), await place.devices()) == (1, 0)

        browser.status = 201
        await mei.post("/api/push", browser.subscription())
        assert (await mei.post("/api/push/off", {"endpoint": browser.subscription()["endpoint"]})).status_code == 200
        assert await place.devices() == 0

        await mei.post("/api/push", browser.subscription())
        async with house.db.directory() as directory:  # ended from elsewhere
            await directory.execute("delete from sign_in where csrf = $1", mei.csrf)
        await place.customer_writes("and now?")
        assert (len(browser.calls), await place.devices()) == (1, 0)

        boss = place.people["boss"]
        await boss.post("/api/push", browser.subscription())
        await boss.post("/api/sign-out")
        assert await place.devices() == 0


async def test_a_removed_agent_is_called_no_more(server: Server) -> None:
    async with open_place(server) as place:
        mei, browser = place.people["mei"], place.browser
        await mei.post("/api/push", browser.subscription())
        async with place.front.world.house.db.transaction(place.shop.id) as tx:
            await conversations.note(
                tx, place.conversation, id=uuid4(), text="@mei", agent_id=place.people["boss"].id, mentions=[mei.id]
            )
        await place.front.world.follow_everything(place.shop.id)
        async with place.front.world.house.db.transaction(place.shop.id) as tx:
            await team.remove(tx, mei.id, by=place.people["boss"].id)
        await place.front.world.send_everything()
        assert (browser.calls, await place.devices()) == ([], 0)


async def test_what_is_no_subscription_is_refused(server: Server) -> None:
    async with open_place(server) as place:
        for wrong in (
            {"endpoint": "http://127.0.0.1:1/push"},
            {"endpoint": "file:///etc/passwd"},
            {"p256dh": "AAAA"},
            {"auth": "not base64!"},
        ):
            answer = await place.people["mei"].post("/api/push", place.browser.subscription(**wrong))
            assert (answer.status_code, answer.json()["fields"]) == (422, dict.fromkeys(wrong, "malformed"))


async def test_a_push_is_sealed_as_the_example_of_rfc_8291_is() -> None:
    """Section 5, with its own keys and salt."""
    own = ec.derive_private_key(
        int.from_bytes(web_push.raw64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    device = web_push.raw64("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    sealed = web_push.seal(
        b"When I grow up, I want to be a watermelon",
        device,
        web_push.raw64("BTBZMqHH6r4Tts7J_aSIgg"),
        own=own,
        salt=web_push.raw64("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert web_push.url64(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
        "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
