"""What LINE needs of the desk: words that were changed, and the menu below the chat."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from guanxi import conversations
from guanxi.content import Text
from guanxi.conversations import Edit
from guanxi.demo.platforms import line, serve
from guanxi.infra.postgres import Server
from tests.browser.pages import open_pages
from tests.http.desk import arrives

pytestmark = pytest.mark.asyncio
FILM = Path(__file__).parent / "recordings" / "pot.mp4"  # a white bar on celadon ground
SECRETS = {"channel_secret": "line_channel_secret", "channel_access_token": "line-token"}


async def test_a_menu_is_published_changed_and_quoted_words_are_shown_and_a_film_goes_with_a_still_picture(
    server: Server,
    browser: Browser,
) -> None:
    platform = line.Platform(**SECRETS)
    async with contextlib.AsyncExitStack() as stack:
        base = await stack.enter_async_context(serve(platform.app))
        allowed = (urlsplit(base).netloc,)
        pages = await stack.enter_async_context(open_pages(server, browser, private_hosts_allowed=allowed))
        shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}")
        boss = agents["boss"]
        door = await shop.connects("line", {"api_base": base, "data_base": base}, SECRETS)

        page = await pages.open(f"/settings/inboxes/{door.inbox_id}", boss)
        await expect(page.get_by_text("0 of 1,000 used")).to_be_visible()
        await page.get_by_role("button", name="Edit the rich menu").click()
        out = io.BytesIO()
        Image.new("RGB", (1200, 400), "#2f4a8a").save(out, "PNG")
        picture = {"name": "menu.png", "mimeType": "image/png", "buffer": out.getvalue()}
        await page.locator("input[type=file]").set_input_files([picture])  # type: ignore[list-item]
        await expect(page.get_by_role("figure").locator("img")).to_be_visible()
        await page.get_by_label("Name", exact=True).fill("Autumn")
        await page.get_by_label("Words on the bar").fill("メニュー")
        await page.get_by_role("button", name="Areas in rows: 2", exact=True).click()
        await page.get_by_label("Label of area 1").fill("予約")
        await page.get_by_label("Address").first.fill("nowhere")
        await page.get_by_label("Label of area 2").fill("在庫")
        await page.get_by_label("When tapped").nth(1).select_option("say")
        await page.get_by_label("Text that the customer sends").fill("在庫はありますか")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_text("This is not a web address.")).to_be_visible()
        await page.get_by_label("Address").first.fill("https://shop.example/book")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_text("Not published")).to_be_visible()
        await page.get_by_role("button", name="Publish", exact=True).click()
        await expect(page.get_by_role("button", name="Take it away")).to_be_visible()
        said = [area["action"] for area in platform.menus.made[platform.menus.shown]["areas"]]
        assert said[1] == {"type": "message", "label": "在庫", "text": "在庫はありますか"}

        conversation = await arrives(shop, door.inbox_id, "花子", "抹茶はありますか")
        async with shop.world.house.db.transaction(shop.id) as tx:
            named = "select external_id from message where workspace_id = $1 and conversation_id = $2"
            told = await tx.fetchval(named, shop.id, conversation)
            edit = Edit(external_id=told, content=Text("抹茶ラテはありますか"), at=tx.now)
            await conversations.edit(tx, door.inbox_id, [edit])
        await page.goto(f"{pages.front.base}/all/{conversation}")
        log = page.get_by_role("log")
        await expect(log.get_by_text("抹茶ラテはありますか", exact=True)).to_be_visible()
        await expect(log.get_by_text("抹茶はありますか", exact=True)).to_have_count(0)
        await log.get_by_role("button", name="Edited").click()
        await expect(log.get_by_text("抹茶はありますか", exact=True)).to_be_visible()

        await arrives(shop, door.inbox_id, "花子", "これです", quotes=told)
        await arrives(shop, door.inbox_id, "花子", "あれも", quotes="nobody knows it")
        await expect(log.get_by_text("A message that is not here")).to_be_visible()
        await log.get_by_role("link", name="Quotes 花子: 抹茶ラテはありますか").click()
        await page.wait_for_url("**at=1")

        platform.add_customer("花子")
        await page.locator(".composer input[type=file]").set_input_files(str(FILM))
        await page.get_by_role("button", name="Send", exact=True).click()
        film = log.locator("video[poster]")
        await expect(film).to_be_visible()
        await shop.world.send_everything()
        (sent,) = platform.received("花子")
        assert sent["type"] == "video"
        still = (
            await boss.get(urlsplit(sent["previewImageUrl"]).path, t=sent["previewImageUrl"].partition("t=")[2])
        ).content
        with Image.open(io.BytesIO(still)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (160, 90))
            assert picture.convert("RGB").getpixel((4, 4)) == pytest.approx((61, 107, 92), abs=12)
