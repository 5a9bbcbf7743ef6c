"""Databases as wholes: is one there, is it empty, and may our login make another one beside it?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import asyncpg
import msgspec

from guanxi.infra.postgres import Server
from guanxi.infra.postgres_binaries import PostgresUnusable


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What was found where a database is to stand."""

    is_there: bool
    is_empty: bool  # no table of it holds a row that anybody would miss
    others: int  # who is connected to it, besides us
    may_make: bool  # our login may create databases, and rename this one
    login: str


async def look(server: Server, *, unmissed: Collection[str]) -> Place:
    """`unmissed` are tables whose rows do not count. Raises PostgresUnusable when there is nobody to ask."""
    args = server.connect_args("guanxi_owner")
    try:
        try:
            connection, is_there = await asyncpg.connect(**args), True
        except asyncpg.InvalidCatalogNameError:
            connection, is_there = await asyncpg.connect(**args | {"database": "postgres"}), False
    except (OSError, asyncpg.PostgresError) as error:
        raise PostgresUnusable(f"The database {server.database} cannot be reached: {error}.") from error
    try:
        row = await connection.fetchrow(LOOK, server.database)
        is_empty = not is_there or await _is_empty(connection, unmissed)
    finally:
        await connection.close()
    return Place(
        is_there=is_there, is_empty=is_empty, others=row["others"], may_make=row["may_make"], login=row["login"]
    )


LOOK = """select current_user::text as login,
    (select rolsuper or rolcreatedb from pg_roles where rolname = current_user)
      and coalesce((select pg_has_role(current_user, datdba, 'usage') from pg_database where datname = $1), true)
      and coalesce((select has_database_privilege(oid, 'connect') from pg_database where datname = 'postgres'), false)
      as may_make,
    (select count(*) from pg_stat_activity
      where datname = $1 and backend_type = 'client backend' and pid <> pg_backend_pid()) as others"""

# What extensions have brought along belongs to them.
RELATIONS = """select c.relname::text as name, c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'usage') as is_our_table
  from pg_class c
  where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')"""


async def _is_empty(connection: Any, unmissed: Collection[str]) -> bool:
    for row in await connection.fetch(RELATIONS):
        if not row["is_our_table"]:
            return False
        if row["name"] not in unmissed and await connection.fetchval(f'select exists (select from "{row["name"]}")'):
            return False
    return True


async def clear(server: Server) -> None:
    """Take out every table and function that no extension owns. Only for what `look` found empty, or we have made."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        await connection.execute(CLEAR)
    finally:
        await connection.close()


CLEAR = """do $$
declare name text;
begin
  for name in select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  loop
    execute 'drop table if exists ' || name || ' cascade';
  end loop;
  for name in select p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'public'::regnamespace and pg_has_role(p.proowner, 'usage')
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  loop
    execute 'drop routine if exists ' || name || ' cascade';
  end loop;
end $$"""


async def run_beside(server: Server, statements: Sequence[str]) -> None:
    """Statements about databases, which cannot run inside the one that they are about."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner") | {"database": "postgres"})
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
