"""The house of the first version is brought up to date: everything in it is still there, and it works on."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio

from guanxi import channels
from guanxi.channel_kit import limits_as_set
from guanxi.infra.migrations import default_folder, migrate
from guanxi.infra.postgres import Embedded, Server
from tests.databases import open_folder, run_as_owner
from tests.http.desk import Agent, open_front
from tests.world import Shop

FIRST = ("0001_first_house", "0002_waiting_lists")
FROZEN = Path(__file__).parent / "frozen" / "first_house.sql"


@pytest_asyncio.fixture
async def old(embedded: Embedded) -> AsyncIterator[Server]:
    """A database as the first version left it."""
    server = replace(embedded.server, database=f"old_{uuid4().hex[:8]}")
    await run_as_owner(server, f"create database {server.database}")
    with open_folder() as folder:
        for name in FIRST:
            shutil.copy(default_folder() / f"{name}.sql", folder)
        await migrate(server, folder=folder)
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    await connection.execute(FROZEN.read_text(encoding="utf-8"))
    await connection.close()
    yield server
    await run_as_owner(server, f"drop database {server.database} with (force)")


async def everything(server: Server) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        tables = await connection.fetch(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        )
        return {
            name: [
                json.loads(row["t"]) for row in await connection.fetch(f'select to_jsonb(t)::text as t from "{name}" t')
            ]
            for (name,) in tables
            if name != "schema_migration"
        }
    finally:
        await connection.close()


async def test_the_first_house_keeps_everything_and_works_on(old: Server) -> None:
    before = await everything(old)
    assert {name for name, rows in before.items() if rows} >= {
        "message",
        "event",
        "inbound_event",
        "job",
        "quick_phrase",
    }
    assert await migrate(old) != []
    after = await everything(old)
    assert set(before) - set(after) == {"report_day"}, "its numbers are in report_figure, as the report below shows"
    for table, rows in before.items():
        for row in rows if table in after else ():
            assert [one for one in after[table] if row.items() <= one.items()], (table, row)

    with open_folder() as folder:
        found = re.search(r"key ([0-9a-f]{64})", FROZEN.read_text(encoding="utf-8"))
        assert found
        (folder / "master.key").write_text(found[1])
        async with open_front(old, folder) as front:
            front.world.clock.at = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
            workspace = next(row for row in before["workspace"] if row["name"] == "青禾陶作")
            lin = next(
                row for row in before["agent"] if row["workspace_id"] == workspace["id"] and row["name"] == "林薇"
            )
            shop = Shop(front.world, UUID(workspace["id"]), {"林薇": UUID(lin["id"])})
            desk = await front.signs_in(shop.id, UUID(lin["person_id"]), UUID(lin["id"]))
            texts = await read(desk)
            assert {"杯子什么时候发货？", "hello?", "yes, twice", "ask the kiln", "🎉", "サイズ交換"} <= texts

            inbox = next(row for row in before["inbox"] if row["workspace_id"] == workspace["id"])
            assert await front.world.doors.get(shop.id, UUID(inbox["id"])) is not None, "its secrets open"
            talks = (await desk.get("/api/conversations", view="queue")).json()["rows"]
            answer = await desk.post(
                f"/api/conversations/{talks[0]['id']}/replies",
                {"id": str(uuid4()), "content": {"kind": "text", "text": "the house goes on"}},
            )
            assert answer.is_success, answer.text
            await front.world.follow_everything(shop.id)
            assert "the house goes on" in await read(desk)
            hits = (await desk.get("/api/conversations", view="all", q="goes on")).text
            assert talks[0]["id"] in hits
            page = (await desk.get("/api/reports", first="2026-11-20", last="2026-11-20")).json()
            was = sum(row["received"] for row in before["report_day"])
            assert page["total"]["received"] == was > 0


async def read(desk: Agent) -> set[str]:
    """The texts of all conversations, as the desk shows them."""
    texts: set[str] = set()
    for view in ("all", "snoozed", "resolved"):
        for row in (await desk.get("/api/conversations", view=view)).json()["rows"]:
            thread = (await desk.get(f"/api/conversations/{row['id']}/messages")).json()
            texts |= {one["content"].get("text", "") for one in thread["rows"]}
    return texts


async def test_what_two_channels_settings_said_of_limits_goes_on_as_limits_of_the_inbox(embedded: Embedded) -> None:
    server = replace(embedded.server, database=f"old_{uuid4().hex[:8]}")
    await run_as_owner(server, f"create database {server.database}")
    workspace = uuid4()
    before = {
        "bot": ("kakao", {"way": "bot", "text_limit": "800", "outputs_limit": "2"}),
        "usual": ("kakao", {"way": "bot", "text_limit": "1000"}),
        "other page": ("weibo", {"uid": "1", "window_hours": "72", "window_replies": "3", "mention_replies": "0"}),
        "as it was": ("weibo", {"uid": "2", "window_hours": "48", "window_replies": "0", "mention_replies": "1"}),
        "line": ("line", {"text_limit": "of nobody"}),
    }
    try:
        with open_folder() as folder:
            for file in sorted(default_folder().glob("*.sql")):
                if file.name < "0026":
                    shutil.copy(file, folder)
            await migrate(server, folder=folder)
        connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
        try:
            await connection.execute(
                "insert into workspace (id, name, created_at) values ($1, $2, now())", workspace, "old"
            )
            for name, (channel, settings) in before.items():
                await connection.execute(
                    """insert into inbox (workspace_id, id, channel, name, address, settings, queue_id, created_at)
                       values ($1, $2, $3, $4, $4, $5::jsonb, $2, now())""",
                    workspace, uuid4(), channel, name, json.dumps(settings),
                )  # fmt: skip
            assert await migrate(server) != []
            rows = await connection.fetch("select name, channel, settings::text as settings from inbox")
        finally:
            await connection.close()
    finally:
        await run_as_owner(server, f"drop database {server.database} with (force)")
    after = {row["name"]: json.loads(row["settings"]) for row in rows}
    assert {key: value for key, value in after["bot"].items() if key.startswith("limit.")} == {
        "limit.sends.text.characters": "800",
        "limit.sends.choices.characters": "800",
    }
    assert after["bot"]["outputs_limit"] == "2"
    assert (after["usual"], after["as it was"], after["line"]) == ({"way": "bot"}, {"uid": "2"}, before["line"][1])
    windows = limits_as_set(channels.get("weibo").manifest, after["other page"]).reply_windows
    assert {(one.replies, one.seconds) for one in windows if one.by != "mention"} == {(3, 72 * 3600)}
    assert [(one.replies, one.seconds) for one in windows if one.by == "mention"] == [(0, 72 * 3600)]
    assert not [key for row in after.values() for key in row if key.startswith(("window_", "mention_"))]
