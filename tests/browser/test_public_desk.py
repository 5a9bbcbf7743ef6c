"""The desk says who reads along: a comment on Weibo is answered in public, and goes on in private."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from guanxi.demo.platforms import serve, weibo
from guanxi.http.webhooks import webhooks
from guanxi.infra.postgres import Server
from tests.browser.pages import open_pages
from tests.demo.running import eventually

pytestmark = pytest.mark.asyncio
SAID = "select true from message where workspace_id = $1 and author = 'agent' and content ->> 'text' = $2"
HE, UID = "6402117733", "5187003621"
SECRETS = {"app_secret": "kiln", "message_token": "token-of-messages", "user_token": "token-of-comments"}


async def test_a_post_about_us_is_answered_before_all_and_goes_on_with_one(server: Server, browser: Browser) -> None:
    platform = weibo.Platform(uid=UID, **SECRETS)
    platform.add_customer(HE, "何静")
    async with contextlib.AsyncExitStack() as stack:
        base = await stack.enter_async_context(serve(platform.app))
        pages = await stack.enter_async_context(
            open_pages(server, browser, private_hosts_allowed=(urlsplit(base).netloc,))
        )
        shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}")
        world = shop.world
        platform.clock = lambda: world.clock().timestamp()
        door = await shop.connects("weibo", {"uid": UID, "api_base": base}, SECRETS)
        origin = await stack.enter_async_context(serve(webhooks(world.doors, world.ingest)))
        platform.webhook = f"{origin}/in/{door.address}"
        await platform.customer_mentions(HE, "The cup has a crack @青禾陶作")
        await world.read_everything()
        await world.send_everything()

        async def kept(text: str) -> None:
            """The server has the reply: what the log shows may still be on its way there."""

            async def is_there() -> bool:
                async with world.house.db.reading(shop.id) as tx:
                    return bool(await tx.fetchval(SAID, shop.id, text))

            await eventually(is_there)

        page = await pages.open("/all", agents["boss"])
        row = page.get_by_role("option").filter(has_text="何静")
        await expect(row.get_by_text("Public", exact=True)).to_be_visible()
        await row.click()
        await expect(page.get_by_label("What this conversation belongs to")).to_contain_text("The cup has a crack")
        await expect(page.get_by_text("everybody on Weibo can read your answer")).to_be_visible()
        write = page.locator("[data-composer]")
        await write.fill("Sorry! We will see to it")
        await page.get_by_role("button", name="Send in public").click()
        await expect(page.get_by_role("log").get_by_text("Sorry! We will see to it")).to_be_visible()
        await kept("Sorry! We will see to it")
        await world.send_everything()
        assert [one.text for one in platform.own_comments()] == ["Sorry! We will see to it"]

        await page.get_by_role("button", name="Answer in private").click()
        await expect(page.get_by_text("Only 何静 and your team read this")).to_be_visible()
        await write.fill("Which order is it?")
        await page.get_by_role("button", name="Send", exact=True).click()
        await expect(page.get_by_role("log").get_by_text("Which order is it?")).to_be_visible()
        await kept("Which order is it?")
        await world.send_everything()
        assert [one["text"]["content"] for one in platform.received(HE)] == ["Which order is it?"]
        await page.get_by_role("button", name="Follows up:").click()
        await expect(page.get_by_role("button", name="Goes on in private:")).to_be_visible()
