"""A second factor set up, asked for and taken away by the pages; and a workspace that asks for it."""

from __future__ import annotations

import base64
import re

from playwright.async_api import Browser, Page, expect

from guanxi import access
from guanxi.access.rules import totp
from guanxi.infra.postgres import Server
from tests.browser.pages import Pages, open_pages
from tests.http.desk import PASSWORD, Agent


async def with_password(pages: Pages, agent: Agent) -> None:
    async with pages.front.world.house.db.directory() as directory:
        person = await access.find_person(directory, agent.email)
        assert person is not None
        await access.set_password(directory, person.id, PASSWORD)


async def set_up(pages: Pages, page: Page) -> str:
    """Go through the dialog; the key that the authenticator keeps."""
    await page.get_by_role("button", name="Set it up").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("img", name="QR code")).to_be_visible()
    key = (await dialog.get_by_label("Key").input_value()).replace(" ", "")
    await dialog.get_by_label("Code", exact=True).fill("000000")
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_text("The code is wrong")).to_be_visible()
    await dialog.get_by_label("Code", exact=True).fill(code(pages, key))
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("listitem")).to_have_count(10)
    await dialog.get_by_role("button", name="I have kept them").click()
    return key


def code(pages: Pages, key: str) -> str:
    return totp(base64.b32decode(key), int(pages.front.world.clock().timestamp()) // 30)


async def test_a_workspace_asks_for_it_and_the_next_sign_in_asks_for_a_code(pages: Pages) -> None:
    _, people = await pages.front.opens("Strict", "mei")
    mei = people["mei"]
    await with_password(pages, mei)
    working = await pages.open("/all", mei)
    await expect(working.get_by_role("navigation").first).to_be_visible()
    admin = await pages.open("/settings/rules", people["boss"])
    await admin.get_by_label("Everybody needs a second factor").check(force=True)
    await expect(admin).to_have_url(re.compile("/settings/access"))  # the admin, too
    await working.goto(pages.front.base + "/mine")
    await expect(working.get_by_text("Strict asks everybody for a second factor.")).to_be_visible()
    key = await set_up(pages, working)
    await expect(working).to_have_url(re.compile("/mine"))
    pages.front.world.clock.forward(seconds=60)
    fresh = await pages.open("/sign-in")
    await fresh.get_by_label("E-mail").fill(mei.email)
    await fresh.get_by_label("Password", exact=True).fill(PASSWORD)
    await fresh.get_by_role("button", name="Sign in").click()
    await fresh.get_by_label("Code").fill("123456")
    await fresh.get_by_role("button", name="Sign in").click()
    await expect(fresh.get_by_text("This code is wrong")).to_be_visible()
    await fresh.get_by_label("Code").fill(code(pages, key))
    await fresh.get_by_role("button", name="Sign in").click()
    await expect(fresh).to_have_url(re.compile("/mine"))
    # both are seen, and the other one is ended from here
    await fresh.goto(pages.front.base + "/settings/access")
    await expect(fresh.get_by_text("On since")).to_be_visible()
    await expect(fresh.get_by_text("This one")).to_have_count(1)
    await fresh.get_by_role("button", name="Sign out everywhere else").click()
    await expect(fresh.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    assert (await mei.get("/api/me")).status_code == 401


async def test_an_admin_reads_who_came_in_and_makes_a_way_back_in(pages: Pages) -> None:
    _, people = await pages.front.opens("Records", "mei")
    await with_password(pages, people["mei"])
    browser = pages.front.stranger()
    for password in ("not-the-password", PASSWORD):
        pages.front.world.clock.forward(seconds=1)
        await browser.post("/api/sign-in", json={"email": people["mei"].email, "password": password})
    page = await pages.open("/settings/rules", people["boss"])
    await expect(page.get_by_role("listitem").filter(has_text="mei")).to_have_text(
        [re.compile("Signed in"), re.compile("Wrong password")]
    )
    await page.goto(pages.front.base + "/settings/team")
    await page.get_by_role("button", name="Actions for mei").click()
    await page.get_by_role("menuitem", name="New way in").click()
    await page.get_by_role("dialog").get_by_role("button", name="Make the link").click()
    made = await page.get_by_role("textbox", name="The link is ready").input_value()
    link = await pages.open(made.removeprefix(pages.front.base))
    await link.get_by_label("New password", exact=True).fill("Password2024!")
    await link.get_by_role("button", name="Save and sign in").click()
    await expect(link.get_by_text("Guessers try this one first")).to_be_visible()
    await link.get_by_label("New password", exact=True).fill("three cups on a shelf")
    await link.get_by_role("button", name="Save and sign in").click()
    await expect(link).to_have_url(re.compile("/mine"))


async def test_a_passkey_is_added_opens_the_door_and_is_taken_away(server: Server, browser: Browser) -> None:
    async with open_pages(server, browser, host="localhost") as pages:
        _, people = await pages.front.opens("Keys", "mei")
        await with_password(pages, people["mei"])
        page = await pages.open("/sign-in")
        # a simulated device answers what waits in the field of the address at once: here its person presses the button
        await page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
        await page.reload()
        line = await page.context.new_cdp_session(page)
        await line.send("WebAuthn.enable")
        how = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        device = {**how, "isUserVerified": True, "automaticPresenceSimulation": True}
        added = await line.send("WebAuthn.addVirtualAuthenticator", {"options": device})
        await page.get_by_label("E-mail").fill(people["mei"].email)
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page).to_have_url(re.compile("/mine"))

        await page.goto(pages.front.base + "/settings/access")
        await page.get_by_role("button", name="Add a passkey").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("My laptop")
        await dialog.get_by_label("Password", exact=True).fill("not this one")
        await dialog.get_by_role("button", name="Continue").click()
        await expect(dialog.get_by_text("The password is wrong")).to_be_visible()
        await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
        await dialog.get_by_role("button", name="Continue").click()
        await expect(page.get_by_text("not used yet")).to_be_visible()
        kept = await line.send("WebAuthn.getCredentials", {"authenticatorId": added["authenticatorId"]})
        assert len(kept["credentials"]) == 1

        await page.context.clear_cookies()
        await page.goto(pages.front.base + "/sign-in")
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page).to_have_url(re.compile("/mine"))

        await page.goto(pages.front.base + "/settings/access")
        await expect(page.get_by_role("listitem").filter(has_text="My laptop")).to_contain_text("last used")
        await page.get_by_role("button", name="Remove “My laptop”").click()
        await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
        await dialog.get_by_role("button", name="Remove", exact=True).click()
        await expect(page.get_by_text("No passkeys yet")).to_be_visible()

        await page.context.clear_cookies()
        await page.goto(pages.front.base + "/sign-in")
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.get_by_text("This passkey opens nothing here")).to_be_visible()
        pages.errors.clear()  # the refusals that were meant
