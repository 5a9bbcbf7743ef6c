"""Whether a contact follows the account is known, so that nobody writes to somebody who cannot be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanxi.infra.postgres import Server
from tests.places import Place, open_place

pytestmark = pytest.mark.asyncio
YUKI = "U" + "1" * 32


async def follows(place: Place) -> bool:
    await place.world.read_everything()
    async with place.world.house.db.reading(place.shop.id) as tx:
        return bool(await tx.fetchval("select followed from identity where workspace_id = $1", place.shop.id))


async def test_who_blocks_the_account_does_not_follow_until_he_comes_back(own_server: Server, tmp_path: Path) -> None:
    async with open_place(own_server, tmp_path) as place:
        await place.line.customer_says(YUKI, "もしもし")
        assert await follows(place)
        await place.line.customer_leaves(YUKI)
        assert not await follows(place)
        await place.line.customer_follows(YUKI, unblocked=True)
        assert await follows(place)
        await place.line.customer_leaves(YUKI)
        await place.line.customer_says(YUKI, "また来ました")
        assert await follows(place)
