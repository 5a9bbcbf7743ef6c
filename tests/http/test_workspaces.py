"""Several workspaces of one person: founding, joining, going over, leaving; and the walls between them hold."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from guanxi import access
from guanxi.infra.postgres import Server
from tests.access.test_coming_in import with_code
from tests.access.test_sign_in import from_address, try_in
from tests.databases import open_folder
from tests.http.desk import PASSWORD, Agent, Front, arrives, open_front

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder, trusted_proxies=("127.0.0.1",)) as front:
            yield front


async def gives_password(front: Front, agent: Agent) -> access.Person:
    async with front.world.house.db.directory() as directory:
        person = await access.find_person(directory, agent.email)
        assert person is not None
        await access.set_password(directory, person.id, PASSWORD)
    return person


async def invites(boss: Agent, role: str = "agent", email: str = "") -> str:
    made = await boss.post("/api/invitations", {"role": role, "email": email})
    token: str = made.json()["url"].rsplit("/", 1)[1]
    return token


async def joins(front: Front, agent: Agent, boss: Agent, role: str = "agent") -> None:
    """Somebody who has an account becomes a colleague by an invitation and his own password."""
    answer = await from_address(front, "192.0.2.1").post(
        f"/api/link/{await invites(boss, role)}", json={"email": agent.email, "password": PASSWORD}
    )
    assert answer.status_code == 200, answer.text


async def goes_over(agent: Agent, workspace_id: object) -> None:
    """In the same browser, which from now on carries the new cookie and the new word."""
    answer = await agent.post("/api/me/workspace", {"workspace_id": str(workspace_id)})
    assert answer.status_code == 200, answer.text
    agent.cookie = answer.cookies["guanxi"]
    agent.http.headers["cookie"] = f"guanxi={agent.cookie}"
    agent.http.cookies.clear()
    agent.csrf = agent.http.headers["x-csrf"] = (await agent.get("/api/me")).json()["csrf"]


async def takes(agent: Agent, talk: UUID) -> httpx.Response:
    mine = (await agent.get("/api/me")).json()["agent"]["id"]
    return await agent.post(f"/api/conversations/{talk}/assign", {"agent_id": mine})


async def names(agent: Agent) -> list[tuple[str, str, bool]]:
    shown = (await agent.get("/api/workspaces")).json()["workspaces"]
    return [(one["name"], one["role"], one["is_this"]) for one in shown]


async def test_who_has_an_account_joins_by_his_own_password_and_stays_one_person(front: Front) -> None:
    _, ours = await front.opens("Aster", "mei")
    theirs, them = await front.opens("Birch")
    mei = ours["mei"]
    before = await gives_password(front, mei)
    token = await invites(them["boss"], "supervisor", mei.email.upper())
    browser = from_address(front, "192.0.2.2")
    shown = (await browser.get(f"/api/link/{token}")).json()
    assert (shown["person_exists"], shown["workspace_name"]) == (True, "Birch")
    given = {"name": "Not Mei", "password": "a-stranger-sets-it-1"}
    assert (await browser.post(f"/api/link/{token}", json=given)).json()["error"] == "wrong_credentials"
    assert (await browser.post(f"/api/link/{token}", json=given | {"password": PASSWORD})).status_code == 200
    async with front.world.house.db.directory() as directory:
        rows = await directory.fetch("select * from person where lower(email) = lower($1)", mei.email)
        after = await access.find_person(directory, mei.email)
    assert [row["id"] for row in rows] == [before.id]
    assert after is not None
    assert (await try_in(browser, mei.email, PASSWORD)).status_code == 200
    assert (after.name, (await browser.get("/api/me")).json()["workspace"]["name"]) == ("mei", "Birch")
    assert await names(mei) == [("Aster", "agent", True), ("Birch", "supervisor", False)]
    again = await browser.post(f"/api/link/{token}", json={"password": PASSWORD})
    assert again.status_code == 404
    assert theirs.id != (await mei.get("/api/me")).json()["workspace"]["id"]


async def test_going_over_shows_the_other_house_and_nothing_of_the_first(front: Front) -> None:
    ours, us = await front.opens("Cedar", "mei")
    theirs, them = await front.opens("Dogwood")
    mei = us["mei"]
    await gives_password(front, mei)
    await joins(front, mei, them["boss"])
    kept = {}
    for shop, boss in ((ours, us["boss"]), (theirs, them["boss"])):
        door = await shop.connects("line", secrets=LINE)
        talk = await arrives(shop, door.inbox_id, "x", f"secret of {shop.id}")
        phrase = (await boss.post("/api/quick-phrases", {"shortcut": "hi", "text": "hello"})).json()
        kept[shop.id] = (talk, phrase["id"])
    old_cookie, old_csrf = mei.cookie, mei.csrf
    async with mei.socket() as ears:
        assert ears.hello["agent_id"] == str(mei.id)
        await goes_over(mei, theirs.id)
        with pytest.raises(Exception, match="4401"):
            await ears.hear(lambda frame: False)
    me = (await mei.get("/api/me")).json()
    assert (me["workspace"]["id"], me["agent"]["id"] != str(mei.id)) == (str(theirs.id), True)
    # the other house is open, with its rights there; the first one is closed, by every id of it
    assert (await mei.get(f"/api/conversations/{kept[theirs.id][0]}")).status_code == 200
    assert [row["id"] for row in (await mei.get("/api/conversations")).json()["rows"]] == [str(kept[theirs.id][0])]
    for path in (f"/api/conversations/{kept[ours.id][0]}", f"/api/conversations/{kept[ours.id][0]}/messages"):
        assert (await mei.get(path)).status_code == 404
    assert (await mei.patch(f"/api/quick-phrases/{kept[ours.id][1]}", {"text": "x"})).status_code == 404
    assert (await takes(mei, kept[ours.id][0])).status_code == 404
    # the old cookie is worth nothing, and what another tab still holds changes nothing in the new house
    assert (await front.stranger(cookie=f"guanxi={old_cookie}").get("/api/me")).status_code == 401
    stale = front.stranger(**{"cookie": f"guanxi={mei.cookie}", "x-csrf": old_csrf})
    assert (await stale.post("/api/quick-phrases", json={"shortcut": "a", "text": "a"})).json()["error"] == "csrf"
    # and a workspace where one does not serve is none, whether it exists or not
    strangers, _ = await front.opens("Elm")
    for nowhere in (strangers.id, uuid4()):
        assert (await mei.post("/api/me/workspace", {"workspace_id": str(nowhere)})).status_code == 404


async def test_what_waits_elsewhere_is_counted_and_the_last_house_is_landed_in(front: Front) -> None:
    ours, us = await front.opens("Fir", "mei")
    theirs, them = await front.opens("Ginkgo")
    mei = us["mei"]
    await gives_password(front, mei)
    await joins(front, mei, them["boss"])
    door = await ours.connects("line", secrets=LINE)
    talk = await arrives(ours, door.inbox_id, "x", "hello")
    assert (await takes(mei, talk)).status_code == 200
    await arrives(ours, door.inbox_id, "x", "are you there?")
    await arrives(ours, door.inbox_id, "nobody's", "hello")
    await goes_over(mei, theirs.id)
    unread = {one["name"]: one["unread"] for one in (await mei.get("/api/workspaces")).json()["workspaces"]}
    assert unread == {"Fir": 1, "Ginkgo": 0}
    told = (await them["boss"].get("/api/workspaces")).json()["workspaces"]
    assert [one["name"] for one in told] == ["Ginkgo"]
    for shop in (ours, theirs, ours):
        await goes_over(mei, shop.id)
        browser = from_address(front, "192.0.2.3")
        assert (await try_in(browser, mei.email, PASSWORD)).status_code == 200
        assert (await browser.get("/api/me")).json()["workspace"]["id"] == str(shop.id)
    came = [one for one in (await them["boss"].get("/api/sign-ins")).json()["rows"] if one["name"] == "mei"]
    assert {one["outcome"] for one in came} == {"in"}


async def test_an_admin_of_one_founds_another_that_works_at_once(front: Front) -> None:
    _, people = await front.opens("Hazel", "mei")
    boss, mei = people["boss"], people["mei"]
    assert (await boss.get("/api/workspaces")).json()["may_found"] is True
    assert (await mei.get("/api/workspaces")).json()["may_found"] is False
    given = {"name": "  Iris  ", "language": "zh-CN", "time_zone": "Asia/Tokyo"}
    assert (await mei.post("/api/workspaces", given)).json()["error"] == "not_allowed"
    assert (await boss.post("/api/workspaces", given | {"name": "  "})).json()["fields"] == {"name": "missing"}
    wrong = await boss.post("/api/workspaces", given | {"time_zone": "Asia/Nowhere"})
    assert (wrong.status_code, wrong.json()["error"]) == (422, "unknown_time_zone")
    founded = (await boss.post("/api/workspaces", given)).json()
    assert (founded["name"], founded["role"]) == ("Iris", "admin")
    await goes_over(boss, founded["id"])
    me = (await boss.get("/api/me")).json()
    assert (me["workspace"]["time_zone"], me["agent"]["role"], me["workspace"]["language"]) == (
        "Asia/Tokyo",
        "admin",
        "zh-CN",
    )
    assert [one["name"] for one in (await boss.get("/api/agents")).json()] == ["boss"]
    connected = await boss.post("/api/inboxes", {"channel": "line", "name": "L", "settings": {}, "secrets": LINE})
    assert connected.status_code == 201, connected.text
    assert (await boss.post("/api/workspaces", {"name": "\x00"})).status_code == 422


async def test_leaving_one_leaves_the_others_and_the_last_admin_stays(front: Front) -> None:
    ours, us = await front.opens("Juniper", "mei")
    theirs, them = await front.opens("Kapok")
    mei, boss = us["mei"], us["boss"]
    await gives_password(front, mei)
    await joins(front, mei, them["boss"])
    assert (await boss.post("/api/me/leave")).json()["error"] == "last_admin"
    door = await ours.connects("line", secrets=LINE)
    talk = await arrives(ours, door.inbox_id, "x", "hello")
    assert (await takes(mei, talk)).status_code == 200
    token = (await mei.post("/api/tokens", {"name": "t", "scopes": ["read"]})).json()["token"]
    phone = from_address(front, "192.0.2.4")
    await try_in(phone, mei.email, PASSWORD)
    left = await mei.post("/api/me/leave")
    assert (left.status_code, left.json()["workspace_id"]) == (200, str(theirs.id))
    here = front.stranger(cookie=f"guanxi={left.cookies['guanxi']}")
    assert (await here.get("/api/me")).json()["workspace"]["id"] == str(theirs.id)
    assert (await front.stranger(authorization=f"Bearer {token}").get("/api/me")).status_code == 401
    row = (await boss.get(f"/api/conversations/{talk}")).json()
    assert row["assignee"] is None
    assert [one["name"] for one in (await boss.get("/api/agents")).json() if one["removed"]] == ["mei"]
    back = {"workspace_id": str(ours.id)}
    csrf = (await here.get("/api/me")).json()["csrf"]
    assert (await here.post("/api/me/workspace", json=back, headers={"x-csrf": csrf})).status_code == 404


async def test_who_is_removed_from_his_last_one_is_told_what_to_do(front: Front) -> None:
    _, us = await front.opens("Larch", "mei")
    _, them = await front.opens("Maple")
    mei = us["mei"]
    await gives_password(front, mei)
    await joins(front, mei, them["boss"])
    browser = from_address(front, "192.0.2.5")
    await try_in(browser, mei.email, PASSWORD)
    assert (await browser.get("/api/me")).json()["workspace"]["name"] == "Maple"
    assert (await us["boss"].patch(f"/api/agents/{mei.id}", {"removed": True})).status_code == 200
    assert (await browser.get("/api/me")).status_code == 200  # the other workspace is none of theirs
    assert (await mei.get("/api/me")).status_code == 401
    hers = next(one["id"] for one in (await them["boss"].get("/api/agents")).json() if one["name"] == "mei")
    assert (await them["boss"].patch(f"/api/agents/{hers}", {"removed": True})).status_code == 200
    assert (await browser.get("/api/me")).status_code == 401
    nowhere = await try_in(browser, mei.email, PASSWORD)
    assert (nowhere.status_code, nowhere.json()["error"]) == (403, "no_workspace")
    assert (await try_in(browser, mei.email, "not-the-password")).json()["error"] == "wrong_credentials"
    await joins(front, mei, us["boss"])  # an invitation brings him back, as the same person
    assert (await try_in(browser, mei.email, PASSWORD)).status_code == 200
    assert [one["removed"] for one in (await us["boss"].get("/api/agents")).json()] == [False, False]


async def test_an_installation_may_keep_founding_to_itself(server: Server) -> None:
    with open_folder() as folder:
        async with open_front(server, folder, new_workspaces="closed") as front:
            _, people = await front.opens("Nettle")
            assert (await people["boss"].get("/api/workspaces")).json()["may_found"] is False
            refused = await people["boss"].post("/api/workspaces", {"name": "Oak"})
            assert (refused.status_code, refused.json()["error"]) == (403, "workspaces_closed")


async def test_the_command_line_gives_a_new_way_in_and_takes_a_lost_phone_out(front: Front, server: Server) -> None:
    _, people = await front.opens("Spruce")
    boss = people["boss"]
    person = await gives_password(front, boss)
    await with_code(front, boss)
    done = await commands(front, server, "user", "reset", boss.email, "--totp")
    assert done[0] == 0, done[1]
    token = done[1].strip().rsplit("/", 1)[1]
    browser = from_address(front, "192.0.2.7")
    shown = (await browser.get(f"/api/link/{token}")).json()
    assert (shown["purpose"], shown["asks_code"], shown["email"]) == ("reset", False, boss.email)
    assert (await browser.post(f"/api/link/{token}", json={"password": "another-kiln-43"})).status_code == 200
    assert (await browser.get("/api/me/access")).json()["second_factor"] == {"since": None, "recovery_codes_left": 0}
    async with front.world.house.db.directory() as directory:
        assert await access.find_who(directory, access.token_hash(boss.cookie)) is None
        after = await access.get_person(directory, person.id)
    assert (after.has_second_factor, after.password_hash != person.password_hash) == (False, True)
    assert (await try_in(browser, boss.email, PASSWORD)).status_code == 401
    assert (await try_in(browser, boss.email, "another-kiln-43")).status_code == 200


async def commands(front: Front, server: Server, *words: str) -> tuple[int, str]:
    """`guanxi WORDS` as a process of its own, on the same database."""
    around = {
        "DATABASE_URL": f"postgresql://guanxi_owner@/{server.database}?host={server.host}",
        "GUANXI_DATA": str(front.world.house.settings.data),
        "PUBLIC_URL": front.base,
    }
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guanxi", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ | around,
    )  # fmt: skip
    said, _ = await running.communicate()
    return running.returncode or 0, said.decode()


async def test_the_command_line_founds_one_for_somebody_and_lists_them(front: Front, server: Server) -> None:
    _, people = await front.opens("Poplar", "mei")
    await gives_password(front, people["mei"])
    founded = await commands(front, server, "workspace", "create", "Quince", "--owner", people["mei"].email)
    assert (founded[0], "is its admin" in founded[1]) == (0, True), founded[1]
    assert ("Quince", "admin", False) in await names(people["mei"])
    other = await commands(front, server, "workspace", "create", "Rowan", "--owner", "nobody.yet@example.com")
    token = other[1].strip().rsplit("/", 1)[1]
    browser = from_address(front, "192.0.2.6")
    given = {"name": "Owner", "password": PASSWORD}
    assert (await browser.post(f"/api/link/{token}", json=given)).status_code == 200
    me = (await browser.get("/api/me")).json()
    assert (me["workspace"]["name"], me["agent"]["role"], me["person"]["email"]) == (
        "Rowan",
        "admin",
        "nobody.yet@example.com",
    )
    listed = await commands(front, server, "workspace", "list")
    assert "Quince  (1 serves)" in listed[1]
