"""A rich menu is drawn up, published with its picture, replaced, and taken away."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest_asyncio
from PIL import Image

from guanxi.demo.platforms import line, serve
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, open_front


@dataclass
class Drawn:
    front: Front
    boss: Agent
    platform: line.Platform
    inbox: UUID
    base: str

    @property
    def path(self) -> str:
        return f"/api/inboxes/{self.inbox}/rich-menu"


@pytest_asyncio.fixture
async def drawn(server: Server) -> AsyncIterator[Drawn]:
    platform = line.Platform(channel_secret="line_channel_secret", channel_access_token="line-token")
    async with serve(platform.app) as base:
        with open_folder() as folder:
            allowed = (urlsplit(base).netloc,)
            async with open_front(server, folder, private_hosts_allowed=allowed) as front:
                shop, agents = await front.opens(f"Qinghe {uuid4().hex[:6]}")
                secrets = {"channel_secret": "line_channel_secret", "channel_access_token": "line-token"}
                door = await shop.connects("line", {"api_base": base, "data_base": base}, secrets)
                yield Drawn(front, agents["boss"], platform, door.inbox_id, base)


async def picture(boss: Agent, width: int, height: int, kind: str = "PNG") -> str:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#2f4a8a").save(out, kind)
    answer = await boss.http.post("/api/files", files={"file": (f"menu.{kind.lower()}", out.getvalue())})
    return str(answer.json()["key"])


def menu(key: str, **more: Any) -> dict[str, Any]:
    actions = [
        {"label": "予約", "does": "url", "value": "https://shop.example/book"},
        {"label": "在庫", "does": "say", "value": "在庫はありますか"},
        {"label": "場所", "does": "say", "value": "お店はどこですか"},
    ]
    return {"name": "Autumn", "bar": "メニュー", "layout": "1-2", "picture": key, "actions": actions, **more}


async def test_a_menu_is_drawn_published_replaced_and_taken_away(drawn: Drawn) -> None:
    boss, menus = drawn.boss, drawn.platform.menus
    assert (await boss.get(drawn.path)).json()["menu"] is None
    key = await picture(boss, 1200, 800)
    told = (await boss.http.put(drawn.path, json=menu(key))).json()
    assert (told["published_at"], told["differs"], told["width"]) == (None, False, 1200)
    assert menus.shown == ""
    published = await boss.post(f"{drawn.path}/publish")
    assert published.status_code == 200, published.text
    first = menus.shown
    areas = menus.made[first]["areas"]
    assert [area["bounds"] for area in areas] == [
        {"x": 0, "y": 0, "width": 1200, "height": 400},
        {"x": 0, "y": 400, "width": 600, "height": 400},
        {"x": 600, "y": 400, "width": 600, "height": 400},
    ]
    assert areas[0]["action"] == {"type": "uri", "label": "予約", "uri": "https://shop.example/book"}
    assert menus.pictures[first].startswith(b"\x89PNG")
    changed = (await boss.http.put(drawn.path, json=menu(key, bar="ひらく"))).json()
    assert changed["differs"]
    assert menus.made[menus.shown]["chatBarText"] == "メニュー"
    assert not (await boss.post(f"{drawn.path}/publish")).json()["differs"]
    assert list(menus.made) == [menus.shown] != [first]  # the old one has gone from the platform
    gone = (await boss.post(f"{drawn.path}/withdraw")).json()
    assert (gone["published_at"], menus.shown, menus.made) == (None, "", {})
    assert gone["menu"]["bar"] == "ひらく"


async def test_what_the_platform_would_refuse_is_said_at_its_field(drawn: Drawn) -> None:
    key = await picture(drawn.boss, 1000, 900)
    actions = [
        {"label": "", "does": "say", "value": "x"},
        {"label": "b" * 21, "does": "url", "value": "javascript:alert(1)"},
    ]
    wrong = await drawn.boss.http.put(drawn.path, json=menu(key, name=" ", bar="🍵" * 8, actions=actions))
    assert wrong.status_code == 422
    assert wrong.json()["fields"] == {
        "name": "missing", "bar": "too_long", "picture": "shape", "actions": "count", "action.0.label": "missing",
        "action.1.label": "too_long", "action.1.value": "address",
    }  # fmt: skip
    other = await drawn.boss.http.put(drawn.path, json=menu("A" * 24))
    assert other.json()["fields"] == {"picture": "missing"}


async def test_what_the_platform_refuses_is_told_and_leaves_what_customers_see(drawn: Drawn) -> None:
    boss, menus = drawn.boss, drawn.platform.menus
    await boss.http.put(drawn.path, json=menu(await picture(boss, 1200, 400, "JPEG")))
    await boss.post(f"{drawn.path}/publish")
    shown = menus.shown
    drawn.platform.script.next("menu", status=400, json={"message": "Too many rich menus"})
    refused = await boss.post(f"{drawn.path}/publish")
    assert (refused.status_code, refused.json()["error"], refused.json()["detail"]) == (
        409,
        "menu_refused",
        "Too many rich menus",
    )
    assert (menus.shown, list(menus.made)) == (shown, [shown])


async def test_another_workspace_has_no_menu_here(drawn: Drawn) -> None:
    _, agents = await drawn.front.opens(f"Other {uuid4().hex[:6]}")
    for answer in (
        await agents["boss"].get(drawn.path),
        await agents["boss"].http.put(drawn.path, json=menu("A" * 24)),
        await agents["boss"].post(f"{drawn.path}/publish"),
        await agents["boss"].post(f"{drawn.path}/withdraw"),
    ):
        assert answer.status_code == 404
