"""The walls in the database hold, and do not wall in whoever owns it without being a superuser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from guanxi.doctor import examine
from guanxi.infra.migrations import migrate
from guanxi.infra.postgres import Embedded, Server
from guanxi.settings import Settings
from tests.databases import run_as_owner
from tests.http.desk import arrives
from tests.stories.test_line_message import SECRETS
from tests.world import open_world

pytestmark = pytest.mark.asyncio


async def test_an_owner_who_is_no_superuser_can_search_and_examine(embedded: Embedded, tmp_path: Path) -> None:
    """Hosted databases give nobody a superuser; search runs as the owner, and row-level security is forced on him."""
    name = f"plain_{uuid4().hex[:8]}"
    await run_as_owner(embedded.server, f"create role {name} login createrole")
    for role in ("guanxi_app", "guanxi_accept", "guanxi_directory"):
        await run_as_owner(embedded.server, f"grant {role} to {name} with admin option")
    await run_as_owner(embedded.server, f"create database {name} owner {name}")
    owned = replace(embedded.server, database=name, login=name)  # reached as DATABASE_URL reaches one
    try:
        await migrate(owned)
        async with open_world(owned, tmp_path) as world:
            shop = await world.shop("Kotori")
            door = await shop.connects("line", secrets=SECRETS)
            await arrives(shop, door.inbox_id, "U1", "订单没有发货")
            await world.follow_everything(shop.id)
            async with world.house.db.transaction(shop.id) as tx:
                number = await tx.fetchval("select number from workspace where id = $1", shop.id)
                found = await tx.fetch(
                    "select * from said_with($1::text[]::tsquery[], 'infinity', $2, 0, 10)",
                    [f"'{number}:订单'"],
                    shop.id,
                )
                await tx.execute("update message set state = 'unknown' where workspace_id = $1", shop.id)
            assert len(found) == 1
            findings = {one.about: one for one in await examine(Settings(data=tmp_path), owned)}
            assert not findings["deliveries unknown"].is_well
    finally:
        await run_as_owner(embedded.server, f"drop database {name} with (force)")
        await run_as_owner(embedded.server, f"revoke guanxi_app, guanxi_accept, guanxi_directory from {name} cascade")
        await run_as_owner(embedded.server, f"drop role {name}")


REFUSED = [
    ("guanxi_app", "select from person"),
    ("guanxi_app", "select from sign_in"),
    ("guanxi_app", "select from link"),
    ("guanxi_app", "insert into workspace (id, name, created_at) values (gen_random_uuid(), 'x', now())"),
    ("guanxi_accept", "select from inbound_event"),
    ("guanxi_accept", "update inbound_event set state = 1"),
    ("guanxi_accept", "select from inbox"),
    ("guanxi_directory", "select from message"),
    ("guanxi_directory", "select from contact"),
    ("guanxi_directory", "select from job"),
    ("guanxi_directory", "select body from inbound_event"),
    ("guanxi_directory", "update inbound_event set attempts = 0"),
    ("guanxi_directory", "update inbox set name = 'x'"),
    ("guanxi_directory", "update workspace set name = 'x'"),
    ("guanxi_directory", "update queue set name = 'x'"),
    ("guanxi_directory", "update agent set name = 'x'"),
    (
        "guanxi_directory",
        "insert into inbound_lane (workspace_id, inbox_id) values (gen_random_uuid(), gen_random_uuid())",
    ),
    ("guanxi_directory", "delete from pool_hold"),
]


@pytest.mark.parametrize(("role", "statement"), REFUSED)
async def test_no_role_may_do_what_it_never_does(server: Server, role: str, statement: str) -> None:
    connection = await asyncpg.connect(**server.connect_args(role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_every_table_with_rows_of_workspaces_or_people_is_walled(server: Server) -> None:
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        bare = await connection.fetch(
            """select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
               and not (relrowsecurity and relforcerowsecurity) and relname <> 'schema_migration'"""
        )
    finally:
        await connection.close()
    assert [row["relname"] for row in bare] == []
