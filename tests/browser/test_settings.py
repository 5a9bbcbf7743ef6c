"""The settings as an admin and an agent meet them, in a real browser and over a real server."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Page, Route, expect

from guanxi import channels, contacts, conversations, inboxes, routing
from guanxi.channel_kit import Opening, Request
from tests.browser.pages import Pages
from tests.http.desk import Agent, arrives
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
EVERY_PAGE = (
    "inboxes",
    "inboxes/new",
    "inboxes/new/wechat",
    "team",
    "queues",
    "hours",
    "promises",
    "coverage",
    "workspace",
    "phrases",
    "macros",
    "wrap-up",
    "translation",
    "me",
    "access",
    "rules",
    "audit",
    "roles",
    "teams",
    "tokens",
    "webhooks",
    "automation/new",
    "automation/why",
    "alarm-words",
)


@dataclass(slots=True)
class Opened:
    pages: Pages
    shop: Shop
    boss: Agent
    mei: Agent

    async def settings(self, path: str, agent: Agent | None = None, **more: Any) -> Page:
        page = await self.pages.open(f"/settings/{path}", agent or self.boss, **more)
        await page.locator("h1").last.wait_for()
        return page


@pytest_asyncio.fixture(scope="module")
async def opened(pages: Pages) -> Opened:
    shop, agents = await pages.front.opens("Qinghe", "mei")
    return Opened(pages, shop, agents["boss"], agents["mei"])


async def test_the_form_has_a_field_for_every_setting_of_the_manifest_and_keeps_secrets_to_itself(
    opened: Opened,
) -> None:
    page = await opened.settings("inboxes/new/wechat")
    await page.get_by_text("Advanced").click()
    words = channels.words("wechat", "en")
    for setting in channels.get("wechat").manifest.settings:
        await expect(page.get_by_text(words[f"setting.{setting.key}"], exact=False).first).to_be_visible()
    await page.fill("[name=app_id]", "wx0123456789abcdef")
    await page.fill("[name=app_secret]", "a-very-secret-word")
    key = await page.input_value("[name=encoding_aes_key]")
    assert re.fullmatch("[0-9A-Za-z]{43}", key)
    await page.get_by_role("button", name="Save and continue").click()
    await expect(page.get_by_label("EncodingAESKey")).to_have_value(key)
    address = await page.get_by_label("Address for messages").input_value()
    saved = (await opened.boss.get("/api/inboxes")).json()
    mine = next(inbox for inbox in saved if inbox["webhook_url"] == address)
    assert mine["settings"]["mode"] == "safe"
    assert {"app_secret", "encoding_aes_key", "token"} <= set(mine["secrets_set"])
    assert key not in json.dumps(saved)
    assert "a-very-secret-word" not in json.dumps(saved)


async def test_a_channel_the_desk_has_never_heard_of_gets_its_form_from_its_manifest(opened: Opened) -> None:
    plain = {"required": True, "choices": [], "default": "", "pattern": "", "generate": "", "advanced": False}
    pigeon = {
        "key": "pigeon",
        "title": "Pigeon post",
        "words": {"en": {"title": "Pigeon post", "setting.loft": "Loft", "setting.grain": "Grain"}},
        "icon": "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 14 14'><circle cx='7' cy='7' r='5'/></svg>",
        "signs": "none",
        "medium": "chat",
        "webhook": True,
        "checks": False,
        "settings": [
            {**plain, "key": "loft", "kind": "text", "pattern": "[a-z]+"},
            {**plain, "key": "grain", "kind": "choice", "choices": ["oat", "rye"], "default": "rye"},
            {**plain, "key": "ring", "kind": "secret", "generate": "token"},
            {**plain, "key": "night", "kind": "switch", "required": False},
        ],
        "capabilities": {"receives": ["text"], "sends": {"text": {}}},
    }
    sent: list[dict[str, Any]] = []

    async def answer(route: Route) -> None:
        if route.request.method == "GET":
            await route.continue_()
        else:
            sent.append(route.request.post_data_json or {})
            await route.fulfill(status=422, json={"error": "invalid", "fields": {"loft": "malformed"}})

    page = await opened.settings("inboxes")
    await page.route("**/api/channels", lambda route: route.fulfill(json=[pigeon]))
    await page.route("**/api/inboxes", answer)
    await page.goto(opened.pages.front.base + "/settings/inboxes/new")
    await page.get_by_role("button", name="Pigeon post").click()
    await expect(page.get_by_text("whoever knows the address could forge one")).to_be_visible()
    await page.fill("[name=loft]", "UPPER")
    await page.get_by_role("button", name="Save and continue").click()
    await expect(page.get_by_text("The format is not right")).to_be_visible()
    assert sent == []
    await page.fill("[name=loft]", "lower")
    await page.get_by_text("oat", exact=True).click()
    await page.get_by_role("button", name="Save and continue").click()
    await expect(page.get_by_text("The format is not right")).to_be_visible()  # now by the server's word
    assert sent[0]["settings"] == {"loft": "lower", "grain": "oat", "night": "false"}
    assert re.fullmatch("[0-9A-Za-z]{32}", sent[0]["secrets"]["ring"])


async def test_the_web_chat_gives_its_snippet_and_refuses_a_colour_that_cannot_be_read(opened: Opened) -> None:
    page = await opened.settings("inboxes/new/webchat")
    await page.fill("[name=color]", "#8a7a7a")
    await page.get_by_role("button", name="Save and continue").click()
    await expect(page.get_by_text("at least 4.5 is needed")).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Use #")).click()
    await expect(page.get_by_text("at least 4.5 is needed")).to_have_count(0)
    await page.get_by_role("button", name="Save and continue").click()
    snippet = page.get_by_label("HTML", exact=True)
    await expect(snippet).to_contain_text("/widget.js")
    saved = (await opened.boss.get("/api/inboxes")).json()
    address = next(inbox["address"] for inbox in saved if inbox["channel"] == "webchat")
    await expect(snippet).to_contain_text(f"/chat/{address}/widget.js")


async def test_a_limit_lowered_for_one_inbox_is_what_the_composer_and_the_server_judge_by(opened: Opened) -> None:
    secrets = {"client_secret": "s" * 20, "inbound_key": "k" * 20}
    door = await opened.shop.connects(
        "kakao", {"way": "counsel", "sender_key": "f" * 40, "client_id": "qinghe"}, secrets
    )
    conversation = await arrives(opened.shop, door.inbox_id, "김민서", "안녕하세요", channel="kakao")
    async with opened.shop.world.house.db.transaction(opened.shop.id) as tx:
        identity = await contacts.get_identity(tx, await conversations.identity_of(tx, conversation), lock=True)
        kinds = channels.get("kakao").manifest.capabilities.reply_windows
        await contacts.open_windows(tx, [(identity, (Opening(by="counsel"),), kinds, tx.now, ())])
    page = await opened.settings(f"inboxes/{door.inbox_id}")
    field = page.locator("[name='limits.sends.text.characters']")
    await expect(field).to_have_count(0)
    await page.get_by_role("button", name="Advanced: limits of this channel").click()
    await expect(field).to_have_attribute("placeholder", "1000")
    await expect(page.get_by_text("The channel: 1,000 · unconfirmed").first).to_be_visible()
    await field.fill("many")
    await expect(page.get_by_text("A number, please; empty for what the channel says")).to_be_visible()
    await field.fill("0")
    await expect(page.get_by_text("From 1 to 100,000")).to_be_visible()
    await field.fill("6")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    await expect(page.get_by_text("1 changed here")).to_be_visible()

    await page.goto(f"{opened.pages.front.base}/all/{conversation}")
    answer = page.get_by_role("textbox", name="Reply")
    await answer.fill("네, 있습니다!")
    await expect(page.get_by_text("8 / 6 characters")).to_be_visible()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    said = {"id": str(uuid4()), "content": {"kind": "text", "text": "네, 있습니다!"}}
    refused = await opened.boss.post(f"/api/conversations/{conversation}/replies", said)
    assert (refused.status_code, refused.json()["error"]) == (422, "too_long")
    await answer.fill("있습니다!")
    await expect(page.get_by_text("5 / 6 characters")).to_be_visible()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    await answer.fill("")

    await page.goto(f"{opened.pages.front.base}/settings/inboxes/{door.inbox_id}")
    await page.get_by_role("button", name="Advanced: limits of this channel").click()
    await page.get_by_role("button", name="Back to what the channel says: Text: Characters").click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    (inbox,) = [one for one in (await opened.boss.get("/api/inboxes")).json() if one["id"] == str(door.inbox_id)]
    assert inbox["limits"] == {}


async def test_what_a_visitor_agrees_to_who_leaves_an_address_is_kept_in_each_language(opened: Opened) -> None:
    door = await opened.shop.connects("webchat", {}, {"identify_secret": "i" * 32, "visitor_key": "v" * 32})
    page = await opened.settings(f"inboxes/{door.inbox_id}")
    words = page.get_by_label("What they agree to")
    await words.fill("One answer, then forgotten")
    await page.get_by_label("Words in").select_option("ja")
    await expect(words).to_have_value("")
    await words.fill("返信のみに使います")
    await page.get_by_role("switch", name="Keep a place for the help centre").check(force=True)
    async with page.expect_response(lambda answer: answer.request.method == "PUT", timeout=30_000) as saved:
        await page.get_by_role("button", name="Save", exact=True).click()
    assert (await saved.value).ok
    setup = (await opened.boss.get(f"/api/inboxes/{door.inbox_id}/web-chat")).json()
    assert setup["email_words"] == {"en": "One answer, then forgotten", "ja": "返信のみに使います"}
    assert setup["help_centre"] is True
    await page.reload()
    await expect(words).to_have_value("One answer, then forgotten")


async def test_leaving_with_something_unsaved_asks_first(opened: Opened) -> None:
    page = await opened.settings("workspace")
    greeting = page.get_by_label("Greeting")
    await greeting.fill("Good morning")
    await page.get_by_role("link", name="People", exact=True).first.click()
    await page.get_by_role("button", name="Stay").click()
    await expect(greeting).to_have_value("Good morning")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Not saved yet")).to_have_count(0)
    assert (await opened.mei.get("/api/me")).json()["workspace"]["greeting"] == "Good morning"
    await page.locator(".settings-nav").get_by_role("link", name="People", exact=True).click()
    await expect(page).to_have_url(re.compile("/settings/team$"))


async def test_an_agent_may_look_but_is_told_whose_right_it_is(opened: Opened) -> None:
    page = await opened.settings("workspace", opened.mei)
    await expect(page.get_by_text("ask boss")).to_be_visible()
    await expect(page.get_by_label("Greeting")).to_be_disabled()
    team = await opened.settings("team", opened.mei)
    await expect(team.get_by_text("ask boss")).to_be_visible()
    await expect(team.get_by_role("button", name="Invite")).to_have_count(0)
    channel = await opened.settings("inboxes/new/line", opened.mei)
    await expect(channel.get_by_role("button", name="Save and continue")).to_have_count(0)


async def test_what_could_not_be_read_is_shown_raw_and_replayed(opened: Opened) -> None:
    door = await opened.shop.connects("line", secrets=LINE)
    world = opened.shop.world
    await opened.shop.hears(door, Request(body=b'{"events": <b>oops</b>', headers={"content-type": "application/json"}))
    async with world.house.db.transaction(opened.shop.id) as tx:
        seq = await tx.fetchval(
            "select max(seq) from inbound_event where workspace_id = $1 and inbox_id = $2",
            tx.workspace_id,
            door.inbox_id,
        )
        await inboxes.quarantine(tx, door.inbox_id, seq, "not JSON")
    page = await opened.settings(f"inboxes/{door.inbox_id}")
    await page.get_by_role("button", name="Open quarantine").click()
    await expect(page.get_by_text("not JSON")).to_be_visible()
    await page.get_by_role("button", name="Show raw").click()
    await expect(page.get_by_label("Raw body")).to_have_text('{"events": <b>oops</b>')
    await page.get_by_role("button", name="Replay").click()
    await expect(page.get_by_text("Quarantine is empty")).to_be_visible()
    async with world.house.db.reading(opened.shop.id) as tx:
        assert (
            await tx.fetchval(
                "select state from inbound_event where workspace_id = $1 and inbox_id = $2 and seq = $3",
                tx.workspace_id,
                door.inbox_id,
                seq,
            )
            == 0
        )


async def test_a_quick_phrase_is_written_changed_and_deleted(opened: Opened) -> None:
    page = await opened.settings("phrases", opened.mei)
    await page.get_by_role("button", name="New phrase").click()
    await page.get_by_role("textbox", name="Shortcut").fill("two words")
    await page.get_by_role("textbox", name="Text").fill("We ship within a day.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("No spaces, please")).to_be_visible()
    await page.get_by_role("textbox", name="Shortcut").fill("/shipping")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="/shipping").click()
    await page.get_by_role("textbox", name="Text").fill("We ship within two days.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("within two days")).to_be_visible()
    assert [phrase["text"] for phrase in (await opened.boss.get("/api/quick-phrases")).json()] == [
        "We ship within two days."
    ]
    await page.get_by_role("button", name="/shipping").click()
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    listed = page.get_by_text("No quick phrases yet").or_(page.get_by_text("This is one."))
    await expect(listed).to_be_visible()


async def test_phrases_are_put_into_groups_and_into_order_by_keys_and_by_hand(opened: Opened) -> None:
    for shortcut in ("one", "two", "three"):
        await opened.mei.post("/api/quick-phrases", {"shortcut": shortcut, "text": f"This is {shortcut}."})

    async def order() -> list[tuple[bool, str]]:
        rows = (await opened.boss.get("/api/quick-phrases")).json()
        return [(row["group_id"] is not None, row["shortcut"]) for row in rows]

    page = await opened.settings("phrases", opened.mei)
    grip = page.get_by_role("button", name="Move /three")
    await expect(grip).to_have_accessible_name("Move /three, 3 of 3")
    async with page.expect_response(lambda answer: answer.url.endswith("/place")) as placed:
        await grip.press("ArrowUp")
    assert (await placed.value).status == 200
    await expect(grip).to_have_accessible_name("Move /three, 2 of 3")
    await expect(grip).to_be_focused()
    assert await order() == [(False, "one"), (False, "three"), (False, "two")]
    # by hand, to the end
    first, last = page.get_by_role("button", name="Move /one"), page.get_by_role("button", name="Move /two")
    box = await last.bounding_box()
    assert box
    await first.hover()
    await page.mouse.down()
    await page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 2, steps=4)
    await expect(first).to_have_accessible_name("Move /one, 3 of 3")
    async with page.expect_response(lambda answer: answer.url.endswith("/place")) as placed:
        await page.mouse.up()
    assert (await placed.value).status == 200
    assert await order() == [(False, "three"), (False, "two"), (False, "one")]
    # a group is named where it stands, and a phrase is moved into it
    await page.get_by_role("button", name="New group").click()
    name = page.get_by_role("textbox", name="Name of the group")
    await name.fill("Counting")
    await name.press("Enter")
    await expect(page.get_by_role("heading", name="Counting")).to_be_visible()
    await page.get_by_role("button", name="/two", exact=False).last.click()
    await page.get_by_role("combobox", name="Group").select_option("Counting")
    await page.get_by_role("button", name="Save").click()
    counting = page.locator("li", has=page.get_by_role("heading", name="Counting"))
    await expect(counting.get_by_role("button", name="/two This is two.")).to_be_visible()
    assert await order() == [(False, "three"), (False, "one"), (True, "two")]


async def test_a_colleague_is_invited_by_link_and_removed_after_asking(opened: Opened) -> None:
    page = await opened.settings("team")
    await page.get_by_role("button", name="Invite").first.click()
    await page.get_by_role("button", name="Make the link").click()
    link = await page.get_by_role("textbox", name="The link is ready").input_value()
    joining = await opened.pages.open(link.removeprefix(opened.pages.front.base))
    await joining.get_by_label("Your name").fill("Marta")
    await joining.get_by_label("E-mail").fill("marta@example.com")
    await joining.get_by_label("Password", exact=True).fill("three cups on a shelf")
    await joining.get_by_role("button", name="Join").click()
    await expect(joining).to_have_url(re.compile("/mine"))
    await page.reload()
    await page.get_by_role("button", name="Actions for Marta").click()
    await page.get_by_role("menuitem", name="Remove from the team").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Marta is no longer on the team")).to_be_visible()
    team = {agent["name"]: agent["removed"] for agent in (await opened.boss.get("/api/agents")).json()}
    assert team["Marta"] is True


async def test_a_queue_for_a_skill_gets_what_arrives_and_tells_why_somebody_was_given_it(opened: Opened) -> None:
    shop, people = await opened.pages.front.opens("Kotori", "mei")
    world, boss, mei = shop.world, people["boss"], people["mei"]
    door = await shop.connects("line", secrets=LINE)
    page = await opened.settings("queues", boss)
    await page.get_by_role("button", name="New queue").click()
    await page.get_by_label("Name", exact=True).fill("Tokyo")
    await page.get_by_role("combobox", name="Add skill").fill("japanese")
    await page.get_by_role("button", name="Add skill").click()
    await page.get_by_label("Level of Japanese").select_option("2")
    await expect(page.get_by_text("Nobody who serves here has these skills")).to_be_visible()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Tokyo Everybody · Japanese level 2")).to_be_visible()
    await page.goto(f"{opened.pages.front.base}/settings/team")
    await page.get_by_role("button", name="Skills of mei").click()
    await page.get_by_role("combobox", name="Add skill").fill("Japanese")
    await page.get_by_role("combobox", name="Add skill").press("Enter")
    await page.get_by_label("Level of Japanese").select_option("3")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row").filter(has_text="mei").get_by_text("Japanese level 3")).to_be_visible()
    await page.goto(f"{opened.pages.front.base}/settings/inboxes/{door.inbox_id}")
    await page.get_by_label("Arrives in queue").select_option(label="Tokyo")
    async with page.expect_response(lambda answer: answer.request.method == "PATCH", timeout=30_000) as saved:
        await page.get_by_role("button", name="Save", exact=True).click()
    assert (await saved.value).ok

    said = {
        "type": "message", "mode": "active", "timestamp": int(world.clock().timestamp() * 1000), "replyToken": "r" * 32,
        "webhookEventId": "01TOKYO", "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": "U" + "7" * 32}, "message": {"id": "70007", "type": "text", "text": "返品できますか"},
    }  # fmt: skip
    body = json.dumps({"destination": "U" + "1" * 32, "events": [said]}).encode()
    world.doors.forget()
    await shop.hears(door, Request(body=body, headers={"content-type": "application/json"}))
    await world.read_everything()
    desk = await opened.pages.open("/all", boss, width=1440)
    await desk.get_by_role("list", name="Queues").get_by_role("link", name="Tokyo 1").click()
    await desk.get_by_role("option").filter(has_text="返品できますか").click()
    await desk.get_by_role("button", name="More", exact=True).click()
    await desk.get_by_role("menuitem", name="Urgent").click()
    await expect(desk.get_by_role("log").get_by_text("boss set the priority to Urgent")).to_be_visible()
    assert (await boss.post("/api/me/presence", {"presence": "online"})).is_success
    async with world.house.db.transaction(shop.id) as tx:
        assert await routing.give_waiting(tx) == 0  # the boss is there, and cannot
    assert (await mei.post("/api/me/presence", {"presence": "online"})).is_success
    async with world.house.db.transaction(shop.id) as tx:
        assert await routing.give_waiting(tx) == 1
    await expect(desk.get_by_role("log").get_by_text("Given to mei: knows Japanese level 2")).to_be_visible()


async def test_a_queue_keeps_opening_hours_with_a_holiday_and_says_so(opened: Opened) -> None:
    _, people = await opened.pages.front.opens("Kotori")
    boss = people["boss"]
    page = await opened.settings("hours", boss)
    await page.get_by_role("button", name="New opening hours").click()
    await page.get_by_label("Name", exact=True).fill("Shop")
    await page.get_by_label("Monday, closes").fill("20:30")
    await page.get_by_role("button", name="Other weekdays as Monday").click()
    await page.get_by_role("button", name="Add a time to Saturday").click()
    await page.get_by_label("Saturday, closes").fill("00:00")
    await page.get_by_role("button", name="Add a date").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_have_text("A time or a date is missing, or a date stands here twice.")
    await page.get_by_label("Date", exact=True).fill("2027-02-06")
    await page.get_by_role("button", name="Save").click()
    row = page.get_by_role("button").filter(has_text="Shop")
    await expect(row).to_contain_text("Mon–Fri 09:00–20:30 · Sat 09:00–24:00")
    await expect(row).to_contain_text("1 holiday")
    kept = (await boss.get("/api/hours")).json()[0]["hours"]
    assert kept["week"][-1] == {"day": 5, "opens": "09:00", "closes": "24:00"}
    assert kept["holidays"] == [{"date": "2027-02-06", "name": "", "spans": []}]

    await page.goto(f"{opened.pages.front.base}/settings/queues")
    await page.get_by_role("list").get_by_role("button").first.click()
    await page.get_by_label("Opening hours").select_option(label="Shop")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("list").get_by_role("button").filter(has_text="Shop")).to_be_visible()
    assert (await boss.get("/api/queues")).json()[0]["hours_id"] == kept["id"]
    gone = await boss.delete(f"/api/hours/{kept['id']}")
    assert (gone.status_code, gone.json()["error"]) == (409, "in_use")


async def test_no_page_of_the_settings_is_wider_than_a_phone(opened: Opened) -> None:
    for language in ("en", "zh-CN"):
        await opened.boss.patch("/api/me", {"language": language})
        page = await opened.settings(EVERY_PAGE[0], width=360, height=780, language=language)
        for path in EVERY_PAGE:
            await page.goto(f"{opened.pages.front.base}/settings/{path}")
            await page.locator("h1").last.wait_for()
            wider = await page.evaluate(
                "[...document.querySelectorAll('.content, .content *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== 'absolute' && !e.closest('pre')).map(e => e.outerHTML.slice(0, 120))"
            )
            assert wider == [], (path, language)
    await opened.boss.patch("/api/me", {"language": "en"})


async def test_a_list_follows_what_a_colleague_changes(opened: Opened) -> None:
    page = await opened.settings("phrases")
    await expect(page.get_by_text("No quick phrases yet")).to_be_visible()
    await opened.mei.post("/api/quick-phrases", {"shortcut": "thanks", "text": "Thank you for waiting."})
    await expect(page.get_by_text("Thank you for waiting.")).to_be_visible()


async def test_the_audit_log_tells_who_changed_what_and_is_narrowed_to_one_person(opened: Opened) -> None:
    for queue in ("Porcelain", "Stoneware"):
        assert (await opened.boss.post("/api/queues", {"name": queue, "priority": 2})).status_code == 201
    await opened.boss.patch(f"/api/agents/{opened.mei.id}", {"role": "supervisor"})
    assert (await opened.mei.post("/api/queues", {"name": "Glazes"})).status_code == 201
    page = await opened.settings("audit")
    porcelain = page.get_by_role("listitem").filter(has_text="added the queue Porcelain")
    await expect(porcelain).to_contain_text("Priority")
    await expect(page.get_by_role("listitem").filter(has_text="changed mei")).to_contain_text("agent→supervisor")
    await page.get_by_label("Person").select_option(label="mei")
    await expect(porcelain).to_have_count(0)
    await expect(page.get_by_role("listitem").filter(has_text="added the queue Glazes")).to_be_visible()
    await page.get_by_label("About").select_option(label="Webhooks")
    await expect(page.get_by_text("Nothing of that kind was done in this time.")).to_be_visible()
    await page.get_by_role("button", name="Clear").click()
    await expect(porcelain).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="CSV").click()
    assert "Porcelain" in Path(await (await download.value).path()).read_text()
    await opened.boss.patch(f"/api/agents/{opened.mei.id}", {"role": "agent"})
    hers = await opened.settings("audit", opened.mei)
    await expect(hers.get_by_text("Only those who may read it see the audit log.")).to_be_visible()
