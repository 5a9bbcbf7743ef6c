"""What few visitors need, in a real Chromium: questions before the first word, an address left behind, a rating, and
the conversation to take home."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, FrameLocator, Page, expect

from guanxi import conversations, inboxes
from guanxi.infra.postgres import Server
from tests.browser.axe import found
from tests.browser.pages import PATIENCE
from tests.browser.widget_site import Site, eventually, opened
from tests.databases import open_folder

FORM: dict[str, Any] = {
    "asks": True,
    "intro": {"en": "So that we can help at once:"},
    "fields": [
        {"key": "name", "place": "name", "words": {"en": "Your name", "ja": "お名前"}},
        {"key": "mail", "kind": "email", "place": "email", "required": True, "words": {"en": "E-mail"}},
        {
            "key": "about",
            "kind": "choice",
            "words": {"en": "What is it about?"},
            "choices": [{"value": "order", "words": {"en": "An order"}}, {"value": "<b>tea</b>"}],
        },
    ],
}


@pytest_asyncio.fixture(scope="module")
async def site(server: Server) -> AsyncIterator[Site]:
    with open_folder() as folder:
        async with opened(server, folder, color="#2a2a2e", rating="true", visits="ask") as running:
            yield running


@pytest_asyncio.fixture
async def context(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    """A visitor's browser; a page error, a dialog or a word of the security policy fails the test."""
    site.cut.clear()
    site.exchange_addresses(f"10.3.{uuid4().int % 250}.{uuid4().int % 250}")
    made = await browser.new_context(viewport={"width": 1000, "height": 760}, locale="en-GB")
    made.set_default_timeout(PATIENCE)
    trouble: list[str] = []
    made.on("weberror", lambda error: trouble.append(str(error.error)))
    made.on("dialog", lambda dialog: trouble.append(f"dialog {dialog.message}"))
    made.on("console", lambda said: trouble.append(said.text) if "Content Security Policy" in said.text else None)
    yield made
    await made.close()
    assert trouble == []


async def arrange(site: Site, setup: dict[str, Any]) -> None:
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await inboxes.arrange(tx, site.door.inbox_id, setup, by=site.agent_id)
    await asyncio.sleep(0)
    async with asyncio.timeout(60):  # the door hears of it by a hint
        import httpx

        async with httpx.AsyncClient(base_url=f"{site.url}/chat/{site.door.address}") as http:
            while ((await http.post("/hello", json={})).json()["form"] is not None) != bool(setup.get("asks")):
                await asyncio.sleep(0.1)


async def be(site: Site, presence: str) -> None:
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await tx.execute(
            "update agent set presence = $2, seen_at = now() where workspace_id = $1", tx.workspace_id, presence
        )


async def open_chat(site: Site, page: Page, query: str = "lang=en") -> FrameLocator:
    await page.goto(f"{site.shop}/?{query}")
    await page.get_by_role("button", name="Chat with us").click()
    chat = page.frame_locator("iframe")
    await expect(chat.locator(".hi")).to_be_visible()
    return chat


async def write(chat: FrameLocator, text: str) -> None:
    field = chat.get_by_placeholder("Write a message")
    await field.fill(text)
    await field.press("Enter")


async def test_the_questions_come_before_the_first_word_and_never_again(site: Site, context: BrowserContext) -> None:
    await arrange(site, FORM)
    page = await context.new_page()
    chat = await open_chat(site, page)
    await expect(chat.get_by_text("So that we can help at once:")).to_be_visible()
    await expect(chat.get_by_placeholder("Write a message")).to_be_hidden()
    await chat.get_by_label("Your name").fill("مريم 🌸")
    await chat.get_by_label("<b>tea</b>").check(force=True)
    await chat.get_by_role("button", name="Start the chat").click()
    await expect(chat.get_by_text("Please fill this in")).to_be_visible()
    await expect(chat.get_by_label("E-mail")).to_be_focused()
    await chat.get_by_label("E-mail").fill("maryam@example.com")
    await expect(chat.get_by_text("Please fill this in")).to_be_hidden()
    assert await found(next(frame for frame in page.frames if "/frame" in frame.url), "questions") == []
    await chat.get_by_label("E-mail").press("Enter")
    await expect(chat.get_by_placeholder("Write a message")).to_be_focused()
    chat = await open_chat(site, page)  # answers outlive a reload, and are not asked for twice
    await write(chat, "is the kettle back?")
    await site.heard("is the kettle back?")

    async def contact() -> Any:
        async with site.house.db.reading(site.door.workspace_id) as tx:
            return await tx.fetchrow(
                "select name, email, attributes from contact where workspace_id = $1 and email = 'maryam@example.com'",
                tx.workspace_id,
            )

    known = await eventually(contact, 30)
    assert (known["name"], known["attributes"]["about"]) == ("مريم 🌸", "<b>tea</b>")
    chat = await open_chat(site, page)
    await expect(chat.get_by_text("is the kettle back?")).to_be_visible()
    await expect(chat.get_by_label("Your name")).to_have_count(0)
    await arrange(site, {})


async def test_who_writes_while_nobody_is_there_may_leave_an_address(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    await be(site, "offline")
    try:
        chat = await open_chat(site, page)
        await write(chat, "nobody at home?")
        conversation = await site.heard("nobody at home?")
        await chat.get_by_label("E-mail").fill("later@example")
        await chat.get_by_role("button", name="Leave it").click()
        await expect(chat.get_by_text("This is no e-mail address")).to_be_visible()
        await chat.get_by_label("E-mail").fill("later@example.com")
        await chat.get_by_role("button", name="Leave it").click()
        await expect(chat.get_by_text("We will also answer to later@example.com")).to_be_visible()

        async def line() -> bool:
            return any(
                m["kind"] == "event" and m["content"].get("what") == "left_email"
                for m in await site.messages()
                if m["conversation_id"] == conversation
            )

        await eventually(line, 30)
        chat = await open_chat(site, page)
        await expect(chat.get_by_text("nobody at home?")).to_be_visible()
        await expect(chat.get_by_label("E-mail")).to_have_count(0)
    finally:
        await be(site, "online")


async def answered_and_resolved(site: Site, chat: FrameLocator, question: str) -> Any:
    await write(chat, question)
    conversation = await site.heard(question)
    await site.says(conversation, f"About {question}: yes.")
    await expect(chat.get_by_text(f"About {question}: yes.")).to_be_visible()
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await conversations.resolve(tx, conversation, agent_id=site.agent_id)
    return conversation


async def lines(site: Site, conversation: Any) -> list[Any]:
    messages = [m for m in await site.messages() if m["conversation_id"] == conversation and m["kind"] == "event"]
    return [m["content"] for m in messages]


async def test_who_was_helped_is_asked_once_and_rates_with_stars_and_a_word(
    site: Site, context: BrowserContext
) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    conversation = await answered_and_resolved(site, chat, "cups?")
    await expect(chat.get_by_text("How was this conversation?")).to_be_visible()
    await chat.get_by_label("Good", exact=True).check(force=True)
    assert await found(next(frame for frame in page.frames if "/frame" in frame.url), "rating") == []
    await chat.get_by_label("What could we do better?").fill("<b>quick</b> \u202eand kind")
    await chat.locator(".card").get_by_role("button", name="Send", exact=True).click()
    await expect(chat.get_by_text("Thank you for telling us.")).to_be_visible()
    rated = [one for one in await lines(site, conversation) if one["what"] == "rated"]
    assert [one["details"]["score"] for one in rated] == [4]
    assert rated[0]["details"]["text"].startswith("★★★★☆ <b>quick</b>")
    async with site.house.db.reading(site.door.workspace_id) as tx:
        told = await tx.fetchrow(
            "select payload, version from event where workspace_id = $1 and kind = 'conversation.rated'",
            tx.workspace_id,
        )
        version = await tx.fetchval(
            "select version from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation
        )
    assert (told["payload"]["score"], told["version"]) == (4, version)
    chat = await open_chat(site, page)
    await expect(chat.get_by_text("About cups?: yes.")).to_be_visible()
    await expect(chat.get_by_text("How was this conversation?")).to_have_count(0)


async def test_a_rating_that_was_put_off_stays_away_and_an_agent_can_ask_anew(
    site: Site, context: BrowserContext
) -> None:
    page = await context.new_page()
    site.cut.add("live")  # by the stream, too
    chat = await open_chat(site, page)
    conversation = await answered_and_resolved(site, chat, "bowls?")
    await chat.get_by_role("button", name="Not now").click()
    chat = await open_chat(site, page)
    await expect(chat.get_by_text("About bowls?: yes.")).to_be_visible()
    await expect(chat.get_by_text("How was this conversation?")).to_have_count(0)
    asked = [one for one in await lines(site, conversation) if one["what"] == "rating_asked"]
    assert len(asked) == 1


async def test_the_conversation_can_be_taken_home(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page)
    await expect(chat.get_by_role("button", name="Save the conversation")).to_be_hidden()
    await write(chat, "line one\nline two")
    conversation = await site.heard("line one\nline two")
    await site.says(conversation, "Noted. 🍵")
    await expect(chat.get_by_text("Noted. 🍵")).to_be_visible()
    async with page.expect_download() as coming:
        await chat.get_by_role("button", name="Save the conversation").click()
    path = await (await coming.value).path()
    text = path.read_text("utf-8")
    assert text.startswith("Tea House\n====")
    assert "You\nline one\nline two\n\n" in text
    assert "Lin Wei\nNoted. 🍵" in text


async def visits_kept(site: Site) -> list[Any]:
    async with site.house.db.reading(site.door.workspace_id) as tx:
        return await tx.fetch("select url, title from visit where workspace_id = $1 order by at", tx.workspace_id)


async def test_pages_are_kept_only_after_a_yes_and_gone_after_a_no(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    chat = await open_chat(site, page, "lang=en&page=before")
    await expect(chat.get_by_text("May we see which pages")).to_be_visible()
    async with site.house.db.reading(site.door.workspace_id) as tx:
        assert await tx.fetchval("select count(*) from visitor where workspace_id = $1", tx.workspace_id) == 0
    kept = await page.evaluate(f"localStorage['guanxi:{site.door.address}'] || '{{}}'")
    assert not {"browser", "pages", "at", "consent"} & set(json.loads(kept))
    await chat.get_by_role("button", name="Yes, you may").click()
    await expect(chat.get_by_text("You let us see which pages you look at.")).to_be_visible()
    await eventually(lambda: _has(site, "page=before"), 30)
    await page.goto(f"{site.shop}/?lang=en&page=after")
    await eventually(lambda: _has(site, "page=after"), 30)
    chat = await open_chat(site, page, "lang=en&page=last")
    await chat.get_by_role("button", name="Take it back").click()

    async def gone() -> bool:
        return await visits_kept(site) == []

    await eventually(gone, 30)


async def _has(site: Site, part: str) -> bool:
    return any(part in one["url"] for one in await visits_kept(site))


async def test_a_rule_speaks_first_once_a_day_and_never_into_a_conversation(
    site: Site, context: BrowserContext
) -> None:
    rule = {"id": "r1", "url": "/?*page=teapots*", "seconds": 0, "words": {"en": "Looking for a <b>teapot</b>?"}}
    await arrange(site, {"rules": [rule]})
    page = await context.new_page()
    await page.goto(f"{site.shop}/?lang=en&page=cups")
    await page.get_by_role("button", name="Chat with us").wait_for()
    await page.goto(f"{site.shop}/?lang=en&page=teapots")
    bubble = page.get_by_text("Looking for a <b>teapot</b>?")
    await expect(bubble).to_be_visible()
    await bubble.click()
    await expect(page.frame_locator("iframe").locator(".hi")).to_have_text("Looking for a <b>teapot</b>?")
    await write(page.frame_locator("iframe"), "yes, a blue one")
    await site.heard("yes, a blue one")
    await page.evaluate(
        """key => localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage[key]), greeted: "yesterday" }))""",
        f"guanxi:{site.door.address}",
    )
    async with page.expect_response(lambda answer: answer.url.endswith("/hello")) as hello:
        await page.goto(f"{site.shop}/?lang=en&page=teapots")
    assert (await (await hello.value).json())["talking"] is True
    await page.frame_locator("iframe").get_by_text("yes, a blue one").wait_for(state="attached")
    await expect(bubble).to_have_count(0)
    await arrange(site, {})
