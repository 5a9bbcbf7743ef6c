"""A house is put into a file and lives on elsewhere; what is no whole backup changes nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from guanxi import access, conversations
from guanxi.backup import PORTABLE, back_up, look_at
from guanxi.backup import restore as restore_what_was_looked_at
from guanxi.content import Text
from guanxi.demo import platforms
from guanxi.infra.archive import ArchiveRefused
from guanxi.infra.migrations import MigrationRefused
from guanxi.infra.postgres import Embedded, Server, start_embedded
from guanxi.settings import Settings
from tests.databases import open_folder, run_as_owner
from tests.http.desk import arrives
from tests.infra.test_files import KEY_ID, REGION, SECRET, Store
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


async def restore(settings: Settings, server: Server, path: Path, **asked: Any) -> Sequence[str]:
    return await restore_what_was_looked_at(settings, server, look_at(path), **asked)


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
            async with world.house.db.transaction(shop.id) as tx:
                await access.make_access_token(tx, shop.agents["林薇"], name="ERP", scopes=["read"], expires_at=None)
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
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guanxi", "restore", str(bad), "--data", str(settings.data / "new"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ | {"DATABASE_URL": ""},
    )  # fmt: skip
    said, _ = await program.communicate()
    assert program.returncode == 1, said.decode()
    assert b"other files" in said
    assert list(settings.data.iterdir()) == [bad], "nothing is set up for what cannot be taken"


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
        assert await ask(own_server, "select count(*) from access_token where expires_at <= now()") == 1
        assert "1 access tokens were ended" in " ".join(told)
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
    told = await restore(settings, place, path, replace_all=False, keeps_tokens=True, on_step=quiet)
    assert ["access tokens live" in sentence for sentence in told].count(True) == 1
    assert await ask(place, "select count(*) from access_token where expires_at is null") == 1
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


ROLES = ("guanxi_app", "guanxi_accept", "guanxi_directory")


@pytest_asyncio.fixture
async def hosted(embedded: Embedded) -> AsyncIterator[Server]:
    """An empty database as a hosting house gives it out: its owner may make nothing beside it, neither database nor role."""
    name = f"hosted_{uuid4().hex[:8]}"
    await run_as_owner(embedded.server, f"create role {name} login nosuperuser nocreatedb nocreaterole")
    await run_as_owner(embedded.server, f"create database {name} owner {name}")
    yield replace(embedded.server, database=name, login=name)  # reached as DATABASE_URL reaches one
    await run_as_owner(embedded.server, f"drop database {name} with (force)")
    await run_as_owner(embedded.server, f"revoke {', '.join(ROLES)} from {name} cascade")
    await run_as_owner(embedded.server, f"drop role {name}")


async def test_who_owns_nothing_but_one_empty_database_restores_into_it(
    lived: Lived, hosted: Server, embedded: Embedded
) -> None:
    with open_folder() as folder:
        settings = Settings(data=folder)

        async def into(server: Server, path: Path = lived.path, **asked: bool) -> str:
            return " ".join(await restore(settings, server, path, on_step=quiet, **asked))

        with pytest.raises(MigrationRefused, match="administrator"):
            await into(hosted)
        for role in ROLES:
            await run_as_owner(embedded.server, f"grant {role} to {hosted.login} with admin option")

        with zipfile.ZipFile(lived.path) as source, zipfile.ZipFile(folder / "less.backup", "w") as target:
            for one in source.namelist():
                body = source.read(one)
                target.writestr(one, more_rows(body) if one == "manifest.json" else body)
        with pytest.raises(ArchiveRefused, match="rows"):
            await into(hosted, folder / "less.backup")
        tables = "select count(*) from pg_class where relnamespace = 'public'::regnamespace"
        assert await ask(hosted, tables) == 0, "what failed leaves it empty"

        await ask(hosted, "create table theirs as select 1 as n")
        for asked in (False, True):
            with pytest.raises(ArchiveRefused, match="is not empty, and .* may not create one beside it"):
                await into(hosted, replace_all=asked)
        assert await ask(hosted, "select n from theirs") == 1
        await ask(hosted, "drop table theirs")
        with pytest.raises(ArchiveRefused, match="There is no database nowhere"):
            await into(replace(hosted, database="nowhere"))

        await into(hosted)
        async with open_world(hosted, folder) as world:
            shop = Shop(world, lived.shop.id, lived.shop.agents)
            await arrives(shop, lived.inbox, "U1", "新家的第一句")
            await world.follow_everything(shop.id)
            assert await ask(hosted, "select count(*) from search_message where seq > 0") == 4
        with pytest.raises(ArchiveRefused, match="is not empty"):
            await into(hosted, replace_all=True)
        assert await ask(hosted, "select count(*) from search_message where seq > 0") == 4


def more_rows(manifest: bytes) -> bytes:
    """The list of a backup with a row more in one table than there is."""
    said = msgspec.json.decode(manifest)
    for table in said["tables"]:
        table["rows"] += table["name"] == "message"
    return msgspec.json.encode(said)


async def test_files_in_a_bucket_come_along_when_asked_for_and_are_missed_when_not(
    lived: Lived, elsewhere: tuple[Server, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, settings = elsewhere
    store = Store()
    async with platforms.serve(store) as base:
        for name, value in (
            ("ENDPOINT_URL", base), ("ACCESS_KEY_ID", KEY_ID), ("SECRET_ACCESS_KEY", SECRET), ("REGION", REGION),
        ):  # fmt: skip
            monkeypatch.setenv(f"AWS_{name}", value)
        there = msgspec.structs.replace(lived.settings, media_store="s3://shop-files/guanxi")
        inside = f"/shop-files/guanxi/{lived.shop.id}/{lived.file[:2]}/{lived.file}"
        store.kept[inside] = b"%PDF-1.7 a receipt"
        async with lived.world.house.db.transaction(lived.shop.id) as tx:
            await tx.execute(
                """insert into media (workspace_id, key, type, size, created_at)
                   values ($1, $2, 'application/pdf', 18, now()) on conflict do nothing""",
                lived.shop.id,
                lived.file,
            )
        server = lived.world.house.db.server
        without, within = settings.data / "without.backup", settings.data / "within.backup"
        made = await back_up(there, server, without, with_key=True, on_step=quiet)
        assert made.notes["files"] == "in s3://shop-files/guanxi"
        assert not [name for name in made.members if name.startswith("media/")]
        made = await back_up(there, server, within, with_key=True, with_files=True, on_step=quiet)
        assert [name for name in made.members if name.startswith("media/")] == [
            f"media/{lived.shop.id}/{lived.file[:2]}/{lived.file}"
        ]

        told = " ".join(await restore(settings, place, without, on_step=quiet))
        assert "1 of 1 files that messages name are not in" in told
        assert "were not in the backup: they are in s3://shop-files/guanxi" in told
        told = " ".join(await restore(settings, place, within, replace_all=True, on_step=quiet))
        assert "files" not in told
        local = settings.data / "media" / str(lived.shop.id) / lived.file[:2] / lived.file
        assert local.read_bytes() == b"%PDF-1.7 a receipt"

        store.kept.clear()  # and back again, from a folder's backup into an empty bucket
        bucket = msgspec.structs.replace(settings, media_store="s3://shop-files/guanxi")
        await restore(bucket, place, within, replace_all=True, on_step=quiet)
        assert store.kept == {inside: b"%PDF-1.7 a receipt"}
        store.is_broken = True
        with pytest.raises(ArchiveRefused, match="could not be put into s3://"):
            await restore(bucket, place, within, replace_all=True, on_step=quiet)
        with pytest.raises(ArchiveRefused, match="no backup"):
            await back_up(there, server, settings.data / "third.backup", with_key=True, with_files=True, on_step=quiet)
        assert not list(settings.data.glob("third*"))


async def test_every_number_of_a_transaction_is_known_to_the_backup(server: Server) -> None:
    found = await ask(
        server,
        """select array_agg(table_name || '.' || column_name) from information_schema.columns
           where table_schema = 'public' and udt_name = 'xid8'""",
    )
    assert found
    assert [name for name in found if name not in PORTABLE.columns] == []
