"""The audit log: what is written into it, by whom, and that nobody takes it back."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from guanxi import access, audit
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import PASSWORD, Agent, Front, arrives, open_front

SECRET = "0123456789abcdef0123456789abcdef"
LINE = {"channel_secret": SECRET, "channel_access_token": "not-to-be-read"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder, trusted_proxies=("127.0.0.1",)) as front:
            yield front


async def entries(boss: Agent, **query: Any) -> list[dict[str, Any]]:
    """All pages of the log, newest first."""
    rows: list[dict[str, Any]] = []
    page = (await boss.get("/api/audit", **query)).json()
    rows += page["rows"]
    while page["next"]:
        page = (await boss.get("/api/audit", **query, after=page["next"])).json()
        rows += page["rows"]
    return rows


async def test_who_did_what_to_what_stands_there_without_a_secret(front: Front) -> None:
    shop, people = await front.opens("Logged", "mei")
    boss, mei = people["boss"], people["mei"]
    boss.http.headers["x-forwarded-for"] = "203.0.113.7"
    inbox = {"channel": "line", "name": "Tea", "secrets": LINE}
    inbox_id = (await boss.post("/api/inboxes", inbox)).json()["id"]
    await boss.patch(f"/api/inboxes/{inbox_id}", {"name": "Tea house", "secrets": {"channel_secret": SECRET[::-1]}})
    await boss.patch(f"/api/agents/{mei.id}", {"capacity": 3})
    await boss.patch(f"/api/agents/{mei.id}", {"capacity": 3})  # nothing changes, nothing is told
    hook = {"name": "till", "url": "https://a.example/in?key=hidden", "kinds": ["message.received"]}
    secret = (await boss.post("/api/webhooks", hook)).json()["secret"]
    token = (await boss.post("/api/tokens", {"name": "robot", "scopes": ["admin:integrations", "read"]})).json()[
        "token"
    ]
    robot = front.stranger(authorization=f"Bearer {token}")
    rule = {"name": "thanks", "kind": "message.received", "conditions": [], "actions": [{"do": "resolve"}]}
    assert (await robot.post("/api/rules", json=rule)).status_code == 201
    refused = await boss.patch("/api/workspace", {"name": "New", "time_zone": "Nowhere/Land"})
    assert refused.status_code == 422
    id_ = await arrives(shop, UUID(inbox_id), "x", "my number is 12345")
    assert (await mei.get(f"/api/conversations/{id_}/transcript")).status_code == 200

    rows = await entries(boss)
    told = {row["action"]: row for row in rows}
    assert [row["action"] for row in rows[:7]] == [
        "export.transcript", "rule.added", "token.added", "webhook.added", "agent.changed", "inbox.changed", "inbox.added",
    ]  # fmt: skip
    assert told["agent.changed"]["about"] == "mei"
    assert told["agent.changed"]["details"]["changes"]["capacity"][1] == 3
    assert (told["agent.changed"]["name"], told["agent.changed"]["address"]) == ("boss", "203.0.113.7")
    assert told["inbox.changed"]["details"]["changes"] == {
        "name": ["Tea", "Tea house"],
        "secrets.channel_secret": [None, audit.MASK],
    }
    assert (told["rule.added"]["means"], told["token.added"]["means"]) == ("token", "desk")
    assert (told["export.transcript"]["agent_id"], told["export.transcript"]["about_id"]) == (str(mei.id), str(id_))
    whole = str(rows)
    assert not [
        one for one in (SECRET, SECRET[::-1], "not-to-be-read", "hidden", secret, token, "12345") if one in whole
    ]


async def test_the_log_is_filtered_and_paged_and_for_administrators_only(front: Front) -> None:
    _, people = await front.opens("Filtered", "mei")
    boss, mei = people["boss"], people["mei"]
    await boss.patch(f"/api/agents/{mei.id}", {"role": "supervisor"})
    for name in ("a", "b"):
        await mei.post("/api/queues", {"name": name})
    front.world.clock.forward(hours=2)
    await boss.post("/api/queues", {"name": "=1+1"})
    everything = await entries(boss)
    assert await entries(boss, limit=1) == everything
    assert [row["about"] for row in await entries(boss, area="queue", limit=2)] == ["=1+1", "b", "a"]
    assert [row["about"] for row in await entries(boss, area="queue", agent_id=str(mei.id))] == ["b", "a"]
    assert {row["name"] for row in await entries(boss, agent_id=str(boss.id))} == {"boss"}
    hour_ago = (front.world.clock() - timedelta(hours=1)).isoformat()
    assert [row["about"] for row in await entries(boss, since=hour_ago)] == ["=1+1"]
    assert "=1+1" not in [row["about"] for row in await entries(boss, until=hour_ago)]
    assert (await boss.get("/api/audit", after="nonsense")).status_code == 422
    assert (await mei.get("/api/audit")).json()["error"] == "not_allowed"
    table = (await boss.get("/api/audit/table", area="queue")).content.decode("utf-8-sig")
    assert [line["about"] for line in csv.DictReader(io.StringIO(table))] == ["'=1+1", "b", "a"]
    assert (await entries(boss))[0]["action"] == "export.audit"
    _, strangers = await front.opens("Other")
    assert not {row["id"] for row in await entries(strangers["boss"])} & {row["id"] for row in everything}


async def test_who_came_in_and_who_did_not_stands_there(front: Front) -> None:
    _, people = await front.opens("Doors", "mei")
    boss, mei = people["boss"], people["mei"]
    async with front.world.house.db.directory() as directory:
        who = await access.find_person(directory, mei.email)
        assert who is not None
        await access.set_password(directory, who.id, PASSWORD)
    browser: httpx.AsyncClient = front.stranger(**{"x-forwarded-for": "198.51.100.9"})
    for password in ("wrong-one-99", PASSWORD):
        await browser.post("/api/sign-in", json={"email": mei.email, "password": password})
    came, failed, changed = (await entries(boss, area="sign_in"))[:3]
    assert (came["action"], failed["action"]) == ("sign_in.came_in", "sign_in.failed")
    assert (failed["name"], failed["address"], failed["details"]["problem"]) == (
        "mei",
        "198.51.100.9",
        "wrong_password",
    )
    assert changed["action"] == "sign_in.password_set"
    reset = await boss.post(f"/api/agents/{mei.id}/reset-link")
    assert reset.status_code == 201
    link = (await entries(boss, area="agent"))[0]
    assert (link["action"], link["details"]["email"]) == ("agent.link_reset", mei.email)
    assert reset.json()["url"].rsplit("/", 1)[1] not in str(link)


@pytest.mark.parametrize("role", ["guanxi_app", "guanxi_directory"])
@pytest.mark.parametrize(
    "statement", ["update audit_entry set action = 'x'", "delete from audit_entry", "truncate audit_entry"]
)
async def test_nobody_of_the_house_takes_an_entry_back(server: Server, role: str, statement: str) -> None:
    connection = await asyncpg.connect(**server.connect_args(role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_entries_go_when_their_days_are_over_and_not_before(front: Front) -> None:
    shop, people = await front.opens("Old")
    async with front.world.house.db.transaction(shop.id) as tx:
        tx.now -= timedelta(days=401)
        await audit.record(tx, "queue.added", about_id=uuid4(), about="old one")
    async with front.world.house.db.transaction(shop.id) as tx:
        assert await audit.forget_old(tx, tx.now - timedelta(days=400), 100) == 1
        assert await audit.forget_old(tx, tx.now + timedelta(days=1), 100) == 0  # nor by a mistake in the settings
    assert "old one" not in [row["about"] for row in await entries(people["boss"])]
