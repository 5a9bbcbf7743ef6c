"""Page visits: nothing without consent, little of anybody, and whoever floods us is heard twenty times."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from typing import Any

import httpx

from guanxi import channels, inboxes
from guanxi.infra.postgres import Server
from tests.browser.widget_site import eventually
from tests.http.visitors import come_in, tea_house

FLOOD = 10_000 if os.environ.get("GUANXI_TEST_LONG") == "1" else 400


async def test_visits_need_consent_are_few_and_go_with_it(server: Server) -> None:
    async with (
        tea_house(server) as site,
        httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}", timeout=30) as http,
    ):
        async with site.house.db.transaction(site.door.workspace_id) as tx:
            await inboxes.change(
                tx, channels.get("webchat").manifest, site.door.inbox_id, sealer=site.house.sealer, by=None,
                settings={"visits": "shop"},
            )  # fmt: skip

        async def told() -> bool:
            return bool((await http.post("/hello", json={})).json()["visits"] == "shop")

        await eventually(told, 30)
        caller, other = await come_in(site, http), await come_in(site, http)
        seen: dict[str, Any] = {"visitor": caller.visitor, "url": "https://shop.example/cups", "title": "Cups"}
        refused = await http.post("/visits", json=seen)
        assert (refused.status_code, refused.json()["error"]) == (409, "no_consent")
        assert (await http.post("/visits", json={**seen, "visitor": "a.b"})).status_code == 401
        assert (await http.post("/visits", json={**seen, "url": "javascript:alert(1)"})).status_code == 422
        yes = {"visitor": caller.visitor, "yes": True, "words": "You may."}
        assert (await http.post("/consent", json=yes)).status_code == 200
        answers: Counter[int] = Counter()
        began = time.monotonic()
        for first in range(0, FLOOD, 400):
            flood = [
                http.post("/visits", json={**seen, "url": f"https://shop.example/{first + n}"}) for n in range(400)
            ]
            answers += Counter(answer.status_code for answer in await asyncio.gather(*flood))
        assert answers[202] <= 20 * (1 + (time.monotonic() - began) / 60)
        assert answers[202] + answers[429] == FLOOD
        async with site.house.db.transaction(site.door.workspace_id) as tx:
            for n in range(200):  # who comes by for days
                assert await inboxes.visit(
                    tx, site.door.inbox_id, await _who(tx), inboxes.Visit(url=f"https://shop.example/day/{n}")
                )
            kept = await tx.fetch("select url from visit where workspace_id = $1 order by at", tx.workspace_id)
        assert len(kept) == 40
        assert {row["url"] for row in kept} == {f"https://shop.example/day/{n}" for n in range(160, 200)}
        no = {"visitor": other.visitor, "yes": False}
        assert (await http.post("/consent", json=no)).status_code == 200
        async with site.house.db.reading(site.door.workspace_id) as tx:
            assert await tx.fetchval("select count(*) from visit where workspace_id = $1", tx.workspace_id) == 40
        assert (await http.post("/consent", json={**no, "visitor": caller.visitor})).status_code == 200
        async with site.house.db.reading(site.door.workspace_id) as tx:
            assert await tx.fetchval("select count(*) from visit where workspace_id = $1", tx.workspace_id) == 0


async def _who(tx: Any) -> str:
    return str(await tx.fetchval("select external_id from visitor where workspace_id = $1", tx.workspace_id))
