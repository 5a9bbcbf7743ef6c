"""Words and people at the desk: phrases that fill themselves, mentions, contacts, tabs that share one line."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from guanxi.demo.platforms import serve, wecom
from guanxi.infra.postgres import Server
from tests.browser.axe import found
from tests.browser.pages import Pages, open_pages
from tests.browser.test_desk import LINE, Opened, messages
from tests.http.visitors import png

WECOM = {"secret": "a secret of the simulation", "token": "lantern", "encoding_aes_key": "x" * 42 + "A"}
IN_WECOM = "Mozilla/5.0 (Windows NT 10.0; WOW64) Chrome/116.0 Safari/537.36 wxwork/4.1.36 MicroMessenger/7.0.1"
# What WeCom's script does, as far as our page sees it: it asks for both signatures, then names whom one writes with.
SCRIPT = """window.ww = {
  register(options) { this.options = options },
  async getCurExternalContact() {
    const { agentId, jsApiList, getConfigSignature, getAgentConfigSignature } = this.options
    const at = location.href.split("#")[0]
    const signed = [await getConfigSignature(at), await getAgentConfigSignature(at)]
    if (agentId !== "1000247" || !jsApiList.includes("getCurExternalContact")
        || signed.some((one) => !/^[0-9a-f]{40}$/.test(one.signature) || !one.nonceStr || !one.timestamp)
        || signed[0].signature === signed[1].signature) throw { errMsg: "agentConfig:fail invalid signature" }
    SAYS
  },
}"""


@pytest_asyncio.fixture
async def opened(pages: Pages) -> AsyncIterator[Opened]:
    shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}", "mei")
    door = await shop.connects("line", {}, LINE)
    yield Opened(pages, shop, agents["boss"], agents["mei"], door.inbox_id)
    assert pages.errors == []


async def test_a_phrase_is_filled_when_it_is_put_in_and_goes_out_only_when_it_is_whole(opened: Opened) -> None:
    conversation = await opened.writes("陈雨", "在吗")
    text = "{{contact.name}}, this is {{agent.name}}. We write to {{contact.email}} soon."
    await opened.boss.post("/api/quick-phrases", {"shortcut": "hello", "text": "Hello from the shop"})
    await opened.boss.post("/api/quick-phrases", {"shortcut": "hey", "text": text, "personal": True})
    page = await opened.desk(f"/all/{conversation}")
    box = page.get_by_role("textbox", name="Reply")
    await box.press_sequentially("/he")
    offers = page.get_by_role("listbox", name="Quick phrases")
    await expect(offers.locator("li")).to_have_text(
        ["Mine", "/hey" + text + "Tab", "Team", "/helloHello from the shop"]
    )
    await box.press("Enter")
    await expect(box).to_have_value("陈雨, this is boss. We write to {{contact.email}} soon.")
    await expect(page.get_by_text("Nothing is known for these")).to_be_visible()
    await box.press("Enter")
    assert await box.evaluate("(b) => b.value.slice(b.selectionStart, b.selectionEnd)") == "{{contact.email}}"
    assert len(await messages(opened.boss, conversation)) == 1
    await page.get_by_role("button", name="Remove").click()
    await box.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("陈雨, this is boss. We write to soon.")


async def test_phrases_are_picked_by_group_or_pinyin_a_click_fills_and_a_double_click_sends_what_is_whole(
    opened: Opened,
) -> None:
    async def kept(shortcut: str, text: str, **more: object) -> None:
        made = await opened.boss.post("/api/quick-phrases", {"shortcut": shortcut, "text": text, **more})
        assert made.status_code == 201, made.text

    file = (await opened.boss.http.post("/api/files", files={"file": ("cup.png", png())})).json()
    group = (await opened.boss.post("/api/quick-phrases/groups", {"name": "Sending"})).json()["id"]
    await kept("hello", "Hello {{contact.name}}")
    await kept("where", "We write to {{contact.email}}")
    await kept("马上发货", "今天就寄出", group_id=group)
    await kept("cup", "This is the cup", group_id=group, content={"kind": "image", "media": {"key": file["key"]}})
    await kept("app", "Our shop", content={"kind": "mini_program", "title": "Shop", "app_id": "wx0123456789"})
    conversation = await opened.writes("Maria", "hi")
    page = await opened.desk(f"/all/{conversation}")
    box = page.get_by_role("textbox", name="Reply")
    button = page.get_by_role("button", name="Quick phrases", exact=True)
    picker = page.get_by_role("dialog", name="Quick phrases")
    search = picker.get_by_role("combobox", name="Find a phrase")
    options = picker.get_by_role("option")

    await button.click()
    await expect(options).to_have_count(5)
    await picker.get_by_role("tab", name="Sending").click()
    await expect(options).to_have_text(["马上发货今天就寄出", "cupThis is the cup"])
    # what goes with a phrase stands beside the words, and goes with them
    await options.nth(1).click()
    await expect(picker).to_have_count(0)
    await expect(box).to_have_value("This is the cup")
    await expect(box).to_be_focused()
    await expect(page.locator(".files img")).to_have_count(1)
    await box.press("Enter")
    log = page.get_by_role("log")
    await expect(log.locator(".ours", has_text="This is the cup")).to_be_visible()
    await expect(log.locator(".ours img")).to_be_visible()
    # what the channel does not carry is said before anything is sent
    await button.click()
    await search.fill("app")
    await search.press("Enter")
    await expect(page.locator(".files")).to_contain_text("LINE official account does not carry this")
    await page.locator(".files button").click()
    await box.fill("")
    # by the letters that begin its signs; twice is once too often where nobody wants it
    await button.click()
    await search.fill("msfah")
    await expect(options).to_have_text(["马上发货今天就寄出"])
    await search.press("Control+Enter")
    await expect(box).to_have_value("今天就寄出")
    await box.fill("keep this")

    await opened.boss.patch("/api/me", {"settings": {"double_click_sends": True}})
    await page.reload()
    await expect(box).to_have_value("keep this")
    await button.click()
    await options.filter(has_text="hello").dblclick()
    await expect(log.locator(".ours", has_text="Hello Maria")).to_be_visible()
    await expect(box).to_have_value("keep this")
    await button.click()
    await options.filter(has_text="where").dblclick()
    await expect(box).to_have_value("keep thisWe write to {{contact.email}}")
    await expect(page.get_by_text("Nothing is known for these")).to_be_visible()
    await box.fill("")
    await button.click()
    await options.filter(has_text="hello").click()
    await expect(box).to_have_value("Hello Maria")
    await box.fill("")
    await button.click()
    await search.fill("cup")
    await expect(options).to_have_count(1)
    await search.press("Control+Enter")
    await expect(log.locator(".ours img")).to_have_count(2)
    await expect(log.locator(".ours", has_text="This is the cup")).to_have_count(2)
    await expect(log.locator(".pending")).to_have_count(0)
    said = [one for one in await messages(opened.boss, conversation) if one["author"] == "agent"]
    assert [one["kind"] for one in said] == ["image", "text", "text", "image", "text"]


async def test_a_finger_held_on_a_message_opens_what_can_be_done_with_it(opened: Opened) -> None:
    conversation = await opened.writes("Maria", "do you have the blue cup?")
    page = await opened.pages.open(f"/all/{conversation}", opened.boss, width=390, height=800)
    bubble = page.locator(".bubble", has_text="do you have the blue cup?")
    hand = await page.context.new_cdp_session(page)
    await hand.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    menu = page.get_by_role("menu")

    async def finger(kind: str, *, across: float = 0) -> None:
        place = await bubble.bounding_box()
        assert place
        at = {"x": place["x"] + 20 + across, "y": place["y"] + 12}
        points = [] if kind == "touchEnd" else [at]
        await hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await finger("touchStart")
    await expect(menu).to_be_visible()
    await finger("touchEnd")
    await menu.get_by_role("menuitem", name="Quote", exact=True).click()
    await expect(menu).to_have_count(0)
    await expect(page.locator(".composer")).to_contain_text("do you have the blue cup?")
    await page.get_by_role("button", name="Do not quote").click()
    # drawn aside it is quoted as ever, and no menu comes of it
    await finger("touchStart")
    await finger("touchMove", across=30)
    await finger("touchMove", across=70)
    await finger("touchEnd")
    await expect(page.locator(".composer")).to_contain_text("do you have the blue cup?")
    await expect(menu).to_have_count(0)


async def test_a_colleague_who_is_named_in_a_note_hears_of_it_and_is_led_to_it(opened: Opened) -> None:
    conversation = await opened.writes("何静", "盖子碎了")
    other = await opened.writes("James", "hello")
    hers = await opened.desk(f"/all/{other}", opened.mei)
    await expect(hers.get_by_role("button", name="Notices", exact=True)).to_be_visible()
    page = await opened.desk(f"/all/{conversation}")
    await (
        page.get_by_role("tab", name="Note")
        .or_(page.get_by_role("radio", name="Note"))
        .or_(page.get_by_role("button", name="Note", exact=True))
        .first.click()
    )
    box = page.locator("[data-composer]")
    await box.press_sequentially("@m")
    await expect(page.get_by_role("listbox", name="Colleagues").get_by_role("option")).to_have_count(1)
    await box.press("Enter")
    await box.press_sequentially("please look")
    await box.press("Enter")
    await expect(page.locator(".note .called")).to_have_text("@mei")
    await expect(page.locator(".bubble.pending")).to_have_count(0)
    await opened.shop.world.follow_everything(opened.shop.id)
    bell = hers.get_by_role("button", name="Notices, 1 new")
    await bell.click()
    await hers.get_by_role("button", name="boss mentioned you: 何静").click()
    await expect(hers.get_by_role("heading", name="何静")).to_be_visible()
    await expect(hers.get_by_role("log")).to_contain_text("@mei please look")
    await expect(hers.get_by_role("button", name="Notices", exact=True)).to_be_visible()
    assert (await opened.mei.get("/api/notices")).json()["unread"] == 0


async def test_several_tabs_share_one_line_and_the_next_takes_over(opened: Opened) -> None:
    first = await opened.desk("/all")
    lines: list[str] = []
    second = await first.context.new_page()
    second.on("websocket", lambda socket: lines.append(socket.url))
    await second.goto(opened.pages.front.base + "/all")
    await second.get_by_role("listbox", name="Conversation list").wait_for()
    await opened.writes("何静", "盖子碎了")
    for page in (first, second):
        await expect(page.get_by_role("option", name="何静")).to_be_visible()
    assert lines == []
    await first.close()
    await opened.writes("James", "hello")
    await expect(second.get_by_role("option", name="James")).to_be_visible()
    assert len(lines) == 1


async def test_the_side_bar_of_another_app_shows_whom_one_writes_with_there(opened: Opened) -> None:
    conversation = await opened.writes("wm-ana", "is it open?")
    await opened.boss.post(f"/api/conversations/{conversation}/notes", {"id": str(uuid4()), "text": "likes celadon"})
    page = await opened.pages.open("/sidebar?external_userid=wm-ana", width=320, height=700)
    await expect(
        page.get_by_role("textbox", name="Password")
    ).to_be_visible()  # first who one is, and then back to whom one asked for
    await expect(page).to_have_url(re.compile(r"sign-in\?to=/sidebar\?external_userid=wm-ana$"))
    await page.context.add_cookies([{"name": "guanxi", "value": opened.mei.cookie, "url": opened.pages.front.base}])
    await page.context.route("**/of-identity?*", lambda route: route.abort())
    await page.goto(f"{opened.pages.front.base}/sidebar?external_userid=wm-ana")
    await expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    await page.context.unroute("**/of-identity?*")
    await page.get_by_role("button", name="Try again").click()
    panel = page.get_by_role("complementary", name="Contact")
    await expect(panel).to_contain_text("wm-ana")
    await expect(page.get_by_role("region", name="History")).to_contain_text("likes celadon")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await found(page, "side bar") == []

    await page.goto(f"{opened.pages.front.base}/sidebar?external_userid=wm-bo")
    await expect(page.get_by_role("heading", name="Not known here yet")).to_be_visible()
    await opened.writes("wm-bo", "hello")
    await expect(panel).to_contain_text("wm-bo")
    await page.goto(f"{opened.pages.front.base}/sidebar")
    await expect(page.get_by_role("heading", name="No customer chosen")).to_be_visible()


async def test_inside_wecom_the_side_bar_asks_who_is_open_and_says_why_it_does_not_know(
    server: Server, browser: Browser
) -> None:
    platform = wecom.Platform(corp_id="ww5f1c0a7be29d4836", **WECOM)
    async with (
        serve(platform.app) as url,
        open_pages(server, browser, private_hosts_allowed=(urlsplit(url).netloc,)) as pages,
    ):
        shop, agents = await pages.front.opens("Qinghe", "mei")
        settings = {"corp_id": platform.corp_id, "open_kfid": platform.kfids[0], "api_base": url}
        door = await shop.connects("wecom", settings | {"agent_id": "1000247"}, WECOM)
        without = await shop.connects("wecom", settings, WECOM)
        opened = Opened(pages, shop, agents["boss"], agents["mei"], door.inbox_id)
        await opened.writes("wm-ana", "is it open?")
        where = f"{pages.front.base}/sidebar?inbox="
        says = ["fails"]

        async def script(route: Route) -> None:
            if says[0] == "fails":
                await route.abort()
            else:
                await route.fulfill(body=SCRIPT.replace("SAYS", says[0]), content_type="text/javascript")

        async def shows(page: Page, title: str, text: str) -> None:
            await expect(page.get_by_role("heading", name=title)).to_be_visible()
            await expect(page.locator(".blank")).to_contain_text(text)

        context = await pages.browser.new_context(
            viewport={"width": 320, "height": 700}, locale="en", user_agent=IN_WECOM
        )
        await context.add_cookies([{"name": "guanxi", "value": opened.mei.cookie, "url": pages.front.base}])
        await context.route("https://wwcdn.weixin.qq.com/**", script)
        page = await context.new_page()
        page.on("pageerror", lambda error: pages.errors.append(str(error)))
        await page.goto(where + str(door.inbox_id))
        await shows(page, "script did not load", "an admin looks at the address of the script")
        says[0] = "throw { errMsg: 'getCurExternalContact:fail no permission' }"
        await page.get_by_role("button", name="Try again").click()
        await shows(page, "WeCom does not say whom you write with", "getCurExternalContact:fail no permission")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert await found(page, "side bar in WeCom, refused") == []
        says[0] = "throw { errMsg: 'getCurExternalContact:fail without context of external contact' }"
        await page.reload()
        await shows(page, "No customer is open", "inside a chat with a customer")
        says[0] = "return { errMsg: 'getCurExternalContact:ok', userId: 'wm-ana' }"
        await page.reload()
        panel = page.get_by_role("complementary", name="Contact")
        await expect(panel).to_contain_text("wm-ana")
        await page.goto(where + str(without.inbox_id))
        await shows(page, "WeCom does not accept this page", "The app ID (AgentID) is missing")
        await page.goto(where + str(uuid4()))
        await shows(page, "This inbox is not here", "not in this workspace")
        says[0] = "return { userId: 'wm-bo' }"  # who has never written to us
        await page.goto(where + str(door.inbox_id))
        await shows(page, "Not known here yet", "looks again")
        await page.goto(f"{pages.front.base}/settings/me")  # whose document lets no such script in
        await page.get_by_role("heading").first.wait_for()
        await page.evaluate(
            "to => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')) }",
            where + str(door.inbox_id),
        )
        await shows(page, "Not known here yet", "looks again")
        await context.close()

        elsewhere = await pages.open(f"/sidebar?inbox={door.inbox_id}", opened.mei, width=320, height=700)
        await shows(elsewhere, "This page belongs in WeCom", "Open it in the WeCom app")
        assert await elsewhere.locator("script[src*='wwcdn']").count() == 0
