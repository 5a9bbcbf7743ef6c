"""The desk as somebody sees it who only reads, the team page as its supervisor and its admin do, and a person's several
workspaces."""

from __future__ import annotations

import re

from playwright.async_api import expect

from guanxi import access, team
from tests.browser.pages import Pages
from tests.http.desk import Agent, arrives

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


async def test_a_viewer_reads_everything_and_is_offered_nothing_that_changes_it(pages: Pages) -> None:
    shop, people = await pages.front.opens("Qinghe", "mei")
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "佐藤", "サイズ交換をお願いできますか")
    page = await pages.open(f"/all/{id_}", people["mei"])
    await expect(page.locator("[data-composer]")).to_be_visible()
    await expect(page.get_by_role("button", name="Resolve")).to_be_visible()
    # the role changes while the desk is open, and the desk with it
    assert (await people["boss"].patch(f"/api/agents/{people['mei'].id}", {"role": "viewer"})).status_code == 200
    await expect(page.get_by_text("You can read here.")).to_be_visible()
    await expect(page.locator("[data-composer]")).to_have_count(0)
    await expect(page.get_by_role("log").get_by_text("サイズ交換をお願いできますか")).to_be_visible()
    for name in ("Resolve", "Transfer", "Snooze", "Block"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await page.keyboard.press("e")
    await page.keyboard.press("i")
    row = (await people["boss"].get(f"/api/conversations/{id_}")).json()
    assert (row["state"], row["assignee"]) == ("open", None)


async def test_an_admin_gives_roles_and_a_supervisor_only_how_much_somebody_takes_on(pages: Pages) -> None:
    _, people = await pages.front.opens("Roles", "mei", "sara")
    page = await pages.open("/settings/team", people["boss"])
    row = page.get_by_role("row").filter(has_text="sara")
    await row.get_by_role("combobox").select_option("supervisor")
    await expect(page.get_by_text("Saved")).to_be_visible()
    supervised = await pages.open("/settings/team", people["sara"])
    row = supervised.get_by_role("row").filter(has_text="mei")
    await row.get_by_role("spinbutton").fill("3")
    await row.get_by_role("spinbutton").press("Enter")
    await expect(supervised.get_by_text("Saved")).to_be_visible()
    await expect(supervised.get_by_role("row").get_by_role("combobox")).to_have_count(0)
    await expect(supervised.get_by_role("button", name="Invite")).to_have_count(0)
    team = {one["name"]: (one["role"], one["capacity"]) for one in (await people["boss"].get("/api/agents")).json()}
    assert (team["sara"][0], team["mei"]) == ("supervisor", ("agent", 3))


async def test_a_role_of_ones_own_is_made_given_and_holds_at_once_on_an_open_desk(pages: Pages) -> None:
    shop, people = await pages.front.opens("Own roles", "mei")
    door = await shop.connects("line", secrets=LINE)
    id_ = await arrives(shop, door.inbox_id, "x", "hello")
    desk = await pages.open(f"/all/{id_}", people["mei"])
    await expect(desk.get_by_role("button", name="Resolve")).to_be_visible()
    page = await pages.open("/settings/roles", people["boss"])
    await page.get_by_role("button", name="New role").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Name").fill("Night shift")
    await dialog.get_by_role("checkbox", name="Resolve").uncheck()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("columnheader", name="Night shift")).to_contain_text("0 people")
    team = await pages.open("/settings/team", people["boss"])
    await team.get_by_role("row").filter(has_text="mei").get_by_role("combobox").select_option(label="Night shift")
    await expect(desk.get_by_role("button", name="Resolve")).to_have_count(0)
    await expect(desk.locator("[data-composer]")).to_be_visible()
    await page.get_by_role("button", name="Night shift").click()
    await dialog.get_by_role("checkbox", name="Answer").uncheck()
    await dialog.get_by_role("button", name="Save").click()
    await expect(desk.get_by_text("You can read here.")).to_be_visible()
    await expect(desk.locator("[data-composer]")).to_have_count(0)
    await page.get_by_role("button", name="Night shift").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Somebody has this role")


async def test_who_sees_her_own_meets_a_conversation_when_it_is_handed_to_her_and_no_longer(pages: Pages) -> None:
    shop, people = await pages.front.opens("Teams", "mei", "ann")
    boss, mei, ann = people["boss"], people["mei"], people["ann"]
    door = await shop.connects("line", secrets=LINE)
    talk = await arrives(shop, door.inbox_id, "佐藤", "サイズ交換をお願いできますか")
    await arrives(shop, door.inbox_id, "高橋", "在庫はありますか")

    async def goes_to(agent: Agent) -> None:
        answer = await boss.post(f"/api/conversations/{talk}/assign", {"agent_id": str(agent.id)})
        assert answer.status_code == 200

    await goes_to(ann)
    desk = await pages.open("/all", mei)
    row = desk.get_by_role("option").filter(has_text="佐藤")
    await expect(row).to_be_visible()
    page = await pages.open("/settings/teams", boss)
    await page.get_by_role("button", name="New team").click()
    await page.get_by_label("Name").fill("Night shift")
    await page.get_by_role("checkbox", name="mei", exact=True).check()
    await page.get_by_role("checkbox", name="mei heads the team").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Night shift")).to_contain_text("Headed by mei")
    await page.goto(pages.front.base + "/settings/roles")
    await page.get_by_role("button", name="New role").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Name").fill("Night")
    await dialog.get_by_role("checkbox", name="People and roles").check()
    await expect(dialog.get_by_role("radio", name="Only one's own")).to_be_disabled()
    await dialog.get_by_role("checkbox", name="People and roles").uncheck()
    await dialog.get_by_role("radio", name="Only one's own").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("cell", name="Only one's own")).to_be_visible()
    await page.goto(pages.front.base + "/settings/team")
    await page.get_by_role("row").filter(has_text="mei").get_by_role("combobox").select_option(label="Night")
    # from that moment on, on the desk that is open
    await expect(row).to_have_count(0)
    await expect(desk.get_by_role("option").filter(has_text="高橋")).to_be_visible()
    await goes_to(mei)
    await row.click()
    thread = desk.get_by_role("log")
    await expect(thread.get_by_text("サイズ交換をお願いできますか")).to_be_visible()
    await goes_to(ann)
    await expect(row).to_have_count(0)
    await expect(desk.get_by_text("This conversation is with somebody else now.")).to_be_visible()
    await expect(desk.get_by_text("サイズ交換をお願いできますか")).to_have_count(0)
    await goes_to(mei)
    await expect(thread.get_by_text("サイズ交換をお願いできますか")).to_be_visible()
    await expect(row).to_be_visible()


async def test_the_tabs_of_a_browser_go_over_to_another_workspace_together(pages: Pages) -> None:
    _, us = await pages.front.opens("Aster House", "mei")
    theirs, them = await pages.front.opens("بيت الخزف")
    async with pages.front.world.house.db.directory() as directory:
        person = await access.find_person(directory, us["mei"].email)
        assert person is not None
        hers = await team.join(directory, theirs.id, person_id=person.id, name="mei", role="admin")
    door = await theirs.connects("line", secrets=LINE)
    waiting = await arrives(theirs, door.inbox_id, "佐藤", "サイズ交換をお願いできますか")
    given = await them["boss"].post(f"/api/conversations/{waiting}/assign", {"agent_id": str(hers)})
    assert given.status_code == 200
    page = await pages.open("/mine", us["mei"])
    other = await page.context.new_page()
    await other.goto(pages.front.base + "/settings/phrases")
    switch = page.get_by_role("button", name="Workspace: Aster House. Something is unread")
    await expect(switch).to_be_visible()
    await expect(other.get_by_role("button", name="Workspace: Aster House")).to_be_visible()
    await switch.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="بيت الخزف").press("Enter")
    for tab in (page, other):
        await expect(tab.get_by_role("button", name="Workspace: بيت الخزف")).to_be_visible()
    await expect(page.get_by_text("佐藤").first).to_be_visible()
    # the palette knows the way back, and she leaves; what is left is the other one
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox", name="Commands and search").fill("go to workspace")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Workspace: Aster House")).to_be_visible()
    await page.goto(pages.front.base + "/settings/my-workspaces")
    await page.get_by_role("button", name="Leave Aster House").click()
    await page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    await expect(page.get_by_role("button", name="Workspace: بيت الخزف")).to_be_visible()
    agents = {one["name"]: one for one in (await us["boss"].get("/api/agents")).json()}
    assert agents["mei"]["removed"] is True
    # as an admin of it she founds another one
    await page.goto(pages.front.base + "/settings/my-workspaces/new")
    await page.get_by_label("Name").first.fill("Kotori")
    await page.get_by_role("button", name="Found the workspace").click()
    await expect(page).to_have_url(re.compile("/settings/inboxes/new"))
    await expect(page.get_by_role("button", name="Workspace: Kotori")).to_be_visible()


async def test_a_team_is_made_handed_to_with_a_note_listed_and_watched_without_a_mouse_and_only_its_own_see_it(
    pages: Pages,
) -> None:
    shop, people = await pages.front.opens("Night watch", "mei", "ann")
    boss, mei, ann = people["boss"], people["mei"], people["ann"]
    door = await shop.connects("line", secrets=LINE)

    async def has(who: Agent, contact: str) -> str:
        id_ = await arrives(shop, door.inbox_id, contact, "hello")
        assert (await boss.post(f"/api/conversations/{id_}/assign", {"agent_id": str(who.id)})).status_code == 200
        return f"/api/conversations/{id_}"

    page = await pages.open("/settings/teams", boss, width=1800)  # settings: a team, from the keyboard alone
    await page.get_by_role("button", name="New team").press("Enter")
    await page.get_by_role("textbox", name="Name").press_sequentially("Night")
    await page.get_by_role("checkbox", name="mei", exact=True).press("Space")
    await page.get_by_role("checkbox", name="mei heads the team").press("Space")
    await page.get_by_role("button", name="Save").press("Enter")
    await expect(page.get_by_text("Headed by mei")).to_be_visible()
    (team,) = (await boss.get("/api/teams")).json()
    assert (team["name"], team["agents"], team["heads"]) == ("Night", [str(mei.id)], [str(mei.id)])
    queue = {"name": "Refunds", "everybody": False, "teams": [team["id"]]}
    assert (await boss.post("/api/queues", queue)).status_code == 201
    bound = {"name": "Bound", "rights": ["serve", "assign", "resolve"], "sees": "team"}
    role = (await boss.post("/api/roles", bound)).json()["id"]
    for one in (mei, ann):
        assert (await boss.patch(f"/api/agents/{one.id}", {"role_id": role})).status_code == 200

    await has(mei, "Of mei")
    await has(ann, "Of ann")
    yuki = await has(boss, "Yuki")
    await has(boss, "Of boss")
    hers, outside = await pages.open("/all", mei), await pages.open("/all", ann)
    await expect(hers.get_by_role("option")).to_have_count(1)
    await expect(outside.get_by_role("option")).to_have_count(1)

    await page.goto(f"{pages.front.base}/all/{yuki.rpartition('/')[2]}")  # the desk: handed to the team with a note
    await expect(page.locator("[data-composer]")).to_be_visible()
    await expect(page.locator(".head .lasts").filter(has_text=re.compile(r"^for \d"))).to_be_visible()
    await page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="Transfer the conversation")
    night = dialog.get_by_role("radio", name="Night")
    await expect(night).to_be_visible()
    for _ in range(await dialog.get_by_role("radio").count()):
        if await night.is_checked():
            break
        await page.keyboard.press("ArrowDown")
    await expect(night).to_be_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.type("She asks in Japanese")
    await page.keyboard.press("Control+Enter")
    await expect(dialog).to_be_hidden()
    thread = page.get_by_role("log")
    await expect(thread).to_contain_text("boss handed it to the team “Night”, queue “Refunds”")
    await expect(thread).to_contain_text("She asks in Japanese")

    await expect(hers.get_by_role("option", name="Yuki")).to_be_visible()  # its member sees it, by itself
    await has(ann, "Later of ann")
    await expect(outside.get_by_role("option", name="Later of ann")).to_be_visible()
    await expect(outside.get_by_role("option", name="Yuki")).to_have_count(0)
    assert (await ann.get(yuki)).status_code == 404

    await page.keyboard.press("g")  # the list goes by team
    await page.keyboard.press("a")
    await expect(page.get_by_role("option")).to_have_count(5)
    await page.get_by_role("button", name="Filter", exact=True).press("Enter")
    await page.get_by_role("menuitem", name="Night").press("Enter")
    await expect(page.get_by_role("option")).to_have_count(2)
    await expect(page.get_by_role("option", name="Yuki")).to_be_visible()
    await expect(page.get_by_role("option", name="Of mei")).to_be_visible()

    await arrives(shop, door.inbox_id, "Of nobody", "hello")
    wall = await pages.open("/wallboard", boss)  # and so do the wallboard and the reports
    first = wall.locator("[data-figure=queue] dd > span").first
    await expect(wall.locator("tr[data-queue]")).to_have_count(2)
    await expect(first).to_have_text("2")
    await wall.get_by_role("combobox", name="Team").press("ArrowDown")
    await expect(wall.locator("tr[data-queue]")).to_have_count(1)
    await expect(wall.locator("tr[data-queue]")).to_contain_text("Refunds")
    await expect(first).to_have_text("1")
    await expect(wall.get_by_role("row").filter(has_text="ann")).to_have_count(0)
    await hers.goto(f"{pages.front.base}/all/{yuki.rpartition('/')[2]}")
    await expect(hers.get_by_role("log")).to_contain_text("She asks in Japanese")
    await hers.keyboard.press("i")
    await expect(first).to_have_text("0")
    await expect(wall.get_by_role("row").filter(has_text="mei")).to_contain_text("2/")
    report = await pages.open("/reports", boss)
    await expect(report.get_by_role("rowheader", name="ann")).to_be_visible()
    await report.get_by_role("combobox", name="Team").press("ArrowDown")
    await expect(report.get_by_role("rowheader", name="ann")).to_have_count(0)
    await expect(report.get_by_role("rowheader", name="mei")).to_be_visible()
