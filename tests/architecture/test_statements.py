"""Every SQL statement of the package prepares against the migrated schema."""

import re

import asyncpg
import pytest

from guanxi.infra.postgres import Server
from tests.architecture.statements import Statement, statements

# Utility statements of the ground itself have no plan, or stand in another schema than ours.
UNPLANNED = re.compile(r"^\s*(set|listen|create|drop|begin|commit|rollback|lock)\b", re.IGNORECASE)


async def problems(server: Server, found: list[Statement]) -> list[str]:
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    told: list[str] = []
    try:
        for statement in found:
            if statement.sql is None or UNPLANNED.match(statement.sql):
                continue
            try:
                await connection.prepare(statement.sql)
            except asyncpg.PostgresError as error:
                told.append(f"{statement.place}: {error}")
    finally:
        await connection.close()
    return told


async def test_every_statement_prepares(server: Server) -> None:
    found = list(statements())
    assert len(found) > 100, "the search finds too few to be believed"
    told = await problems(server, found)
    assert told == [], "\n".join(told)


def test_every_statement_can_be_read_in_the_source() -> None:
    hidden = [statement.place for statement in statements() if statement.sql is None]
    assert [place for place in hidden if not place.startswith("infra/")] == []


@pytest.mark.parametrize("sql", ["select no_such_column from message", "selekt 1"])
async def test_a_statement_that_does_not_fit_is_told(server: Server, sql: str) -> None:
    assert await problems(server, [Statement("planted.py:1", sql)]) != []
