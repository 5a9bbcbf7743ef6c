"""What every test may ask for: the one embedded server, and a fresh database for the test's module."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import settings

from guanxi.infra.postgres import Embedded, Server
from tests.databases import fresh_database, running_server

# The same examples in every run, so that what passed once passes again; `bin/test --long` draws new ones each time.
settings.register_profile("same", derandomize=True)
settings.register_profile("new", max_examples=2000, deadline=None)
settings.load_profile("new" if os.environ.get("GUANXI_TEST_LONG") == "1" else "same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is marked `long`, unless asked for."""
    if os.environ.get("GUANXI_TEST_LONG") != "1":
        for item in items:
            if "long" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="long: run with bin/test --long"))


@pytest_asyncio.fixture(scope="session")
async def embedded() -> AsyncIterator[Embedded]:
    """One PostgreSQL for the whole run."""
    async with running_server() as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def server(embedded: Embedded) -> AsyncIterator[Server]:
    """A migrated, empty database shared by the tests of one module."""
    async with fresh_database(embedded) as fresh:
        yield fresh


@pytest_asyncio.fixture
async def own_server(embedded: Embedded) -> AsyncIterator[Server]:
    """A migrated, empty database for one test alone."""
    async with fresh_database(embedded) as fresh:
        yield fresh
