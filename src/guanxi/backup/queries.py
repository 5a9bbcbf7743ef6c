"""What a backup asks of the database as a whole, and what a restored one is told. As the owner, across workspaces."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import msgspec

from guanxi.infra.postgres import Server
from guanxi.infra.sql import Caller


class File(msgspec.Struct, frozen=True):
    """A file that a message names: its place in the store, and its size in bytes."""

    path: str
    size: int


async def files_of(server: Server, *, newest: int | None = None) -> Sequence[File]:
    """The files of all workspaces, the newest first."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        rows = await connection.fetch(
            "select workspace_id, key, size from media order by created_at desc limit $1", newest
        )
    finally:
        await connection.close()
    return [File(f"{row['workspace_id']}/{row['key'][:2]}/{row['key']}", row["size"]) for row in rows]


async def end_tokens(server: Server) -> int:
    """End every access token that still opens the door; returns how many those were."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        done = await connection.execute(
            "update access_token set expires_at = now() where expires_at is null or expires_at > now()"
        )
    finally:
        await connection.close()
    return int(done.rsplit(" ", 1)[-1])


async def write_down(server: Server, action: str, who: Caller) -> None:
    """An entry in the audit log of every workspace; none where the database is older than the log."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        if await connection.fetchval("select to_regclass('public.audit_entry') is not null"):
            await connection.execute(
                """insert into audit_entry (workspace_id, id, at, area, action, name, means)
                   select id, gen_random_uuid(), now(), 'command', $1, $2, $3 from workspace""",
                action,
                who.name,
                who.means,
            )
    finally:
        await connection.close()


async def living_tokens(server: Server) -> int:
    """How many access tokens open the door."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        return int(
            await connection.fetchval(
                "select count(*) from access_token where expires_at is null or expires_at > now()"
            )
        )
    finally:
        await connection.close()


async def has_people(server: Server) -> bool:
    """Is there a workspace in this database?"""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        if await connection.fetchval("select to_regclass('public.workspace') is null"):
            return False
        return bool(await connection.fetchval("select exists (select from workspace)"))
    finally:
        await connection.close()
