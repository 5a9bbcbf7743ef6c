"""What tests of this folder stand on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.channels.application import Connected, connect


@pytest_asyncio.fixture
async def connected(own_server: Server, tmp_path: Path) -> AsyncIterator[Connected]:
    async with connect(own_server, tmp_path) as one:
        yield one
