"""A house is put into a file and lives on elsewhere; what is no whole backup changes nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from guanxi import conversations
from guanxi.backup import PORTABLE, back_up, restore
from guanxi.content import Text
from guanxi.infra.archive import ArchiveRefused
from guanxi.infra.postgres import Server, start_embedded
from guanxi.settings import Settings
from tests.databases import open_folder, run_as_owner
from tests.http.desk import arrives
from tests.stories.test_line_message import SECRETS
from tests.world import Shop, World, open_world


def quiet(step: str) -> None:
    """Nobody reads the steps here."""


async def ask(server: Server, sql: str, *args: Any) -> Any:
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        return await connection.fetchval(sql, *args)
    finally:
        await connection.close()


@dataclass
class Lived:
    """A house in which something has happened, and its backup."""

    world: World
    shop: Shop
    inbox: UUID
    talk: UUID
    file: str
    path: Path

    @property
    def settings(self) -> Settings:
        return self.world.house.settings


async def reply(shop: Shop, conversation_id: UUID, text: str) -> int:
    async with shop.world.house.db.transaction(shop.id) as tx:
        return await conversations.reply(
            tx, conversation_id, id=uuid4(), content=Text(text), agent_id=shop.agents["林薇"]
        )


@pytest_asyncio.fixture(scope="module")
async def lived(server: Server) -> AsyncIterator[Lived]:
    with open_folder() as folder:
        async with open_world(server, folder) as world:
            connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
            await connection.execute("set synchronous_commit = off")
            for _ in range(3000):  # so that a new server's transactions have lower numbers for long
                await connection.execute("select pg_current_xact_id()")
            await connection.close()
            shop = await world.shop("青禾陶作")
            inbox = (await shop.connects("line", secrets=SECRETS)).inbox_id
            talk = await arrives(shop, inbox, "U1", "第一句")
            await world.follow_everything(shop.id)
            await arrives(shop, inbox, "U1", "第二句")  # nobody has followed this yet
            await reply(shop, talk, "马上")  # on its way
            stored = await world.house.media.put(shop.id, b"%PDF-1.7 a receipt", "receipt.pdf")
            path = folder / "house.backup"
            await back_up(world.house.settings, server, path, with_key=True, on_step=quiet)
            yield Lived(world, shop, inbox, talk, stored.key, path)


@pytest_asyncio.fixture
async def elsewhere(server: Server) -> AsyncIterator[tuple[Server, Settings]]:
    """A place for a house: the name of a database that is not there yet, and an empty folder."""
    place = replace(server, database=f"elsewhere_{uuid4().hex[:8]}")
    with open_folder() as folder:
        yield place, Settings(data=folder)
    for name in (place.database, f"{place.database}_restoring", f"{place.database}_before"):
        await run_as_owner(server, f"drop database if exists {name} with (force)")


async def test_a_house_lives_on_where_transactions_have_lower_numbers(lived: Lived) -> None:
    with open_folder() as folder:
        data = folder / "new"
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "guanxi", "restore", str(lived.path), "--data", str(data),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ | {"DATABASE_URL": ""},
        )  # fmt: skip
        said, _ = await program.communicate()
        assert program.returncode == 0, said.decode()
        embedded = await start_embedded(data)
        try:
            numbers = "select max(xid::text::bigint) from event"
            assert await ask(lived.world.house.db.server, numbers) > await ask(
                embedded.server, "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
            ), "the new server must be younger, or this shows nothing"
            async with open_world(embedded.server, data) as world:
                shop = Shop(world, lived.shop.id, lived.shop.agents)
                assert await world.house.media.read(shop.id, lived.file) == b"%PDF-1.7 a receipt"
                await world.follow_everything(shop.id)
                await arrives(shop, lived.inbox, "U1", "新家的第一句")
                await world.follow_everything(shop.id)
                async with world.house.db.reading(shop.id) as tx:
                    indexed = await tx.fetch("select seq from search_message where workspace_id = $1", shop.id)
                    received = await tx.fetchval(
                        """select sum(count) from report_figure where workspace_id = $1 and measure = 'received'
                             and agent_id = '00000000-0000-0000-0000-000000000000'""",
                        shop.id,
                    )
                    sent = await tx.fetchrow(
                        "select state, reason from message where workspace_id = $1 and author = 'agent'", shop.id
                    )
                assert sorted(row["seq"] for row in indexed) == [0, 1, 2, 3, 4]  # with the name
                assert received == 3
                assert (sent["state"], sent["reason"]) == ("unknown", "restored")
                await world.send_everything()  # nothing goes out a second time: no platform is there to be called
                assert await ask(embedded.server, "select count(*) from job_dead") == 0
        finally:
            await embedded.stop()


async def test_what_a_broken_or_foreign_file_holds_is_refused_and_nothing_changes(
    lived: Lived, elsewhere: tuple[Server, Settings]
) -> None:
    place, settings = elsewhere
    whole = lived.path.read_bytes()
    bad = settings.data / "bad.backup"

    def changed(name: str, body: bytes | None) -> None:
        """The backup with one member other, or gone."""
        with zipfile.ZipFile(lived.path) as source, zipfile.ZipFile(bad, "w") as target:
            for one in source.namelist():
                if one != name:
                    target.writestr(one, source.read(one))
                elif body is not None:
                    target.writestr(one, body)

    async def refused(word: str) -> None:
        with pytest.raises(ArchiveRefused, match=word):
            await restore(settings, place, bad, replace_all=True, on_step=quiet)
        assert (
            await ask(
                lived.world.house.db.server,
                "select count(*) from pg_database where datname like $1",
                f"{place.database}%",
            )
            == 0
        )
        assert list(settings.data.iterdir()) == [bad]

    bad.write_bytes(whole[: len(whole) // 2])
    await refused("cut off")
    bad.write_bytes(b"")
    await refused("cut off")
    flipped = bytearray(whole)
    at = whole.index(b"tables/message.copy") + 40
    flipped[at] ^= 0x10
    bad.write_bytes(bytes(flipped))
    await refused("damaged")
    with zipfile.ZipFile(bad, "w") as foreign:
        foreign.writestr("hello.txt", "a holiday")
    await refused("not a backup")
    changed("tables/contact.copy", b"not what was written")
    await refused("damaged")
    changed("tables/contact.copy", None)
    await refused("other files")
    with zipfile.ZipFile(lived.path) as source:
        manifest = source.read("manifest.json")
    changed("manifest.json", manifest.replace(b"0001_first_house", b"0999_later_house"))
    await refused("newer version")
    changed("manifest.json", manifest.replace(b'"version": 1', b'"version": 2'))
    await refused("newer version")
    changed("manifest.json", manifest.replace(b"tables/contact.copy", b"../../../contact.copy"))
    await refused("other files")


async def test_a_house_with_people_in_it_is_lost_only_when_asked(lived: Lived, own_server: Server) -> None:
    with open_folder() as folder:
        async with open_world(own_server, folder) as world:
            await world.shop("别家")
            with pytest.raises(ArchiveRefused, match="connected"):
                await restore(world.house.settings, own_server, lived.path, replace_all=True, on_step=quiet)
        settings = Settings(data=folder)
        with pytest.raises(ArchiveRefused, match="--replace"):
            await restore(settings, own_server, lived.path, replace_all=False, on_step=quiet)
        assert await ask(own_server, "select array_agg(name) from workspace") == ["别家"]
        told = await restore(settings, own_server, lived.path, replace_all=True, on_step=quiet)
        assert await ask(own_server, "select array_agg(name) from workspace") == ["青禾陶作"]
        assert await ask(own_server, "select count(*) from sign_in") == 0
        key = (lived.settings.data / "master.key").read_text()
        assert ((folder / "master.key").read_text(), (folder / "master.key").stat().st_mode & 0o777) == (key, 0o600)
        assert (folder / "master.key.before").exists()
        assert "master.key.before" in " ".join(told)


async def test_a_backup_without_the_key_says_so_and_never_overwrites(
    lived: Lived, elsewhere: tuple[Server, Settings]
) -> None:
    place, settings = elsewhere
    path = settings.data / "plain.backup"
    await back_up(lived.settings, lived.world.house.db.server, path, with_key=False, on_step=quiet)
    key = (lived.settings.data / "master.key").read_bytes().strip()
    with zipfile.ZipFile(path) as written:
        assert not [name for name in written.namelist() if key in written.read(name)]
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ArchiveRefused, match="exists already"):
        await back_up(lived.settings, lived.world.house.db.server, path, with_key=False, on_step=quiet)
    told = await restore(settings, place, path, replace_all=False, on_step=quiet)
    assert "no master key" in " ".join(told)
    shutil.copy(lived.settings.data / "master.key", settings.data)
    async with open_world(place, settings.data) as world:
        door = await world.doors.get(lived.shop.id, lived.inbox)
        assert door is not None, "the inbox opens with its key"


async def test_a_backup_of_a_busy_house_is_of_one_moment(lived: Lived, elsewhere: tuple[Server, Settings]) -> None:
    place, settings = elsewhere
    path = settings.data / "busy.backup"
    busy = asyncio.Event()
    wrote = 0

    async def write() -> None:
        nonlocal wrote
        while not busy.is_set():
            await arrives(lived.shop, lived.inbox, f"V{wrote % 5}", "a", "b")
            wrote += 1

    writing = asyncio.create_task(write())
    while wrote < 5:
        await asyncio.sleep(0.01)
    before = wrote
    await back_up(lived.settings, lived.world.house.db.server, path, with_key=False, on_step=quiet)
    assert wrote > before, "it was quiet: this shows nothing"
    busy.set()
    await writing
    await restore(settings, place, path, replace_all=False, on_step=quiet)
    assert (
        await ask(
            place,
            "select count(*) from conversation c where last_seq <> (select count(*) from message m where m.conversation_id = c.id)",
        )
        == 0
    )
    assert await ask(place, "select count(*) from message where author = 'contact'") == await ask(
        place, "select count(*) from event where kind = 'message.received'"
    )
    assert await ask(place, "select count(*) from message") >= 2 * before


async def test_every_number_of_a_transaction_is_known_to_the_backup(server: Server) -> None:
    found = await ask(
        server,
        """select array_agg(table_name || '.' || column_name) from information_schema.columns
           where table_schema = 'public' and udt_name = 'xid8'""",
    )
    assert found
    assert [name for name in found if name not in PORTABLE.columns] == []
