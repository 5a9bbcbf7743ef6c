"""The widget in a real Chromium, on a shop's page of another origin, against a real house."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, FrameLocator, Page, Route, expect

from guanxi import routing
from guanxi.demo.shop import shop
from guanxi.infra.postgres import Server
from tests.browser.pages import PATIENCE
from tests.browser.waiting_site import crowded
from tests.browser.widget_site import IDENTIFY_SECRET, Site, eventually, opened, serving
from tests.databases import open_folder

# Each tries another way from text to script.
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><iframe srcdoc="<script>parent.alert(1)</script>">',
    "javascript:alert(1)",
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/<img/src/onerror=alert(1)>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)} `${alert(1)}`",
    "</script><script>alert(1)</script>",
    "\u202e<b onclick=alert(1)>drow</b>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    with open_folder() as folder:
        async with opened(server, folder, title="<b>Tea</b> & House", color="#3d6b5c") as running:
            yield running


@pytest_asyncio.fixture
async def context(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    """A visitor's browser; a page error, a dialog or a word of the security policy fails the test."""
    site.cut.clear()
    site.exchange_addresses(f"10.1.{id(object()) % 250}.{id([]) % 250}")
    made = await browser.new_context(viewport={"width": 1000, "height": 760}, locale="en-GB")
    made.set_default_timeout(PATIENCE)
    trouble: list[str] = []
    made.on("weberror", lambda error: trouble.append(str(error.error)))
    made.on("dialog", lambda dialog: trouble.append(f"dialog {dialog.message}"))
    made.on("console", lambda said: trouble.append(said.text) if "Content Security Policy" in said.text else None)
    yield made
    await made.close()
    assert trouble == []


async def open_chat(site: Site, page: Page, query: str = "lang=en") -> FrameLocator:
    await page.goto(f"{site.shop}/?{query}")
    await page.get_by_role("button", name="Chat with us").click()
    chat = page.frame_locator("iframe")
    await expect(chat.get_by_role("textbox")).to_be_visible()
    return chat


async def write(chat: FrameLocator, text: str) -> None:
    field = chat.get_by_role("textbox")
    await field.fill(text)
    await field.press("Enter")


async def test_a_visitor_asks_and_the_agent_answers(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    await expect(chat.get_by_text("Welcome to the tea house.")).to_be_visible()
    await write(chat, "Do you have oolong?")
    conversation = await site.heard("Do you have oolong?")
    site.hub.typing(site.door.workspace_id, conversation, by="Lin Wei", on=True, agent_id=site.agent_id)
    await expect(chat.get_by_text("Lin Wei is writing")).to_be_visible()
    (asked,) = [m["seq"] for m in await site.messages() if m["content"].get("text") == "Do you have oolong?"]
    await site.says(conversation, "We do: https://shop.example/oolong.", quotes=asked)
    answer = chat.get_by_role("article", name="Lin Wei")
    await expect(answer).to_contain_text("We do: https://shop.example/oolong.")
    await expect(answer.locator("q")).to_have_text("Do you have oolong?")
    await expect(answer.get_by_role("link")).to_have_attribute("href", "https://shop.example/oolong")
    await expect(chat.get_by_text("Lin Wei is writing")).to_have_count(0)

    async def read() -> bool:
        return any(m["state"] == "read" for m in await site.messages() if m["conversation_id"] == conversation)

    await eventually(read)


async def test_nothing_but_the_loader_is_fetched_before_somebody_reaches_for_it(
    site: Site, context: BrowserContext
) -> None:
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{site.shop}/?lang=en")
    await expect(page.get_by_role("button", name="Chat with us")).to_be_visible()
    ours = [urlsplit(url).path for url in asked if url.startswith(site.url)]
    assert ours == [f"/chat/{site.door.address}/widget.js"]
    await page.get_by_role("button", name="Chat with us").click()
    await expect(page.frame_locator("iframe").get_by_text("Welcome to the tea house.")).to_be_visible()
    hosts = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in asked if url.startswith("http")}
    assert hosts == {site.url, site.shop}
    assert await page.evaluate("Object.keys(localStorage).join()") in ("", f"guanxi:{site.door.address}")
    kept = await page.evaluate(f"localStorage['guanxi:{site.door.address}'] || '{{}}'")
    assert "browser" not in json.loads(kept)


async def test_what_is_written_offline_goes_out_once_after_a_reload(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    await write(chat, "first, with a network")
    await site.heard("first, with a network")
    site.cut.update({"all"})
    await write(chat, "second, without")
    await write(chat, "third, without")
    await expect(chat.get_by_text("Waiting for the network").first).to_be_visible()
    site.cut.clear()
    chat = await open_chat(site, page)
    await site.heard("second, without")
    conversation = await site.heard("third, without")
    await expect(chat.get_by_text("third, without")).to_have_count(1)
    said = [m["content"].get("text") for m in await site.messages() if m["conversation_id"] == conversation]
    assert [text for text in said if text and text.endswith("without")] == ["second, without", "third, without"]


async def test_an_answer_lost_on_the_way_doubles_nothing(site: Site, context: BrowserContext) -> None:
    site.cut.update({"live", "events"})
    page = await context.new_page()
    chat = await open_chat(site, page)
    await write(chat, "hello there")
    await site.heard("hello there")
    lost: list[int] = []

    async def lose(route: Route) -> None:
        lost.append((await route.fetch()).status)
        await route.abort()

    await page.route("**/messages?*", lambda route: route.abort())  # so that only sending again brings it home
    await page.route("**/messages", lose, times=2)
    await write(chat, "did you get this?")
    await site.heard("did you get this?")
    await expect(chat.locator(".kept", has_text="did you get this?")).to_be_visible()
    assert lost == [202, 202]
    await page.unroute_all()
    await site.says(await site.heard("did you get this?"), "Yes, once.")
    await expect(chat.get_by_text("Yes, once.")).to_be_visible()
    await expect(chat.get_by_text("did you get this?")).to_have_count(1)


async def test_without_sockets_the_answer_comes_as_a_stream(site: Site, context: BrowserContext) -> None:
    site.cut.add("live")
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "?after=" in request.url else None)
    chat = await open_chat(site, page)
    await write(chat, "my company blocks sockets")
    conversation = await site.heard("my company blocks sockets")
    await eventually(lambda: _any(asked, "/events?"))
    before = len([url for url in asked if "/messages?" in url])
    site.hub.typing(site.door.workspace_id, conversation, by="Lin Wei", on=True, agent_id=site.agent_id)
    await expect(chat.get_by_text("Lin Wei is writing")).to_be_visible()
    await site.says(conversation, "Then we stream.")
    await expect(chat.get_by_text("Then we stream.")).to_be_visible()
    assert len([url for url in asked if "/messages?" in url]) <= before + 1  # nobody asks while a stream flows


async def test_without_sockets_and_streams_the_answer_still_comes(site: Site, context: BrowserContext) -> None:
    site.cut.update({"live", "events"})
    page = await context.new_page()
    chat = await open_chat(site, page)
    await write(chat, "my company blocks everything")
    conversation = await site.heard("my company blocks everything")
    await site.says(conversation, "Then we ask now and then.")
    await expect(chat.get_by_text("Then we ask now and then.")).to_be_visible()  # it asks seldom


async def _any(urls: list[str], part: str) -> bool:
    return any(part in url for url in urls)


async def test_a_closed_chat_shows_the_number_of_unread_answers(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    await write(chat, "call me when it is ready")
    conversation = await site.heard("call me when it is ready")
    await chat.get_by_role("textbox").press("Escape")
    launcher = page.locator("button[aria-expanded]")
    await expect(launcher).to_have_attribute("aria-expanded", "false")
    await expect(launcher).to_be_focused()
    await site.says(conversation, "It is ready.")
    await site.says(conversation, "And warm.")
    await expect(launcher.locator("i")).to_have_text("2")
    other = await context.new_page()
    await other.goto(f"{site.shop}/?lang=en")
    await expect(other.get_by_role("button", name="Chat with us").locator("i")).to_have_text("2")
    await launcher.click()
    await expect(launcher.locator("i")).to_have_text("")


async def test_text_stays_text_whoever_writes_it(site: Site, context: BrowserContext) -> None:
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await tx.execute(
            "update agent set name = '<img src=x onerror=alert(1)>' where workspace_id = $1", tx.workspace_id
        )
    try:
        page = await context.new_page()
        chat = await open_chat(site, page)
        await write(chat, ATTACKS[0])
        conversation = await site.heard(ATTACKS[0])
        for attack in ATTACKS:
            await site.says(conversation, attack)
        for attack in ATTACKS[1:]:
            await expect(chat.locator(".theirs .bubble", has_text=attack).first).to_be_visible()
        site.hub.typing(site.door.workspace_id, conversation, by=ATTACKS[1], on=True, agent_id=site.agent_id)
        await expect(chat.get_by_text("is writing")).to_be_visible()
        assert await chat.locator("header h1").inner_text() == "<b>Tea</b> & House"
        for tag in ("main img", "main iframe", "main script", "main b", "main svg[onload]", "[onerror]", "[onclick]"):
            assert await chat.locator(tag).count() == 0, tag
        links = await chat.locator("main a").evaluate_all("links => links.map(link => link.protocol)")
        assert set(links) <= {"https:", "http:"}
    finally:
        async with site.house.db.transaction(site.door.workspace_id) as tx:
            await tx.execute("update agent set name = 'Lin Wei' where workspace_id = $1", tx.workspace_id)


async def test_enter_that_ends_a_composition_sends_nothing(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    field = chat.get_by_role("textbox")
    await field.click()
    wire = await context.new_cdp_session(page)
    await wire.send("Input.imeSetComposition", {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6})
    await wire.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229})
    await field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    await wire.send("Input.insertText", {"text": "你好"})
    # Safari: the composition is over, and then comes the Enter that has ended it
    await field.evaluate(
        """field => { field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }))
             field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })) }"""
    )
    await expect(field).to_have_value("你好")
    await expect(chat.locator(".mine")).to_have_count(0)

    async def sent() -> bool:
        await field.press("Enter")
        return await field.input_value() == ""

    await eventually(sent)
    await site.heard("你好")


async def test_a_draft_survives_a_reload(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    await chat.get_by_role("textbox").fill("half a thought")
    frame = next(frame for frame in page.frames if "/frame" in frame.url)
    await eventually(lambda: frame.evaluate("() => Object.values(localStorage).includes('half a thought')"))
    chat = await open_chat(site, page)
    await expect(chat.get_by_role("textbox")).to_have_value("half a thought")


async def test_a_picture_is_previewed_sent_and_seen_by_the_desk(site: Site, context: BrowserContext) -> None:
    from tests.http.visitors import png

    page = await context.new_page()
    chat = await open_chat(site, page)
    await chat.locator("input[type=file]").set_input_files(
        [
            {"name": "cup.png", "mimeType": "image/png", "buffer": png()},
            {"name": "evil.svg", "mimeType": "image/svg+xml", "buffer": b"<svg onload=alert(1)>"},
        ]
    )
    await expect(chat.get_by_role("img", name="cup.png")).to_be_visible()
    await expect(chat.get_by_role("alert")).to_contain_text("evil.svg")
    await write(chat, "this one is broken")
    await site.heard("this one is broken")
    shown = chat.locator(".mine a.picture img")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.naturalWidth") == 40
    kinds = [(m["kind"], m["content"].get("media", {}).get("name")) for m in await site.messages()]
    assert ("image", "cup.png") in kinds


async def test_a_refused_message_can_be_sent_again(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    await page.route("**/messages", lambda route: route.fulfill(status=422, body="{}"), times=1)
    await write(chat, "please take this")
    await chat.get_by_role("button", name="Try again").click()
    await site.heard("please take this")
    await expect(chat.get_by_text("Not sent")).to_have_count(0)


async def test_who_writes_too_fast_loses_nothing(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    many = 9  # five in five seconds are let through; by hand a slow machine is never too fast
    await chat.get_by_role("textbox").evaluate(
        """(field, many) => {
          for (let n = 0; n < many; n++) {
            field.value = `burst ${n}`
            field.dispatchEvent(new Event("input", { bubbles: true }))
            field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }))
          }
        }""",
        many,
    )
    await expect(chat.get_by_text("The rest follows in a moment")).to_be_visible()
    conversation = await eventually(lambda: site._heard(f"burst {many - 1}", 1))
    said = [m["content"].get("text") for m in await site.messages() if m["conversation_id"] == conversation]
    assert [text for text in said if text and text.startswith("burst")] == [f"burst {n}" for n in range(many)]


async def test_on_a_phone_the_chat_fills_the_screen_and_speaks_chinese(site: Site, browser: Browser) -> None:
    phone = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = await phone.new_page()
    await page.goto(f"{site.shop}/?lang=zh-CN")
    await page.get_by_role("button", name="客服").tap()
    chat = page.frame_locator("iframe")
    await expect(chat.get_by_placeholder("输入消息")).to_be_visible()

    async def fills_it() -> bool:  # once it has slid in
        return await page.locator("iframe").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}

    await eventually(fills_it)
    small = await chat.locator("button:visible").evaluate_all(
        "buttons => buttons.filter(b => b.offsetWidth < 44 || b.offsetHeight < 44).map(b => b.className)"
    )
    assert small == []
    await chat.get_by_role("button", name="收起对话").tap()
    await expect(page.get_by_role("button", name="客服")).to_be_visible()
    await phone.close()


async def test_the_shop_says_who_has_signed_in(site: Site, context: BrowserContext) -> None:
    demo = shop(desk=site.url, address=site.door.address, identify_secret=IDENTIFY_SECRET)
    async with serving(demo) as address:
        page = await context.new_page()
        await page.goto(f"{address}/?lang=en")
        await page.get_by_role("button", name="Sign in as Chen Yu").click()
        await page.get_by_role("button", name="Ask where it is").click()
        chat = page.frame_locator("iframe")
        await write(chat, "where is 6628041?")
        await site.heard("where is 6628041?")
        assert [m["who"] for m in await site.messages() if m["content"].get("text") == "where is 6628041?"] == [
            "id:88231"
        ]
        await page.get_by_role("button", name="Chen Yu, signed in").click()
        await expect(chat.get_by_text("where is 6628041?")).to_have_count(0)


async def test_a_forged_customer_is_told_of_in_the_console(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    chat = await open_chat(site, page, "lang=en&early=Guanxi('identify','forged.token')")
    await expect(chat.get_by_text("Welcome to the tea house.")).to_be_visible()

    async def warned() -> bool:
        return any("refused: forged" in text for text in said)

    await eventually(warned)


async def test_dark_follows_the_visitor_and_the_brand_stays_legible(site: Site, browser: Browser) -> None:
    dark = await browser.new_context(color_scheme="dark")
    page = await dark.new_page()
    chat = await open_chat(site, page)
    await expect(chat.get_by_text("Welcome to the tea house.")).to_be_visible()
    colours = await chat.locator("body").evaluate(
        "body => [getComputedStyle(body).backgroundColor, getComputedStyle(body).color]"
    )
    assert colours == ["rgb(25, 28, 31)", "rgb(233, 234, 235)"]
    await write(chat, "good evening")
    bubble = chat.locator(".mine .bubble").first
    await expect(bubble).to_have_css("background-color", "rgb(61, 107, 92)")
    await expect(bubble).to_have_css("color", "rgb(255, 255, 255)")
    await dark.close()


async def test_who_waits_sees_how_he_stands_until_somebody_is_with_him(
    site: Site, context: BrowserContext, browser: Browser
) -> None:
    async with crowded(site):
        other = await browser.new_context(locale="en-GB")
        other.set_default_timeout(PATIENCE)
        first = await open_chat(site, await other.new_page())
        await write(first, "I came first")
        before = await site.heard("I came first")
        page = await context.new_page()
        chat = await open_chat(site, page)
        line = chat.locator(".stand")
        await expect(line).to_be_hidden()
        await write(chat, "I came second")
        mine = await site.heard("I came second")
        await expect(line).to_have_text(re.compile("^1 ahead of you"))
        await expect(first.locator(".stand")).to_have_text("You are next")
        await chat.get_by_role("textbox").press("Escape")  # with the chat put away nothing counts as unread

        async with site.house.db.transaction(site.door.workspace_id) as tx:
            await routing.assign(tx, before, site.agent_id, by=site.agent_id)
        await expect(first.locator(".stand")).to_be_hidden()
        launcher = page.locator("button[aria-expanded]")
        await expect(launcher).to_have_attribute("aria-expanded", "false")
        await launcher.click()
        await expect(line).to_have_text("You are next")
        await expect(launcher.locator("i")).to_have_text("")

        await chat.get_by_role("button", name="Call me back").click()
        await chat.get_by_label("Telephone number").fill("+44 20 7946 0018")
        await chat.locator(".card").get_by_role("button", name="Call me back").click()
        await expect(chat.get_by_text("We will call +442079460018. Your place is kept.")).to_be_visible()
        await expect(chat.get_by_text("We will call you; your place is kept")).to_be_visible()
        await expect(chat.locator(".ways button")).to_have_count(0)  # asked once
        async with site.house.db.transaction(site.door.workspace_id) as tx:
            await routing.assign(tx, mine, site.agent_id, by=site.agent_id)
        await expect(line).to_be_hidden()
        await other.close()
