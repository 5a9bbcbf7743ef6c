"""A real server on loopback, and agents who are signed in to it: tests speak to it as the desktop does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect

from guanxi import access, contacts, conversations, team
from guanxi.contacts import Seen
from guanxi.content import Content, Text
from guanxi.conversations import Arrival, Wish
from guanxi.http import build
from guanxi.http.server import open_socket, web_server
from guanxi.infra.ids import new_id
from guanxi.infra.postgres import Server
from tests.world import Shop, World, open_world

PASSWORD = "quiet-kiln-42"


@dataclass
class Agent:
    """A signed-in agent with his own browser."""

    http: httpx.AsyncClient
    base: str
    cookie: str
    csrf: str
    id: UUID
    email: str

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(path, params=query)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.http.post(path, json=body if body is not None else {})

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.http.patch(path, json=body)

    async def delete(self, path: str) -> httpx.Response:
        return await self.http.delete(path)

    @contextlib.asynccontextmanager
    async def socket(self, **headers: str) -> AsyncIterator[Ears]:
        """The live socket, after its hello."""
        given = {"cookie": f"guanxi={self.cookie}", "origin": self.base} | headers
        url = self.base.replace("http", "ws") + "/api/live"
        async with connect(url, additional_headers=given, origin=None) as socket:
            ears = Ears(socket)
            ears.hello = json.loads(await asyncio.wait_for(socket.recv(), 60))
            yield ears


@dataclass
class Ears:
    """What a socket hears."""

    socket: ClientConnection
    hello: dict[str, Any] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)  # came together with a frame that was looked for

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame, default=str))

    async def hear(self, want: Any, seconds: float = 60) -> dict[str, Any]:
        """The first frame that `want` accepts; all others are kept in `heard`."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self._next()
                self.heard.append(frame)
                if want(frame):
                    return frame

    async def _next(self) -> dict[str, Any]:
        if not self.waiting:
            told = json.loads(await self.socket.recv())
            self.waiting = told if isinstance(told, list) else [told]
        return self.waiting.pop(0)


@dataclass
class Front:
    """The running server and the shops behind it."""

    world: World
    base: str
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    async def opens(self, name: str, *agents: str) -> tuple[Shop, dict[str, Agent]]:
        """A shop whose people are signed in; 'boss' is the admin."""
        async with self.world.house.db.directory() as directory:
            person = await access.add_person(
                directory,
                email=f"boss.{uuid4().hex[:8]}@example.com",
                name="boss",
                password_hash=None,
                language="en",
            )
            shop_id, boss = await team.found_workspace(
                directory, name=name, language="en", person_id=person, person_name="boss"
            )
            people = {"boss": (person, boss)}
            for agent in agents:
                one = await access.add_person(
                    directory,
                    email=f"{agent}.{uuid4().hex[:8]}@example.com",
                    name=agent,
                    password_hash=None,
                    language="en",
                )
                joined = await team.join(directory, shop_id, person_id=one, name=agent, role="agent")
                people[agent] = (one, joined)
        shop = Shop(self.world, shop_id, {name: agent_id for name, (_, agent_id) in people.items()})
        shop.agents["林薇"] = boss
        return shop, {name: await self.signs_in(shop_id, *ids) for name, ids in people.items()}

    async def signs_in(self, workspace_id: UUID, person_id: UUID, agent_id: UUID) -> Agent:
        async with self.world.house.db.directory() as directory:
            cookie = await access.sign_in(directory, person_id, workspace_id)
            person = await access.get_person(directory, person_id)
        http = self.stranger(cookie=f"guanxi={cookie}")
        csrf = (await http.get("/api/me")).json()["csrf"]
        http.headers["x-csrf"] = csrf
        return Agent(http, self.base, cookie, csrf, agent_id, person.email)

    def stranger(self, **headers: str) -> httpx.AsyncClient:
        """A browser that is not signed in."""
        browser = httpx.AsyncClient(base_url=self.base, headers=headers, timeout=60)
        self.browsers.append(browser)
        return browser


@contextlib.asynccontextmanager
async def open_front(server: Server, folder: Path, *, host: str = "127.0.0.1", **settings: Any) -> AsyncIterator[Front]:
    """Serve a house on a random port; its hands lie still."""
    listening = open_socket("127.0.0.1", 0)
    base = f"http://{host}:{listening.getsockname()[1]}"
    async with open_world(server, folder, **{"public_url": base, **settings}) as world:
        serving = web_server(build(world.house, world.doors, world.lender, desktop=folder / "desktop"))
        task = asyncio.create_task(serving.serve(sockets=[listening]))
        while not serving.started:
            await asyncio.sleep(0.01)
        front = Front(world, base)
        try:
            yield front
        finally:
            for browser in front.browsers:
                await browser.aclose()
            serving.should_exit = True
            await task


async def arrives(
    shop: Shop, inbox_id: UUID, who: str, *said: str | Content, channel: str = "line", quotes: str = ""
) -> UUID:
    """A contact writes; the conversation that it lands in. By the same verbs as the pipeline, without a platform."""
    async with shop.world.house.db.transaction(shop.id) as tx:
        people = await contacts.recognise(tx, [Seen(inbox_id=inbox_id, external_id=who, name=who)])
        identity = people[inbox_id, who]
        queue = await tx.fetchval("select queue_id from inbox where workspace_id = $1 and id = $2", shop.id, inbox_id)
        wish = Wish(
            identity_id=identity.id, thread="", inbox_id=inbox_id, channel=channel, medium="chat", queue_id=queue
        )
        joined = await conversations.join(tx, [wish], reopen=timedelta(hours=24))
        conversation = joined[identity.id, ""]
        fresh = [
            Arrival(
                id=new_id(),
                conversation=conversation,
                external_id=uuid4().hex,
                content=Text(one) if isinstance(one, str) else one,
                sent_at=tx.now,
                inbound_seq=None,
                quotes=quotes,
            )
            for one in said
        ]
        await conversations.append(tx, fresh)
    return conversation.id
