"""A house with years of work in it: conversations with what was said in them, findable by words, copied in and indexed afterwards.

The texts are of sentences.py, the tokens are made by the product's own code. With a folder to keep it in, the house is made once for
each generator and stays: it is brought to today's schema, read once to be in memory, and measured where it lies.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import multiprocessing
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from bench.rig.figure import say
from bench.rig.house import Site, open_site
from bench.rig.sentences import Speaker
from bench.rig.shops import Shop, open_shop
from guanxi.infra import search, search_slices
from guanxi.infra.migrations import read_steps
from guanxi.infra.postgres import Server
from guanxi.pipeline.doors import Doors
from tests.databases import open_folder

ROOT = Path(__file__).parents[2]
PRODUCT = ("src/guanxi/infra/search.py",)  # what makes the tokens
EVERY = 20.0  # seconds between two conversations of a workspace
LONG_SAID = 7 * 3600.0  # no conversation lasts longer
AGENTS = 40
CHUNK = 4_000  # conversations
LOADING = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "wal_level": "minimal", "max_wal_senders": "0",
    "max_wal_size": "16GB", "autovacuum": "off", "shared_buffers": "512MB", "maintenance_work_mem": "1GB",
}  # fmt: skip
CHANNELS = ("line", "wechat", "webchat")
TAGS = (
    "vip", "退款", "物流", "发票", "换货", "咨询", "老客户", "批发", "urgent", "refund", "shipping", "返品", "配送", "환불", "배송", "活动",
    "投诉", "好评", "gift", "海外", "定制", "企业", "样品", "展会", "press", "损坏", "漏发", "加急", "媒体", "召回",
)  # fmt: skip
RARE_TAG = "召回"
TABLES = {
    "contact": "workspace_id id name language email phone tags created_at",
    "identity": "workspace_id id inbox_id contact_id external_id name created_at",
    "conversation": "workspace_id id identity_id inbox_id channel state queue_id assignee_id version last_seq last_at last_kind last_text "
    "last_author unread waiting_since assigned_at snoozed_until opened_at resolved_at tags",
    "message": "workspace_id conversation_id seq id inbox_id external_id author agent_id kind content is_note sent_at created_at state",
    "search_message": "workspace_id conversation_id seq at tokens",
    "search_contact": "workspace_id contact_id at tokens",
    "conversation_tag": "workspace_id tag state last_at conversation_id",
    "contact_tag": "workspace_id tag contact_id created_at",
}
# Words that are planted every so many conversations: rare ones, of each language, one of them inside a longer word.
PLANTED = {
    100_003: "想要一个唐三彩的马，有吗？", 70_001: "Is there a piece with zelliges like in Morocco?",
    80_021: "ほうじ茶ラテのカップはありますか？", 90_001: "돌하르방 모양 찻잔 있나요?",
}  # fmt: skip


class Kept(msgspec.Struct, frozen=True):
    """What a house with years in it holds."""

    shops: list[tuple[UUID, list[UUID], list[UUID], UUID]]  # workspace, agents, people, the LINE inbox
    rare_inbox: UUID
    busy: int
    base: float  # the time of the newest message
    conversations: int
    messages: int


class Years(msgspec.Struct, frozen=True):
    """The house that was opened: its shops, the first of which has nine tenths."""

    site: Site
    shops: list[Shop]
    kept: Kept

    @property
    def shop(self) -> Shop:
        return self.shops[0]


class Part(msgspec.Struct, frozen=True):
    """Which conversations of which shop one hand makes, and what it has to know for that."""

    server: Server
    nth: int
    workspace_id: UUID
    number: int
    inboxes: list[UUID]  # two LINE, two WeChat, one web chat, and one in which hardly anything happens
    queue_id: UUID
    agents: list[UUID]
    busy: int
    many: int
    base: float
    first: int
    last: int


@contextlib.asynccontextmanager
async def open_years(conversations: int, *, busy: int, keep: Path | None = None) -> AsyncIterator[Years]:
    """Nine tenths of the conversations are in one shop, and `busy` of them are one agent's; ten messages in each on average."""
    with _folder(keep, conversations) as folder:
        if not (folder / "years.json").exists():
            say(f"{conversations:,} conversations are made in {folder}")
            async with open_site(folder=folder, postgres=LOADING) as site:
                kept = await _make(site, conversations, busy)
            (folder / "years.json").write_bytes(msgspec.json.encode(kept))
        kept = msgspec.json.decode((folder / "years.json").read_bytes(), type=Kept)
        await asyncio.to_thread(_read_once, folder)
        async with open_site(folder=folder, migrated=_migrate) as site:
            doors = Doors(site.house)
            shops = []
            for workspace_id, agents, people, inbox_id in kept.shops:
                door = await doors.get(workspace_id, inbox_id)
                assert door is not None
                shops.append(Shop(workspace_id, tuple(agents), tuple(people), door))
            await site.calm()
            yield Years(site, shops, kept)


@contextlib.contextmanager
def _folder(keep: Path | None, conversations: int) -> Iterator[Path]:
    if keep is None:
        with open_folder() as folder:
            yield folder
        return
    sources = [Path(__file__), Path(__file__).with_name("sentences.py"), *(ROOT / path for path in PRODUCT)]
    key = hashlib.sha256(
        b"".join(source.read_bytes() for source in sources) + str(search_slices.FULL).encode()
    ).hexdigest()[:12]
    folder = keep / f"years-{conversations}-{key}"
    if folder.exists() and not (folder / "years.json").exists():  # somebody was interrupted
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for one in (keep, folder):
        one.chmod(0o711)
    yield folder


def _read_once(folder: Path) -> None:
    """Into memory, as the disk of a house that is in use would be."""
    for path in (folder / "postgres" / "base").rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 22):
                    pass


async def _migrate(server: Server) -> None:
    """Whatever a kept house lacks, in whatever order the numbers came."""
    connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    try:
        done = {row[0] for row in await connection.fetch("select name from schema_migration")}
        for step in read_steps(ROOT / "migrations"):
            if step.name not in done:
                for sql in [step.sql] if step.in_transaction else step.sql.split(";\n"):
                    if any(line.strip() and not line.startswith("--") for line in sql.splitlines()):
                        await connection.execute(sql)
                await connection.execute(
                    "insert into schema_migration (name, checksum) values ($1, $2)", step.name, step.checksum
                )
    finally:
        await connection.close()


async def _make(site: Site, conversations: int, busy: int) -> Kept:
    tenth = conversations // 10
    shops = [await open_shop(site, "years", agents=AGENTS)]
    shops += [await open_shop(site, f"small-{n}", agents=4) for n in range(4)]
    sizes = [conversations - tenth, *[tenth // 4] * 4]
    base = time.time()
    parts: list[Part] = []
    for nth, (shop, many) in enumerate(zip(shops, sizes, strict=True)):
        inboxes = await _inboxes(site, shop)
        number = await site.owner.fetchval("select number from workspace where id = $1", shop.id)
        await _slices(site, shop, many, base)
        parts += [
            Part(
                site.server, nth, shop.id, number, inboxes, shop.door.queue_id, list(shop.agents), busy if nth == 0 else 0,
                many, base, first, min(first + CHUNK - 1, many),
            )
            for first in range(1, many + 1, CHUNK)
        ]  # fmt: skip
    began = time.monotonic()
    async with _without_indexes(site):
        if len(parts) < 10:
            made = [await _copy(part) for part in parts]
        else:
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as hands:
                loop = asyncio.get_running_loop()
                made = await asyncio.gather(*(loop.run_in_executor(hands, _fill, part) for part in parts))
        say(f"{sum(made):,} messages copied in {time.monotonic() - began:.0f} s")
    await _call(site, shops[0])
    await site.owner.execute("vacuum (analyze, freeze)")
    say(f"made in {time.monotonic() - began:.0f} s")
    rare = await site.owner.fetchval("select id from inbox where workspace_id = $1 and name = 'rare'", shops[0].id)
    lines = [(shop.id, list(shop.agents), list(shop.people), shop.door.inbox_id) for shop in shops]
    return Kept(lines, rare, busy, base, sum(sizes), sum(made))


async def _inboxes(site: Site, shop: Shop) -> list[UUID]:
    """The shop's own, and others beside it in which nothing arrives any more."""
    rows = await site.owner.fetch(
        """insert into inbox (workspace_id, id, channel, name, address, queue_id, created_at)
           select $1, gen_random_uuid(), i.channel, i.name, gen_random_uuid()::text, $2, now()
           from unnest(array['line', 'wechat', 'wechat', 'webchat', 'line'],
             array['line 2', 'wechat 1', 'wechat 2', 'web', 'rare']) with ordinality i(channel, name, n) order by n returning id""",
        shop.id,
        shop.door.queue_id,
    )
    return [shop.door.inbox_id, *(row["id"] for row in rows)]


def _begins(many: int, base: float, *, every: float) -> list[float]:
    """Where the slices begin that fill in the given number of seconds each."""
    start = base - many * EVERY - LONG_SAID
    return [start + n * every for n in range(1, int((base - start) / every) + 1)]


def _pace(subject: search_slices.Subject) -> float:
    """Seconds in which a slice is full: eleven entries a conversation (ten messages and a name), four contacts in five."""
    return search_slices.FULL * EVERY / (11 if subject == "message" else 0.8)


async def _slices(site: Site, shop: Shop, many: int, base: float) -> None:
    for subject in ("message", "contact"):
        begins = _begins(many, base, every=_pace(subject))
        await site.owner.execute(
            """insert into search_slice (workspace_id, subject, number, begins_at, entries)
               select $1, $2, n - 1, at, $4 from unnest($3::timestamptz[]) with ordinality b(at, n)""",
            shop.id, subject, [search_slices.ALWAYS, *(datetime.fromtimestamp(at, UTC) for at in begins)], search_slices.FULL,
        )  # fmt: skip


@contextlib.asynccontextmanager
async def _without_indexes(site: Site) -> AsyncIterator[None]:
    """Indexes are built when the rows are there: the same indexes, better packed than after years of growing."""
    tables = list(TABLES)
    keys = await site.owner.fetch(
        """select conrelid::regclass::text as on, conname as name, pg_get_constraintdef(oid) as said from pg_constraint
           where conrelid::regclass::text = any($1) and contype = 'p'""",
        tables,
    )
    names = [row["name"] for row in keys]
    indexes = await site.owner.fetch(
        """select indexname as name, indexdef as said from pg_indexes where tablename = any($1) and indexname <> all($2)""",
        tables,
        names,
    )
    for row in keys:
        await site.owner.execute(f"alter table {row['on']} drop constraint {row['name']}")
    for row in indexes:
        await site.owner.execute(f"drop index {row['name']}")
    yield
    await _both_hands(site, [f"alter table {row['on']} add constraint {row['name']} {row['said']}" for row in keys])
    await _both_hands(site, [row["said"] for row in indexes])


async def _both_hands(site: Site, waiting: list[str]) -> None:

    async def hand() -> None:
        while waiting:
            statement = waiting.pop(0)
            began = time.monotonic()
            await site.owner.execute(statement)
            say(f"{statement[:70]} in {time.monotonic() - began:.0f} s")

    await asyncio.gather(hand(), hand())


async def _call(site: Site, shop: Shop) -> None:
    """Twenty thousand notices for the agent who is called most, as many as there are conversations for them."""
    await site.owner.execute(
        """insert into notice (workspace_id, agent_id, id, kind, conversation_id, seq, by_id, at, read_at)
           select $1, $2, gen_random_uuid(), (array['mentioned', 'assigned', 'transferred'])[1 + c.last_seq % 3], c.id, 1, $3,
             c.last_at, case when c.unread = 0 then c.last_at end
           from (select * from conversation where workspace_id = $1 and state = 0 order by last_at desc limit 20000) c""",
        shop.id,
        shop.agents[0],
        shop.agents[1],
    )


def _fill(part: Part) -> int:
    """Make and copy one part; returns how many messages. Runs in a process of its own."""
    return asyncio.run(_copy(part))


async def _copy(part: Part) -> int:
    tables = _lines(part)
    connection = await asyncpg.connect(**part.server.connect_args("guanxi_owner"))
    try:
        for table, columns in TABLES.items():
            source = io.BytesIO("".join(tables[table]).encode())
            await connection.copy_to_table(table, source=source, columns=columns.split())
    finally:
        await connection.close()
    return len(tables["message"])


def _lines(part: Part) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {table: [] for table in TABLES}
    speaker = Speaker(part.nth * 1_000_000_007 + part.first)
    said: list[tuple[float, str, str]] = []
    starts = {subject: _begins(part.many, part.base, every=_pace(subject)) for subject in ("message", "contact")}

    def prefix(subject: str, at: float) -> str:
        begins = starts[subject]
        if not begins or at < begins[0]:
            return search.prefix(part.number, 0)
        every = begins[1] - begins[0] if len(begins) > 1 else 1e18
        return search.prefix(part.number, min(len(begins), 1 + int((at - begins[0]) / every)))

    w = str(part.workspace_id)
    name, language, contact_text = "", "zh", ""
    for n in range(part.first, part.last + 1):
        is_busy = n <= part.busy
        h = (n * 2654435761 >> 9) & 1023
        id_ = _id(part.nth, n)
        again = n % 5 == 0 and not is_busy and n > part.first  # the same contact as in the conversation before
        at = part.base - n * EVERY
        many = 4 + (n * 7919 >> 3) % 13
        pause = 30.0 + h
        opened = _time(at - (many - 1) * pause)
        person = _id(part.nth, n - 1) if again else id_
        of = n - 1 if again else n
        kind = of % 3
        inbox = part.inboxes[5 if of % 5003 == 3 else 4 if kind == 2 else 2 * kind + (of // 3 % 4 == 0)]
        channel = "line" if of % 5003 == 3 else CHANNELS[kind]
        state = 0 if is_busy or (h < 61 and not again) else 1 if h < 71 and not again else 2
        agent = part.agents[0] if is_busy else None if h < 15 else part.agents[1 + n % (len(part.agents) - 1)]
        tags = [RARE_TAG] if n % 20_011 == 7 else [TAGS[int((h / 1024) ** 2 * (len(TAGS) - 1))]] if n % 4 == 0 else []
        last_at = _time(at)
        if not again:
            language = speaker.language()
            name = speaker.name(language)
            email = f"c{n}@mail.example" if n % 6 == 0 else ""
            phone = f"13{n:09d}" if n % 4 == 1 else ""
            theirs = [TAGS[n // 10 % 7]] if n % 10 == 0 else []
            contact_text = " ".join(part for part in (name, email, phone, *theirs, name) if part)
            tables["contact"].append(f"{w}\t{id_}\t{name}\t{language}\t{email}\t{phone}\t{_array(theirs)}\t{opened}\n")
            tables["identity"].append(f"{w}\t{id_}\t{inbox}\t{id_}\tU{part.nth}{n:031x}\t{name}\t{opened}\n")
            tokens = _vector(prefix("contact", at - (many - 1) * pause), contact_text)
            tables["search_contact"].append(f"{w}\t{id_}\t{opened}\t{tokens}\n")
            tables["contact_tag"] += [f"{w}\t{tag}\t{id_}\t{opened}\n" for tag in theirs]
        text = ""
        for seq in range(1, many + 1):
            when = at - (many - seq) * pause
            moment = _time(when)
            of_contact = seq % 2 == 1
            is_note = seq == 4 and h % 5 == 0
            text = speaker.says(language)
            if seq == 2:
                text = next((planted for every, planted in PLANTED.items() if n % every == 11), text)
            message = f"{part.nth:08x}-0000-7000-8000-{n * 32 + seq:012x}"
            said.append(
                (
                    when,
                    (
                        f"{w}\t{id_}\t{seq}\t{message}\t{inbox}\t{f'm{part.nth}-{n}-{seq}' if of_contact else NULL}\t"
                        f"{'contact' if of_contact else 'agent'}\t{NULL if of_contact or agent is None else agent}\t{'note' if is_note else 'text'}\t"
                        f'{{"kind":"text","text":"{text}"}}\t{is_note}\t{moment}\t{moment}\t{"received" if of_contact or is_note else "sent"}\n'
                    ),
                    f"{w}\t{id_}\t{seq}\t{moment}\t{_vector(prefix('message', when), text)}\n",
                )
            )
        opened_prefix = prefix("message", at - (many - 1) * pause)
        tables["search_message"].append(f"{w}\t{id_}\t0\t{opened}\t{_vector(opened_prefix, contact_text)}\n")
        tables["conversation"].append(
            f"{w}\t{id_}\t{person}\t{inbox}\t{channel}\t{state}\t{part.queue_id}\t{agent or NULL}\t9\t{many}\t{last_at}\ttext\t{text}\t"
            f"{'contact' if many % 2 else 'agent'}\t{h % 3}\t{last_at if state == 0 and h % 2 == 0 else NULL}\t{opened}\t"
            f"{_time(part.base + 86400) if state == 1 else NULL}\t{opened}\t{last_at if state == 2 else NULL}\t{_array(tags)}\n"
        )
        tables["conversation_tag"] += [f"{w}\t{tag}\t{state}\t{last_at}\t{id_}\n" for tag in tags]
    said.sort()  # messages lie on the disk as they came, whatever conversation they belong to
    tables["message"] = [line for _, line, _ in said]
    tables["search_message"] += [line for _, _, line in said]
    return tables


NULL = "\\N"


def _id(nth: int, n: int) -> str:
    return f"00000000-0000-7000-8{nth:03d}-{n:012x}"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _array(words: list[str]) -> str:
    return "{" + ",".join(words) + "}"


def _vector(prefix: str, text: str) -> str:
    """As array_to_tsvector would write them. No token holds a quote or a backslash."""
    return " ".join([f"'{token}'" for token in search.numbered(prefix, text)])
