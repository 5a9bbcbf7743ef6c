"""The client of docs/python-client, as somebody would copy it, against the real server."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Front, arrives, open_front
from tests.integrations.receiver import goes_on, listens, open_receiver

FILE = Path(__file__).parents[2] / "docs" / "python-client" / "guanxi_client.py"
LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest.fixture(scope="module")
def client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("guanxi_client", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["guanxi_client"] = module  # msgspec looks its annotations up there
    spec.loader.exec_module(module)
    return module


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def test_it_lists_reads_answers_notes_and_resolves(front: Front, client: ModuleType) -> None:
    shop, people = await front.opens("Clients", "mei")
    door = await shop.connects("line", secrets=LINE)
    talk = await arrives(shop, door.inbox_id, "何静", *(f"line {n}" for n in range(60)))
    for n in range(55):
        await arrives(shop, door.inbox_id, f"other {n}", "hello")
    await front.world.follow_everything(shop.id)  # so that names are found
    made = await people["mei"].post("/api/tokens", {"name": "script", "scopes": ["read", "write"]})

    def script() -> None:
        with client.Guanxi(front.base, made.json()["token"]) as guanxi:
            rows = list(guanxi.conversations("all"))
            assert len(rows) == len({row.id for row in rows}) == 56
            assert [row.contact.name for row in guanxi.conversations("any", q="何静")] == ["何静"]
            texts = [message.text for message in guanxi.messages(talk) if message.author == "contact"]
            assert texts == [f"line {n}" for n in range(60)]
            id_ = uuid4()
            once, again = (guanxi.reply(talk, "on its way", id=id_) for _ in range(2))
            assert (once.seq, once.text, once.author) == (again.seq, "on its way", "agent")
            assert guanxi.note(talk, "tell the warehouse").is_note
            assert guanxi.resolve(talk).state == guanxi.conversation(talk).state == "resolved"
            with pytest.raises(client.Refused) as refused:
                guanxi.conversation(uuid4())
            assert (refused.value.status, refused.value.code) == (404, "not_found")
        with client.Guanxi(front.base, "gxt_wrong") as stranger, pytest.raises(client.Refused, match="not_signed_in"):
            list(stranger.conversations())

    await asyncio.to_thread(script)


async def test_it_knows_a_genuine_webhook(own_server: Server, client: ModuleType) -> None:
    async with open_receiver() as receiver:
        with open_folder() as folder:
            allowed = (urlsplit(receiver.url).netloc,)
            async with open_front(own_server, folder, private_hosts_allowed=allowed) as front:
                shop, _ = await front.opens("Hooks")
                door = await shop.connects("line", secrets=LINE)
                _, secret = await listens(shop, receiver.url, "message.received")
                talk = await arrives(shop, door.inbox_id, "何静", "hello")
                await goes_on(shop)
    call = receiver.calls[0]
    signature = call.headers["x-guanxi-signature"]
    event = client.verify_webhook(secret, signature, call.body)
    assert (event.kind, event.conversation_id, event.messages[0].text) == ("message.received", talk, "hello")
    assert event.conversation.contact.name == "何静"
    assert client.verify_webhook(secret, signature, call.body + b" ") is None
    assert client.verify_webhook(secret + "x", signature, call.body) is None
    assert client.verify_webhook(secret, signature, call.body, now=time.time() + 400) is None
    for odd in ("", "t=,v1=", "v1=abc", "t=1e9,v1=é", f"t={'9' * 400}"):
        assert client.verify_webhook(secret, odd, call.body) is None
