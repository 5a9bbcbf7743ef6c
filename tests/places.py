"""A world whose inboxes stand on simulated platforms, over real HTTP on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from guanxi import conversations
from guanxi.content import Text
from guanxi.demo.platforms import line, serve, wechat
from guanxi.http.webhooks import webhooks
from guanxi.inboxes import Door
from guanxi.infra.postgres import Server
from tests.world import Shop, World, open_world


@dataclass(slots=True)
class Place:
    """A shop with one account on LINE and one on WeChat."""

    world: World
    shop: Shop
    line: line.Platform
    wechat: wechat.Platform
    line_door: Door
    wechat_door: Door

    async def conversation(self, external_id: str) -> Any:
        """The newest conversation of that person, as a row."""
        async with self.world.house.db.reading(self.shop.id) as tx:
            return await tx.fetchrow(
                """select c.* from conversation c join identity i on i.workspace_id = c.workspace_id and i.id = c.identity_id
                   where c.workspace_id = $1 and i.external_id = $2 order by c.opened_at desc, c.id desc limit 1""",
                self.shop.id,
                external_id,
            )

    async def answer(self, external_id: str, text: str, *, id: UUID | None = None) -> int:
        """An agent answers that person; nothing is sent yet. Returns the seq."""
        found = await self.conversation(external_id)
        async with self.world.house.db.transaction(self.shop.id) as tx:
            return await conversations.reply(
                tx, found["id"], id=id or uuid4(), content=Text(text), agent_id=self.shop.agents["林薇"]
            )

    async def states(self, external_id: str) -> list[tuple[str, str]]:
        """(state, reason) of everything that we wrote to that person, in order."""
        found = await self.conversation(external_id)
        async with self.world.house.db.reading(self.shop.id) as tx:
            rows = await tx.fetch(
                """select state, reason from message where workspace_id = $1 and conversation_id = $2
                   and author in ('agent', 'bot') and not is_note order by seq""",
                self.shop.id,
                found["id"],
            )
        return [(row["state"], row["reason"]) for row in rows]

    async def send_until_quiet(self, tries: int = 20) -> None:
        """Work in the lanes, moving every lane's next try to now, until nothing is left to try."""
        for _ in range(tries):
            await self.world.send_everything()
            async with self.world.house.db.transaction(self.shop.id) as tx:
                moved = await tx.execute(
                    "update lane set next_at = now() where workspace_id = $1 and next_at > now() and key like 'out:%'",
                    self.shop.id,
                )
                await tx.execute("delete from pool_hold where workspace_id = $1 and until is not null", self.shop.id)
            if not moved:
                return


@asynccontextmanager
async def open_place(server: Server, folder: Path, **settings: object) -> AsyncIterator[Place]:
    """Platforms, webhook door and house, connected."""
    on_line = line.Platform(channel_secret="line_channel_secret", channel_access_token="line-token")
    on_wechat = wechat.Platform(
        app_id="wx0123456789abcdef",
        app_secret="0123456789abcdef0123456789abcdef",
        token="guanxi_token",
        encoding_aes_key="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    )
    async with serve(on_line.app) as line_url, serve(on_wechat.app) as wechat_url:
        allowed = tuple(urlsplit(url).netloc for url in (line_url, wechat_url))
        async with open_world(server, folder, private_hosts_allowed=allowed, **settings) as world:
            shop = await world.shop("青禾陶作")
            line_door = await shop.connects(
                "line",
                {"api_base": line_url, "data_base": line_url},
                {"channel_secret": on_line.channel_secret, "channel_access_token": on_line.channel_access_token},
            )
            wechat_door = await shop.connects(
                "wechat",
                {"app_id": on_wechat.app_id, "mode": "safe", "token": on_wechat.token, "api_base": wechat_url},
                {"app_secret": on_wechat.app_secret, "encoding_aes_key": on_wechat.encoding_aes_key},
            )
            async with serve(webhooks(world.doors, world.ingest)) as own_url:
                on_line.webhook = f"{own_url}/in/{line_door.address}"
                on_wechat.webhook = f"{own_url}/in/{wechat_door.address}"
                yield Place(world, shop, on_line, on_wechat, line_door, wechat_door)
