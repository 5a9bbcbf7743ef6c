"""What customers send besides text, seen and heard on the desk: recordings, pictures, files."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest_asyncio
from PIL import Image as Drawing
from playwright.async_api import Page, expect

from guanxi import conversations
from guanxi.content import Content, File, Image, Media, Voice
from tests.browser.pages import Pages
from tests.http.desk import Agent, arrives
from tests.world import Shop

LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}
RECORDINGS = Path(__file__).parent / "recordings"


class Desk:
    """A shop whose customer sends files."""

    def __init__(self, pages: Pages, shop: Shop, boss: Agent, inbox: UUID) -> None:
        self.pages, self.shop, self.boss, self.inbox = pages, shop, boss, inbox

    async def keeps(self, body: bytes, name: str = "", declared: str = "", duration: int = 0) -> Media:
        house = self.shop.world.house
        stored = await house.media.put(self.shop.id, body, name, declared)
        async with house.db.transaction(self.shop.id) as tx:
            await conversations.keep_media(tx, stored)
        return Media(
            key=stored.key, type=stored.type, name=stored.name, size=stored.size, width=stored.width,
            height=stored.height, duration=duration,
        )  # fmt: skip

    async def opens(self, *said: str | Content, width: int = 1280) -> Page:
        conversation = await arrives(self.shop, self.inbox, "佐藤 健", *said)
        return await self.pages.open(f"/all/{conversation}", self.boss, width=width)


@pytest_asyncio.fixture
async def desk(pages: Pages) -> AsyncIterator[Desk]:
    shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}")
    door = await shop.connects("line", {}, LINE)
    yield Desk(pages, shop, agents["boss"], door.inbox_id)
    assert pages.errors == []


async def test_recordings_that_no_browser_plays_are_heard_and_those_that_cannot_be_say_so(desk: Desk) -> None:
    recordings = [
        await desk.keeps((RECORDINGS / name).read_bytes(), declared="audio/x-speex-with-header-byte")
        for name in ("tone.amr", "tone.silk", "tone.awb", "tone.speex", "tone.spx")
    ]
    assert [one.type.removeprefix("audio/") for one in recordings] == ["amr", "silk", "amr-wb", "speex", "speex"]
    cut = await desk.keeps(b"#!AMR\n" + b"\xff")
    broken = await desk.keeps((RECORDINGS / "tone.awb").read_bytes()[:200] + b"\x54" * 400)
    endless = await desk.keeps(b"#!AMR-WB\n" + b"\x7c" * 30_001)
    strange = await desk.keeps(b"no recording at all", declared="audio/amr")
    said = [Voice(one) for one in (*recordings, cut, broken, endless, strange)]
    page = await desk.opens(*said)
    log = page.get_by_role("log")
    voices = log.locator("span.voice")
    await expect(voices.locator(".time")).to_have_text(["0:00"] * 8)
    for number in range(8):
        await voices.nth(number).get_by_role("button", name="Play").click()
    for number in range(5):
        # two seconds long, which only the decoded sound can tell
        await expect(voices.nth(number).locator(".time")).to_have_text("0:02")
    await expect(voices.nth(5)).to_contain_text("This AMR recording is damaged")
    await expect(voices.nth(6)).to_contain_text("This AMR-WB recording is damaged")
    await expect(voices.nth(7)).to_contain_text("This AMR-WB recording is longer than 10 minutes")
    await expect(voices.nth(8)).to_contain_text("This recording is in no format that can be played here.")
    links = log.get_by_role("link", name="Download the voice message")
    await expect(links).to_have_count(9)
    async with page.expect_download() as downloading:
        await links.first.click()
    assert Path(await (await downloading.value).path()).read_bytes() == (RECORDINGS / "tone.amr").read_bytes()


def picture(color: str, width: int = 2400, height: int = 1600) -> bytes:
    out = io.BytesIO()
    Drawing.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


# Playwright's own box may be the one of the last painted frame, behind what the page already says.
BOX = "element => { const { x, y, width, height } = element.getBoundingClientRect(); return { x, y, width, height } }"


async def test_pictures_are_looked_through_with_keys_and_zoomed_under_the_pointer(desk: Desk) -> None:
    first, second, third = [await desk.keeps(picture(color), f"{color}.png") for color in ("red", "green", "blue")]
    page = await desk.opens(Image(first), "and this one", Image(second), File(third))
    await page.get_by_role("button", name="Enlarge the image").nth(1).click()
    viewer = page.get_by_role("dialog")
    await expect(viewer).to_contain_text("2 of 3")
    await page.keyboard.press("ArrowRight")
    await expect(viewer).to_contain_text("blue.png")
    await expect(viewer.get_by_role("button", name="Next image")).to_have_count(0)
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await expect(viewer).to_contain_text("1 of 3")
    shown = viewer.get_by_role("img")
    await expect(shown).to_be_visible()
    await expect(shown).not_to_have_class("waiting")
    before = await shown.evaluate(BOX)
    at = (before["x"] + before["width"] / 4, before["y"] + before["height"] / 4)
    await page.mouse.move(*at)
    for _ in range(8):
        await page.mouse.wheel(0, -100)
    await expect(viewer.get_by_title("Fit to the window")).to_have_text("430%")
    after = await shown.evaluate(BOX)
    # the point under the pointer, a quarter into the picture, has not moved
    assert abs((at[0] - after["x"]) / after["width"] - 0.25) < 0.03
    await page.mouse.down()
    await page.mouse.move(at[0] + 100, at[1] + 40)
    await page.mouse.up()
    moved = await shown.evaluate(BOX)
    assert round(moved["x"] - after["x"]) == 100
    await page.keyboard.press("0")
    await expect(viewer.get_by_title("Fit to the window")).to_have_text("100%")
    await page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)


def pdf(text: str) -> bytes:
    """One page, by hand."""
    drawn = f"BT /F1 60 Tf 40 400 Td ({text}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj %s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF"
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + end % (len(parts) + 1, len(out))


async def test_a_pdf_is_drawn_in_a_frame_that_has_no_origin(desk: Desk) -> None:
    page = await desk.opens(
        File(await desk.keeps(pdf("Small teapot"), "offer.pdf")),
        File(await desk.keeps(b"%PDF-1.7 no more", "torn.pdf")),
    )
    await page.get_by_role("button", name="Look into offer.pdf").click()
    dialog = page.get_by_role("dialog", name="offer.pdf")
    await expect(dialog).to_contain_text("1 page")
    paper = dialog.frame_locator("iframe").locator("canvas")
    await expect(paper).to_have_text("Small teapot")
    assert await paper.evaluate("() => self.origin") == "null"
    dark = """canvas => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0; for (let at = 0; at < data.length; at += 4) if (data[at] < 80) count++; return count }"""
    assert await paper.evaluate(dark) > 500
    wide = (await paper.bounding_box() or {})["width"]
    await dialog.get_by_role("button", name="Zoom in").click()
    await expect(paper).to_have_css("width", f"{wide * 1.25:g}px")
    await dialog.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Look into torn.pdf").click()
    await expect(page.get_by_role("alert")).to_contain_text("cannot be shown here")


async def test_tables_are_shown_as_tables_and_pages_as_their_source(desk: Desk) -> None:
    orders = '订单,金额\r\n"A-1, 加急",128\r\n'.encode("gb18030")
    evil = b"<script>document.title = 'owned'</script><h1>Hi</h1>"
    page = await desk.opens(File(await desk.keeps(orders, "orders.csv")), File(await desk.keeps(evil, "page.html")))
    await page.get_by_role("button", name="Look into orders.csv").click()
    await expect(page.get_by_role("cell")).to_have_text(["A-1, 加急", "128"])
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Look into page.html").click()
    await expect(page.get_by_role("dialog")).to_contain_text("<script>document.title")
    assert await page.title() != "owned"
