"""Passkeys over the API: added, coming in with one, and every answer that is not genuine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

from guanxi import access
from guanxi.access.passkeys import unfit
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import PASSWORD, Agent, Front, open_front

HERE = "http://localhost:8443"


class Phone:
    """An authenticator with one key: what it signs, and how often it has."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = uuid4().bytes
        self.count = 0
        self.whose = b""

    def makes(self, asked: dict[str, Any], *, origin: str = HERE, verified: bool = True) -> dict[str, Any]:
        self.whose = websafe_decode(asked["user"]["id"])
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        more = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        told = {"fmt": "none", "attStmt": {}, "authData": self._data(0x40 | verified << 2) + more}
        said = {"attestationObject": websafe_encode(cbor.encode(told))}
        return self._credential(said | {"clientDataJSON": websafe_encode(_client("create", asked, origin))})

    def signs(
        self, asked: dict[str, Any], *, origin: str = HERE, verified: bool = True, whose: bytes | None = None
    ) -> dict[str, Any]:
        client, data = _client("get", asked, origin), self._data(verified << 2)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"clientDataJSON": client, "authenticatorData": data, "signature": signature,
                "userHandle": self.whose if whose is None else whose}  # fmt: skip
        return self._credential({name: websafe_encode(value) for name, value in said.items()})

    def _data(self, flags: int) -> bytes:
        self.count += 1
        return hashlib.sha256(b"localhost").digest() + bytes([flags | 1]) + self.count.to_bytes(4, "big")

    def _credential(self, said: dict[str, str]) -> dict[str, Any]:
        id_ = websafe_encode(self.id)
        return {"credential": {"id": id_, "rawId": id_, "type": "public-key", "response": said}}


def _client(what: str, asked: dict[str, Any], origin: str) -> bytes:
    return json.dumps({"type": f"webauthn.{what}", "challenge": asked["challenge"], "origin": origin}).encode()


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder, public_url=HERE) as front:
            yield front


@pytest_asyncio.fixture
async def mei(front: Front) -> Agent:
    _, people = await front.opens(f"Keys {uuid4().hex[:6]}", "mei")
    async with front.world.house.db.directory() as directory:
        person = await access.find_person(directory, people["mei"].email)
        assert person is not None
        await access.set_password(directory, person.id, PASSWORD)
    return _with_a_jar(people["mei"])


def _with_a_jar(agent: Agent) -> Agent:
    """As a browser keeps cookies: what an answer sets is sent with the next request."""
    del agent.http.headers["cookie"]
    agent.http.cookies.set("guanxi", agent.cookie)
    return agent


async def adds(agent: Agent, phone: Phone, **how: Any) -> httpx.Response:
    begun = await agent.post("/api/me/passkeys/begin", {"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    return await agent.post("/api/me/passkeys", {"name": "phone", **phone.makes(begun.json()["options"], **how)})


async def comes_in(front: Front, phone: Phone, **how: Any) -> tuple[httpx.AsyncClient, httpx.Response]:
    browser = front.stranger()
    begun = await browser.post("/api/sign-in/passkey/begin")
    assert begun.status_code == 200, begun.text
    asked = begun.json()["options"]
    return browser, await browser.post("/api/sign-in/passkey", json=phone.signs(asked, **how))


async def test_a_passkey_comes_in_alone_and_stands_for_both_factors(front: Front, mei: Agent) -> None:
    phone = Phone()
    added = await adds(mei, phone)
    assert [one["name"] for one in added.json()["passkeys"]] == ["phone"]
    async with front.world.house.db.directory() as directory:
        workspace_id = await directory.fetchval("select workspace_id from agent where id = $1", mei.id)
    async with front.world.house.db.transaction(workspace_id) as tx:
        await access.change_rules(tx, password_length=None, needs_second_factor=True)
    browser, answer = await comes_in(front, phone)
    assert answer.status_code == 200, answer.text
    me = (await browser.get("/api/me")).json()
    assert (me["agent"]["id"], me["lacks_second_factor"]) == (str(mei.id), False)
    with_password = front.stranger()
    assert (
        await with_password.post("/api/sign-in", json={"email": mei.email, "password": PASSWORD})
    ).status_code == 200
    assert (await with_password.get("/api/me")).json()["lacks_second_factor"] is True
    mine = (await mei.get("/api/me/passkeys")).json()
    assert mine["passkeys"][0]["used_at"] is not None


@pytest.mark.parametrize(
    "how",
    [{"origin": "https://guanxi.evil.example"}, {"origin": "http://localhost:9999"}, {"verified": False},
     {"whose": uuid4().bytes}],
    ids=["of another site", "of another port", "of somebody not verified", "of somebody else"],
)  # fmt: skip
async def test_an_answer_opens_nothing(front: Front, mei: Agent, how: dict[str, Any]) -> None:
    phone = Phone()
    await adds(mei, phone)
    browser, answer = await comes_in(front, phone, **how)
    assert (answer.status_code, answer.json()["error"]) == (401, "passkey_refused")
    assert (await browser.get("/api/me")).status_code == 401
    assert (await comes_in(front, phone))[1].status_code == 200


async def test_a_challenge_is_of_one_browser_and_is_answered_once(front: Front, mei: Agent) -> None:
    phone = Phone()
    await adds(mei, phone)
    browser, thief = front.stranger(), front.stranger()
    asked = (await browser.post("/api/sign-in/passkey/begin")).json()["options"]
    await thief.post("/api/sign-in/passkey/begin")
    said = phone.signs(asked)
    assert (await thief.post("/api/sign-in/passkey", json=said)).status_code == 401
    kept = browser.cookies.get("guanxi_passkey")
    assert (await browser.post("/api/sign-in/passkey", json=said)).status_code == 200
    again = front.stranger(cookie=f"guanxi_passkey={kept}")
    assert (await again.post("/api/sign-in/passkey", json=said)).status_code == 401
    late = front.stranger()
    asked = (await late.post("/api/sign-in/passkey/begin")).json()["options"]
    front.world.clock.forward(minutes=6)
    assert (await late.post("/api/sign-in/passkey", json=phone.signs(asked))).status_code == 401


async def test_a_forged_signature_and_a_strangers_key_open_nothing(front: Front, mei: Agent) -> None:
    phone, other = Phone(), Phone()
    await adds(mei, phone)
    other.whose = phone.whose
    assert (await comes_in(front, other))[1].status_code == 401
    other.id = phone.id  # the right name, the wrong key
    other.count = 100
    assert (await comes_in(front, other))[1].status_code == 401
    assert (await comes_in(front, phone))[1].status_code == 200


async def test_a_count_that_goes_back_is_told_and_opens_nothing_any_more(front: Front, mei: Agent) -> None:
    phone = Phone()
    await adds(mei, phone)
    assert (await comes_in(front, phone))[1].status_code == 200
    phone.count = 0  # a copy
    assert (await comes_in(front, phone))[1].status_code == 401
    phone.count = 50
    assert (await comes_in(front, phone))[1].status_code == 401
    assert (await mei.get("/api/me/passkeys")).json()["passkeys"][0]["doubted_at"] is not None
    async with front.world.house.db.directory() as directory:
        workspace_id = await directory.fetchval("select workspace_id from agent where id = $1", mei.id)
    async with front.world.house.db.reading(workspace_id) as tx:
        told = await tx.fetchval(
            "select count(*) from audit_entry where workspace_id = $1 and action = 'sign_in.passkey_doubted'",
            workspace_id,
        )
    assert told == 1


async def test_a_passkey_is_added_only_by_its_person_and_goes_with_the_password(front: Front, mei: Agent) -> None:
    phone = Phone()
    assert (await mei.post("/api/me/passkeys/begin", {"password": "guessed"})).status_code == 422
    assert (await adds(mei, phone, verified=False)).json()["error"] == "passkey_refused"
    assert (await adds(mei, phone, origin="https://evil.example")).json()["error"] == "passkey_refused"
    assert (await adds(mei, phone)).status_code == 200
    assert (await adds(mei, phone)).json()["error"] == "passkey_refused", "the same one twice"
    _, people = await front.opens("Others", "lin")
    begun = await mei.post("/api/me/passkeys/begin", {"password": PASSWORD})
    stolen = {"name": "x", **Phone().makes(begun.json()["options"])}
    lin = _with_a_jar(people["lin"])
    lin.http.cookies.set("guanxi_passkey", mei.http.cookies.get("guanxi_passkey") or "")
    assert (await lin.post("/api/me/passkeys", stolen)).json()["error"] == "passkey_refused"
    id_ = (await mei.get("/api/me/passkeys")).json()["passkeys"][0]["id"]
    assert (await lin.post(f"/api/me/passkeys/{id_}/remove", {"password": ""})).status_code == 404
    assert (await mei.post(f"/api/me/passkeys/{id_}/remove", {"password": PASSWORD})).json()["passkeys"] == []
    assert (await comes_in(front, phone))[1].status_code == 401


def test_an_address_without_https_or_with_a_number_has_none() -> None:
    assert [unfit(url) for url in ("https://desk.example", HERE, "http://desk.example", "https://10.0.0.1:8000", "https://[::1]")] == [
        "", "", "passkeys_need_https", "passkeys_need_name", "passkeys_need_name",
    ]  # fmt: skip
