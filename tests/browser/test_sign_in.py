"""The way in: first owner, password, one-time links that have been used."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Browser, expect

from guanxi import access
from guanxi.infra.postgres import Server
from guanxi.settings import Oidc
from tests.browser.pages import Pages, open_pages
from tests.http.desk import PASSWORD
from tests.http.provider import SECRET, open_wire, running


@pytest_asyncio.fixture(scope="module")
async def pages(server: Server, browser: Browser) -> AsyncIterator[Pages]:
    """A house with a company's sign-on."""
    async with open_wire() as provider:
        host = urlsplit(provider.issuer).netloc
        oidc = Oidc(issuer=provider.issuer, client_id="guanxi", client_secret=SECRET, name="Corp")
        async with (
            open_pages(server, browser, oidc=oidc, private_hosts_allowed=(host,)) as pages,
            running(provider, pages.front.base),
        ):
            yield pages


async def owner_link(pages: Pages) -> str:
    async with pages.front.world.house.db.directory() as directory:
        return "/link/" + await access.make_link(directory, "owner")


async def test_the_first_owner_founds_the_workspace_and_is_led_to_the_first_channel(pages: Pages) -> None:
    link = await owner_link(pages)
    page = await pages.open(link, language="zh-CN")
    await page.get_by_label("店铺或公司名称").fill("青禾陶作")
    await page.get_by_label("您的姓名").fill("林薇")
    await page.get_by_label("邮箱").fill("lin@example")
    await page.get_by_label("密码", exact=True).fill("three cups")
    await page.get_by_role("button", name="创建工作区").click()
    await expect(page.get_by_text("这不像一个邮箱地址")).to_be_visible()
    await page.get_by_label("邮箱").fill("lin@qinghe.example")
    await page.get_by_role("button", name="创建工作区").click()
    await expect(page).to_have_url(re.compile("/settings/inboxes/new"))
    await expect(page.get_by_role("heading", name="接入您的第一个渠道")).to_be_visible()
    again = await pages.open(link)
    await expect(again.get_by_role("heading", name="This link no longer works")).to_be_visible()
    await expect(again.get_by_text("bin/guanxi link")).to_be_visible()


async def test_a_wrong_password_keeps_what_was_typed_and_too_many_tries_say_how_long_to_wait(pages: Pages) -> None:
    page = await pages.open("/settings/team")
    await expect(page).to_have_url(re.compile("/sign-in"))
    email = f"{uuid4().hex}@example.com"
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password", exact=True).fill("not this one")
    submit = page.get_by_role("button", name="Sign in")
    await submit.click()
    await expect(page.get_by_text("The e-mail or the password is wrong")).to_be_visible()
    await expect(page.get_by_label("E-mail")).to_have_value(email)
    for _ in range(6):
        if await submit.is_disabled():
            break
        async with page.expect_response("**/api/sign-in"):
            await submit.click()
        await expect(page.get_by_role("button", name="Sign in", exact=True)).not_to_have_attribute("aria-busy", "true")
    await expect(page.get_by_text(re.compile(r"Please wait \d+:\d\d"))).to_be_visible()
    await expect(submit).to_be_disabled()
    pages.front.world.clock.forward(minutes=16)


async def test_signing_in_leads_back_to_the_page_that_was_asked_for_and_never_to_another_site(pages: Pages) -> None:
    link = await owner_link(pages)
    first = await pages.open(link)
    address = f"{uuid4().hex}@example.com"
    await first.get_by_label("Name of the shop or company").fill("Kotori")
    await first.get_by_label("Your name").fill("Haruka")
    await first.get_by_label("E-mail").fill(address)
    await first.get_by_label("Password", exact=True).fill("four lamps in a row")
    await first.get_by_role("button", name="Create the workspace").click()
    await expect(first).to_have_url(re.compile("/settings/inboxes/new"))
    for asked, reached in (("/settings/phrases", "/settings/phrases$"), ("//evil.example/x", "/mine$")):
        page = await pages.open(f"/sign-in?to={asked}")
        await page.get_by_label("E-mail").fill(address)
        await page.get_by_label("Password", exact=True).fill("four lamps in a row")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(re.compile(re.escape(pages.front.base) + reached))


async def test_without_a_connection_the_door_says_so_and_keeps_what_was_typed(pages: Pages) -> None:
    page = await pages.open("/sign-in")
    await page.get_by_label("E-mail").fill("lin@qinghe.example")
    await page.get_by_label("Password", exact=True).fill("three cups on a shelf")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("The server cannot be reached")).to_be_visible()
    await expect(page.get_by_label("E-mail")).to_have_value("lin@qinghe.example")


async def test_somebody_comes_in_by_the_company_and_confirms_once_with_his_password(pages: Pages) -> None:
    _, people = await pages.front.opens("Corp")
    async with pages.front.world.house.db.directory() as directory:
        person = await access.find_person(directory, people["boss"].email)
        assert person is not None
        await access.set_password(directory, person.id, PASSWORD)
    page = await pages.open("/sign-in?to=/settings/phrases")
    await page.get_by_role("link", name="Sign in with Corp").click()
    await page.locator("input[name=login]").fill(people["boss"].email)
    await page.locator("input[name=password]").fill("theirs, not ours")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    await page.get_by_label("Password", exact=True).fill("not this one")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("The password is wrong")).to_be_visible()
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(re.compile("/settings/phrases$"))
    # the next time the company is enough
    await page.context.clear_cookies(name="guanxi")
    await page.goto(pages.front.base + "/sign-in")
    await page.get_by_role("link", name="Sign in with Corp").click()
    await expect(page).to_have_url(re.compile("/mine$"))
    stranger = await pages.open("/sign-in?why=oidc_unknown", language="zh-CN")
    await expect(stranger.get_by_text("这里没有使用此企业账号的人")).to_be_visible()
