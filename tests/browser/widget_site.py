"""A real house with one web-chat inbox, served on loopback, and a bare shop page on another origin."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn

from guanxi import access, channels, conversations, inboxes, team
from guanxi.content import Content, Text
from guanxi.house import House, open_house
from guanxi.http.media import files
from guanxi.http.visitor import visitor
from guanxi.inboxes import Door
from guanxi.infra.ids import new_id
from guanxi.infra.postgres import Server
from guanxi.live import Hub
from guanxi.pipeline.accept import Ingest
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.pipeline.listeners import WAKES
from guanxi.settings import Settings
from guanxi.worker.run import run

VISITOR_KEY = "a-visitor-key-of-the-tests"
IDENTIFY_SECRET = "a-secret-for-signed-in-customers"


@dataclass(frozen=True, slots=True)
class Site:
    """The desk's side (`url`, `house`, `door`) and the shop's page (`shop`), with the verbs of an agent."""

    house: House
    hub: Hub
    door: Door
    agent_id: UUID
    url: str
    shop: str
    cut: set[str]  # paths whose ends are refused for now: 'live' cuts sockets, 'all' everything
    peer: list[str]  # the address that calls seem to come from

    def exchange_addresses(self, address: str) -> None:
        """From now on calls come from this address."""
        self.peer[0] = address

    async def says(self, conversation_id: UUID, what: str | Content, quotes: int | None = None) -> UUID:
        """The agent replies; returns the message's id."""
        message_id = new_id()
        content = Text(what) if isinstance(what, str) else what
        async with self.house.db.transaction(self.door.workspace_id) as tx:
            await conversations.reply(
                tx, conversation_id, id=message_id, content=content, agent_id=self.agent_id, quotes=quotes
            )
        return message_id

    async def messages(self) -> list[Any]:
        """Everything that stands in the workspace's conversations, in order."""
        async with self.house.db.reading(self.door.workspace_id) as tx:
            return await tx.fetch(
                """select m.conversation_id, m.seq, m.author, m.kind, m.content, m.state, m.external_id, d.external_id as who
                   from message m join conversation c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
                   join identity d on d.workspace_id = c.workspace_id and d.id = c.identity_id
                   where m.workspace_id = $1 order by m.created_at, m.seq""",
                self.door.workspace_id,
            )

    async def heard(self, text: str, *, times: int = 1) -> UUID:
        """Wait until a contact's message with this text stands in a conversation; returns the conversation."""
        return await eventually(lambda: self._heard(text, times))

    async def _heard(self, text: str, times: int) -> UUID | None:
        found = [m for m in await self.messages() if m["author"] == "contact" and m["content"].get("text") == text]
        return found[0]["conversation_id"] if len(found) == times else None


async def eventually(look: Any, seconds: float = 60.0) -> Any:
    """What `look` returns as soon as it is something. Fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.02)


class _Guest(uvicorn.Server):
    """A server inside the tests' process, whose signals are not its own."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


@contextlib.asynccontextmanager
async def serving(app: Any, taken: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve an ASGI app on loopback; yields its origin."""
    bound = taken or free_socket()
    config = uvicorn.Config(app, log_level="warning", ws="websockets-sansio", lifespan="off", ws_max_size=1 << 17)
    server = _Guest(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield origin_of(bound)
    finally:
        server.should_exit = True
        server.force_exit = True
        await task
        bound.close()


def free_socket() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def origin_of(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


SHOP = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A shop</title><body style="margin:0;font:16px/1.6 system-ui;background:#faf7f2;color:#333">
<main style="padding:32px"><h1>A shop</h1><p>Things to buy.</p><button id="other">Other</button></main>
<script>window.Guanxi=window.Guanxi||function(){{(Guanxi.q=Guanxi.q||[]).push(arguments)}};{early}</script>
<script async src="{url}/chat/{address}/widget.js"></script>"""


def shop_page(url: str, address: str) -> Any:
    """The shop's page: ?lang= chooses its language, ?early= is a piece of script that runs before the widget."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        from urllib.parse import parse_qs

        asked = parse_qs(scope["query_string"].decode())
        page = SHOP.format(
            url=url, address=address, lang=asked.get("lang", ["en"])[0], early=asked.get("early", [""])[0]
        )
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page.encode()})

    return app


@contextlib.asynccontextmanager
async def opened(server: Server, folder: Path, **settings: str) -> AsyncIterator[Site]:
    """Open house, hands, door and shop; `settings` are the inbox's."""
    bound = free_socket()
    made = Settings(data=folder, public_url=origin_of(bound), private_hosts_allowed=())
    async with open_house(made, server, wakes=WAKES, create_key=True) as house:
        door, agent_id = await found(house, settings)
        doors, ingest, cut = Doors(house), Ingest(house), set[str]()
        hub = Hub(house.bus, house.db.reading, lambda workspace_id, data: data)
        await ingest.start()
        lender = Lender(house)
        hands = asyncio.create_task(run(house, doors, lender))
        chat, media, peer = visitor(house, doors, ingest, hub, lender), files(house), ["127.0.0.1"]

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if "all" in cut or scope["path"].rsplit("/", 1)[-1] in cut:
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1001})
                    return
                raise ConnectionAbortedError
            scope["client"] = (peer[0], 1)
            await (media if scope["path"].startswith("/media/") else chat)(scope, receive, send)

        try:
            async with serving(app, bound) as url, serving(shop_page(url, door.address)) as shop:
                yield Site(house, hub, door, agent_id, url, shop, cut, peer)
        finally:
            hands.cancel()
            await asyncio.gather(hands, return_exceptions=True)
            await hub.stop()
            await ingest.stop()


async def found(house: House, settings: dict[str, str], *, key: str = VISITOR_KEY) -> tuple[Door, UUID]:
    """A new workspace with a web chat and one agent who is online."""
    async with house.db.directory() as directory:
        person_id = await access.add_person(
            directory, email=f"lin-{new_id()}@desk.example", name="Lin Wei", password_hash=None, language="en"
        )
        workspace_id, agent_id = await team.found_workspace(
            directory, name="Tea House", language="en", person_id=person_id, person_name="Lin Wei"
        )
    async with house.db.transaction(workspace_id) as tx:
        inbox_id = await inboxes.connect(
            tx,
            channels.get("webchat").manifest,
            name="Tea House",
            settings=settings,
            secrets={"visitor_key": key, "identify_secret": IDENTIFY_SECRET},
            sealer=house.sealer,
            by=None,
            greeting="Welcome to the tea house. What may we pour?",
            away_text="We are asleep. Leave a word, we answer in the morning.",
        )
        await tx.execute("update agent set presence = 'online', seen_at = now() where workspace_id = $1", workspace_id)
    async with house.db.reading(workspace_id) as tx:
        door = await inboxes.find_door(tx, inbox_id, house.sealer)
    assert door is not None
    return door, agent_id
