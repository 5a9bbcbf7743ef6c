"""Each page of the seeded shop, by desk and phone, day and night, in both languages: whole, quiet, and open to everybody."""

from __future__ import annotations

import io
import os
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page

from guanxi.infra.postgres import Server
from tests.browser.axe import SCHEMES, found
from tests.browser.sights import (
    AT_THE_SHOP,
    LANGUAGES,
    SIZES,
    Demo,
    Language,
    Sight,
    open_demo,
    pictures_folder,
    still,
)

PICTURES = os.environ.get("GUANXI_TEST_PAGES") == "1"
ALBUM = Path(__file__).parents[2] / "docs" / "pages.md"
MOST_BYTES = 17_000  # of a picture, on the average
# What a page must not have: a line to scroll sideways, a button whose words are cut off, a key instead of a sentence.
LOOK = r"""() => {
  const wrong = []
  const name = (one) => `${one.tagName.toLowerCase()} “${(one.innerText || one.ariaLabel || "").trim().slice(0, 40)}”`
  const wide = document.documentElement
  if (wide.scrollWidth > wide.clientWidth) wrong.push(`scrolls sideways: ${wide.scrollWidth} in ${wide.clientWidth}`)
  const shown = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && one.offsetWidth > 1
  for (const one of document.querySelectorAll("button, a.button, h1, h2, label")) {
    if (!shown(one)) continue
    const style = getComputedStyle(one)
    if (style.textOverflow === "ellipsis" || one.closest("[data-scrolls]")) continue
    if (style.overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1) wrong.push(`${name(one)} is cut off`)
    const box = one.getBoundingClientRect()
    const holder = one.closest("[role=tablist], nav, .scroller")
    if (!holder && (box.right > innerWidth + 1 || box.left < -1) && box.width) wrong.push(`${name(one)} leaves the page`)
  }
  const keys = /^(?:[a-z_]+\.){1,4}[a-z_]+$/
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.trim()
    if (/^[a-z]+(\.[a-z_]+)+$/.test(text) && !node.parentElement.closest("code, pre, kbd, [data-code], .mono, option"))
      if (keys.test(text) && !/\.(com|example)$/.test(text)) wrong.push(`a key without its sentence: ${text}`)
  }
  return [...new Set(wrong)]
}"""


# Text as wide apart as WCAG 1.4.12 lets a reader set it, on a screen as narrow as 1.4.10 asks for: 400 % of 1280 px.
NARROW = {"width": 320, "height": 640}
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-bottom: 2em !important }"""
SET_APART = "(css) => { const one = new CSSStyleSheet(); one.replaceSync(css); document.adoptedStyleSheets.push(one) }"
# What has the focus is not wholly covered by something else (2.4.11).
COVERED = r"""() => {
  const wrong = []
  for (const one of document.querySelectorAll("a[href], button, input, select, textarea, [tabindex='0']")) {
    if (!one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || one.disabled || one.tabIndex < 0) continue
    one.focus()
    if (document.activeElement !== one) continue
    const { left, top, width, height } = one.getBoundingClientRect()
    if (width < 2 || height < 2) continue
    const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [left + width * x, top + height * y]))
    const free = points.some(([x, y]) => {
      const there = document.elementFromPoint(x, y)
      return there && [one, ...(one.labels ?? [])].some((its) => its.contains(there) || there.contains(its))
    })
    if (!free) wrong.push(`${one.outerHTML.slice(0, 120)} is covered`)
  }
  document.activeElement?.blur?.()
  return [...new Set(wrong)]
}"""


@pytest_asyncio.fixture(scope="module")
async def demo(server: Server, browser: Browser) -> AsyncIterator[Demo]:
    async with open_demo(server, browser) as opened:
        yield opened


def listen(page: Page, demo: Demo, where: list[str]) -> None:
    page.on("pageerror", lambda error: demo.trouble.append(f"{where[0]}: {error}"))
    page.on(
        "console", lambda told: told.type == "error" and demo.trouble.append(f"{where[0]}: {told.text} {told.location}")
    )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_whole_on_desk_and_phone_by_day_and_night(demo: Demo, language: Language) -> None:
    context = await demo.speak(language)
    stranger = await demo.browser.new_context(locale=language, reduced_motion="reduce")
    wrong: list[str] = []
    where = [""]
    inside, outside = await context.new_page(), await stranger.new_page()
    for page in (inside, outside):
        listen(page, demo, where)
    for n, sight in enumerate(demo.sights()):
        where[0] = f"{sight.name} in {language}"
        page = outside if sight.place == "door" or sight.name in AT_THE_SHOP else inside
        if PICTURES:
            await take(page, demo, sight, language)
            continue
        turn = LANGUAGES.index(language)
        scheme = SCHEMES[(n // 2 + turn) % 2]
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size({"width": 1280, "height": 860})
        await demo.see(page, sight, language)
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await still(page)
            wrong += [f"{where[0]} on the {size}: {one}" for one in await page.evaluate(LOOK)]
            # Once for each page: languages, schemes and sizes take turns.
            if n % 2 == turn and (size == "desktop") == (n // 4 % 2 == 0):
                wrong += await found(page, f"{where[0]} on the {size} ({scheme})")
    await context.close()
    await stranger.close()
    assert wrong + demo.trouble == [], "\n".join(wrong + demo.trouble)


@pytest.mark.skipif(PICTURES, reason="no pictures of it")
async def test_every_page_holds_at_four_times_its_size_with_text_set_apart_and_covers_no_focus(demo: Demo) -> None:
    context = await demo.speak("en")
    stranger = await demo.browser.new_context(locale="en", reduced_motion="reduce")
    wrong: list[str] = []
    where = [""]
    inside, outside = await context.new_page(), await stranger.new_page()
    for page in (inside, outside):
        listen(page, demo, where)
        await page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    for sight in demo.sights():
        if sight.place == "outside" or sight.name in AT_THE_SHOP:
            continue
        where[0] = f"{sight.name} at 320 px"
        page = outside if sight.place == "door" else inside
        await demo.see(page, sight, "en")
        wrong += [f"{where[0]}: {one}" for one in await page.evaluate(COVERED)]
        await page.evaluate(SET_APART, SPACED)
        await still(page)
        wrong += [f"{where[0]}, text set apart: {one}" for one in await page.evaluate(LOOK)]
    await context.close()
    await stranger.close()
    assert wrong + demo.trouble == [], "\n".join(wrong + demo.trouble)


@pytest.mark.skipif(PICTURES, reason="no pictures in this language")
async def test_a_phone_holds_the_desk_in_japanese(demo: Demo) -> None:
    """Its words are longer than Chinese ones and break elsewhere than English ones."""
    context = await demo.speak("ja")
    stranger = await demo.browser.new_context(locale="ja", reduced_motion="reduce")
    wrong: list[str] = []
    where = [""]
    inside, outside = await context.new_page(), await stranger.new_page()
    for page in (inside, outside):
        listen(page, demo, where)
        await page.set_viewport_size({"width": 390, "height": 844})
    for sight in demo.sights():
        if sight.place == "outside" or sight.name in AT_THE_SHOP:
            continue
        where[0] = f"{sight.name} in Japanese"
        page = outside if sight.place == "door" else inside
        await demo.see(page, sight, "ja")
        wrong += [f"{where[0]}: {one}" for one in await page.evaluate(LOOK)]
        assert await page.evaluate("document.documentElement.lang") == "ja"
    await context.close()
    await stranger.close()
    assert wrong + demo.trouble == [], "\n".join(wrong + demo.trouble)


async def test_the_page_of_pictures_has_every_page_and_nothing_else(demo: Demo) -> None:
    told = album([sight.name for sight in demo.sights()])
    if PICTURES:
        ALBUM.write_text(told)
    assert ALBUM.read_text() == told, "bin/test --pictures writes it anew"
    wanted = set(re.findall(r"images/pages/([\w.-]+\.webp)", told))
    there = {one.name for one in pictures_folder().iterdir()}
    assert there == wanted
    assert sum(one.stat().st_size for one in pictures_folder().iterdir()) <= MOST_BYTES * len(there)


async def test_a_page_that_is_not_whole_would_be_told(demo: Demo) -> None:
    context = await demo.speak("en")
    page = await context.new_page()
    await demo.see(page, Sight("me", "/settings/me", "settings"), "en")
    assert await page.evaluate(LOOK) == []
    await page.evaluate(
        """() => {
            const put = (tag, text, css) => {
              const one = document.body.appendChild(document.createElement(tag)); one.textContent = text; one.style = css
            }
            put("button", "Save everything at once", "position:fixed;top:0;left:0;width:40px;overflow:hidden;white-space:nowrap")
            put("p", "settings.me.title", "position:absolute;top:0;left:0;width:9000px")
        }"""
    )
    told = "\n".join(await page.evaluate(LOOK))
    for wrong in ("cut off", "settings.me.title", "sideways"):
        assert wrong in told
    await context.close()


# Shown by themselves, as the README does: not so small.
FRONT = {
    "conversation.desktop.light.en": "desk",
    "conversation.desktop.dark.zh-CN": "desk-dark",
    "wallboard.desktop.dark.zh-CN": "wallboard",
    "all-conversations.phone.light.zh-CN": "phone",
}


async def take(page: Page, demo: Demo, sight: Sight, language: Language) -> None:
    """All eight pictures of one language's page; a page is opened in its scheme, as people open it."""
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size({"width": 1280, "height": 860})
        await demo.see(page, sight, language)
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await still(page)
            await picture(page, f"{sight.name}.{size}.{scheme}.{language}")


async def picture(page: Page, name: str) -> None:
    """One WebP in docs/images/pages: small, because there are hundreds."""
    folder = pictures_folder()
    folder.mkdir(parents=True, exist_ok=True)
    shot = Image.open(io.BytesIO(await page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    shot.save(folder / f"{name}.webp", "WEBP", quality=27, method=6)
    if front := FRONT.get(name):
        shot.save(folder.parent / f"{front}.webp", "WEBP", quality=82, method=6)


def album(names: Sequence[str]) -> str:
    """docs/pages.md: every page with its eight pictures."""
    lines = [
        "# Every page",
        "",
        "From the demo's shop (`bin/guanxi up --demo`), drawn by `bin/test --pictures`. `bin/test` looks at the same pages.",
        "",
    ]
    for name in names:
        lines += [f"## {name.replace('-', ' ').capitalize()}", ""]
        for size in SIZES:
            lines += [f"| {size} | light | dark |", "|---|---|---|"]
            for language in LANGUAGES:
                row = [f"![](images/pages/{name}.{size}.{scheme}.{language}.webp)" for scheme in SCHEMES]
                lines.append(f"| {language} | {' | '.join(row)} |")
            lines.append("")
    return "\n".join(lines)
