"""No list reads what it does not show: each statement goes through an index in the order that it wants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from guanxi.infra.postgres import Server
from guanxi.infra.sql import Tx
from guanxi.team import Conditions
from guanxi.views.combined import COUNTS as SAVED_COUNTS
from guanxi.views.combined import COUNTS_OF_FEW, MOST_WALKED, PAGES_OF_FEW, Kind
from guanxi.views.combined import PAGES as SAVED_PAGES
from guanxi.views.counts import COUNTS
from guanxi.views.happened import OF_COMMITS, SINCE
from guanxi.views.lists import STATEMENTS
from guanxi.views.page import START
from guanxi.views.people import NOTES
from guanxi.views.saved import FEW, OF, conversations_of_view
from guanxi.views.sight import WALKS
from guanxi.views.threads import BEFORE

WORKSPACE = UUID(int=1)
AGENT, QUEUE = UUID(int=0x1001), UUID(int=0x2002)
# Nothing vacuums meanwhile: from then on 2,000 entries of an index that need no row cost less than 1,500 rows, and a plan
# that reads these would be counted as one that reads too much, now and then.
MANY = """
set session_replication_role = replica;
alter table conversation set (autovacuum_enabled = off);
insert into workspace (id, name, created_at) values ($$00000000-0000-0000-0000-000000000001$$, 'w', now());
insert into conversation (workspace_id, id, identity_id, inbox_id, channel, state, queue_id, assignee_id, last_at,
    waiting_since, opened_at)
  select w, lpad(to_hex(g), 32, '0')::uuid, lpad(to_hex(g), 32, '0')::uuid, w, (array['wechat', 'line', 'webchat'])[1 + g % 3],
    case when g % 10 = 0 then 1 when g % 3 = 0 then 2 else 0 end, lpad(to_hex(8192 + g % 4), 32, '0')::uuid,
    case when g % 50 > 0 then lpad(to_hex(4096 + g % 20), 32, '0')::uuid end, now() - g * interval '1 minute',
    case when g % 2 = 0 then now() - g * interval '1 second' end, now()
  from generate_series(1, 20000) g, (select $$00000000-0000-0000-0000-000000000001$$::uuid w) x;
insert into message (workspace_id, conversation_id, seq, id, inbox_id, author, kind, content, sent_at, created_at)
  select w, lpad(to_hex(1 + g % 200), 32, '0')::uuid, 1 + g / 200, gen_random_uuid(), w, 'contact', 'text', '{}', now(), now()
  from generate_series(0, 19999) g, (select $$00000000-0000-0000-0000-000000000001$$::uuid w) x;
insert into event (workspace_id, xid, kind, at, payload)
  select $$00000000-0000-0000-0000-000000000001$$, g::text::xid8, 'x', now(), '{}' from generate_series(1, 20000) g;
insert into inbox (workspace_id, id, channel, name, address, queue_id, created_at)
  select w, w, $$line$$, $$i$$, $$a$$, w, now() from (select $$00000000-0000-0000-0000-000000000001$$::uuid w) x;
update conversation set tags = array[$$t$$ || (($$x$$ || right(id::text, 2))::bit(8)::int % 40)] where right(id::text, 1) < $$8$$;
update conversation set medium = $$comment$$ where right(id::text, 2) < $$30$$;
update conversation set unread = 1 where right(id::text, 2) < $$20$$;
insert into conversation_tag select workspace_id, tags[1], state, last_at, id from conversation where tags <> $${}$$;
insert into identity (workspace_id, id, inbox_id, contact_id, external_id, created_at)
  select workspace_id, id, inbox_id, id, id::text, now() from conversation;
insert into contact (workspace_id, id, created_at) select workspace_id, id, now() from conversation;
update conversation set due_at = now() + (waiting_since - now()) * .7 + interval $$2 hours$$, promise_state = (right(id::text, 1) < $$3$$)::int
  where state = 0 and waiting_since is not null;
analyze conversation, message, event, conversation_tag, identity, contact;
"""


@pytest_asyncio.fixture(scope="module")
async def reader(server: Server) -> AsyncIterator[Any]:
    """A connection of the application's role, under row-level security, to a workspace with 20,000 conversations."""
    owner = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    await owner.execute(MANY)
    await owner.close()
    connection = await asyncpg.connect(**server.connect_args("guanxi_app"))
    await connection.execute(f"set app.workspace = '{WORKSPACE}'")
    yield connection
    await connection.close()


async def touched(reader: Any, sql: str, *arguments: Any) -> tuple[int, str]:
    """(the most rows that a step reads, the plan): the plan for any arguments, as the application has it."""
    await reader.execute("set plan_cache_mode = force_generic_plan; prepare asked as " + sql)
    given = ", ".join(f"'{{{','.join(one)}}}'" if isinstance(one, list) else f"'{one}'" for one in arguments)
    explain = f"explain (analyze, costs off, timing off, summary off) execute asked ({given})"
    plan = [row[0] for row in await reader.fetch(explain)]
    await reader.execute("deallocate asked")
    text = "\n".join(plan)
    most = 0
    for line in plan:
        if "actual rows=" in line:
            rows, loops = line.split("actual rows=")[1].rstrip(")").split(" loops=")
            most = max(most, int(float(rows) * int(loops)))
        if "Rows Removed by" in line:
            most = max(most, int(line.rsplit(": ", 1)[1]))
    return most, text


@pytest.mark.parametrize("chosen", list(STATEMENTS), ids=str)
async def test_a_page_of_the_list_reads_little_more_than_it_shows(reader: Any, chosen: Any) -> None:
    sort, _, who, by_channel, _, by_queue = chosen
    at, id_ = START[sort]
    arguments = [WORKSPACE, at, id_, 51] + ([AGENT] if who == "somebody" else []) + (["line"] if by_channel else [])
    arguments += [QUEUE] if by_queue else []
    most, plan = await touched(reader, STATEMENTS[chosen], *arguments)
    assert most < 3000, plan
    assert "Seq Scan on conversation" not in plan, plan


@pytest.mark.parametrize("chosen", list(WALKS), ids=str)
async def test_what_somebody_sees_who_does_not_see_all_is_found_by_indexes(reader: Any, chosen: Any) -> None:
    at, id_ = START[chosen[0]]
    agents, queues = [str(UUID(int=0x1001 + n)) for n in range(5)], [str(QUEUE)]
    for mine in (agents[:1], agents):
        by_team = [] if len(mine) == 1 else queues
        most, plan = await touched(reader, WALKS[chosen], WORKSPACE, at, id_, 51, mine[0], mine, by_team, queues)
        assert most < 3000, plan
        assert "Seq Scan on conversation" not in plan, plan


@pytest.mark.parametrize(
    ("sql", "arguments", "most"),
    [
        (COUNTS, (WORKSPACE, AGENT), 150),
        (BEFORE, (WORKSPACE, UUID(int=77), 1 << 60, 51), 60),
        (OF_COMMITS, (WORKSPACE, ["19999", "20000"]), 10),
        (SINCE, (WORKSPACE, "19000", 0, 200), 210),
    ],
    ids=["counts", "thread", "events of commits", "events since"],
)
async def test_counts_threads_and_events_read_little_more_than_they_show(
    reader: Any, sql: str, arguments: Any, most: int
) -> None:
    read, plan = await touched(reader, sql, *arguments)
    assert read <= most, plan


async def test_the_measure_tells_a_statement_that_reads_everything(reader: Any) -> None:
    read, _ = await touched(
        reader, "select * from conversation where workspace_id = $1 order by opened_at limit 51", WORKSPACE
    )
    assert read > 19_000


def _worth_it(kind: Kind) -> bool:
    """Without those that are looked at row by row just like others that are tried."""
    return kind.heard == "either" or not (kind.unread or kind.waited)


def _arguments(kind: Kind) -> list[Any]:
    return [
        *([AGENT] if kind.who == "somebody" else []),
        *({"anywhere": [], "channel": ["line"], "inbox": [WORKSPACE]}[kind.where]),
        *(["t3"] if kind.tagged else []),
        *([datetime.now(UTC) - timedelta(minutes=5)] if kind.waited else []),
    ]


async def test_no_saved_view_reads_more_than_it_shows_or_may_look_at(reader: Any) -> None:
    """Whatever is asked for besides the index is looked at for so many rows, and then it says where to go on."""
    for (sort, kind), sql in SAVED_PAGES.items():
        if not _worth_it(kind):
            continue
        at, id_ = START[sort]
        most, plan = await touched(reader, sql, WORKSPACE, at, id_, 51, *_arguments(kind))
        assert "Seq Scan on conversation" not in plan, (kind, plan)
        assert most <= MOST_WALKED + 1, (kind, plan)
    for (_, kind), sql in SAVED_COUNTS.items():
        if not _worth_it(kind):
            continue
        most, plan = await touched(reader, sql, WORKSPACE, *_arguments(kind))
        assert "Seq Scan on conversation" not in plan, (kind, plan)
        assert most <= MOST_WALKED + 1, (kind, plan)


async def test_among_few_conversations_only_these_are_read(reader: Any) -> None:
    few = [str(UUID(int=n)) for n in range(1, FEW)]
    for (sort, kind), sql in PAGES_OF_FEW.items():
        if not _worth_it(kind):
            continue
        at, id_ = START[sort]
        most, plan = await touched(reader, sql, WORKSPACE, at, id_, 51, *_arguments(kind), few)
        assert most <= FEW, (kind, plan)
    for (_, kind), sql in COUNTS_OF_FEW.items():
        if not _worth_it(kind):
            continue
        most, plan = await touched(reader, sql, WORKSPACE, *_arguments(kind), few)
        assert most <= FEW, (kind, plan)
    for sql, given in ((OF["tag"], "t3"), (OF["inbox"], WORKSPACE), (OF["assignee"], AGENT)):
        most, plan = await touched(reader, sql, WORKSPACE, 2, given)
        assert most <= FEW + 1, plan


async def test_the_notes_about_a_contact_are_found_without_reading_what_was_said(reader: Any) -> None:
    most, plan = await touched(reader, NOTES, WORKSPACE, UUID(int=77))
    assert most <= 20, plan
    assert "message_note" in plan


@pytest.mark.parametrize(
    ("conditions", "plainly"),
    [
        (Conditions(state="snoozed", channel="wechat", assignee="nobody"), "state = 1 and channel = 'wechat' and assignee_id is null"),
        (Conditions(state="resolved", tag="t3", channel="wechat"), "state = 2 and 't3' = any(tags) and channel = 'wechat'"),
        (Conditions(tag="t3", channel="line"), "state = 0 and 't3' = any(tags) and channel = 'line'"),
        (Conditions(sort="waiting", tag="t0"), "state = 0 and 't0' = any(tags) and waiting_since is not null"),
        (Conditions(assignee="me", unread=True), "state = 0 and assignee_id = $2 and unread > 0"),
        (Conditions(inbox_id=WORKSPACE, unread=True), "state = 0 and unread > 0"),
        (Conditions(waiting_minutes=150), "state = 0 and waiting_since <= $3 - interval '150 minutes'"),
        (Conditions(sort="waiting", unread=True, waiting_minutes=60), "state = 0 and unread > 0 and waiting_since <= $3 - interval '60 minutes'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
async def test_a_view_that_stops_looking_goes_on_where_it_stopped(
    reader: Any, conditions: Conditions, plainly: str
) -> None:
    now = await reader.fetchval("select now()")
    tx = Tx(reader, WORKSPACE, now)
    order = "waiting_since, id" if conditions.sort == "waiting" else "last_at desc, id desc"
    expected = await reader.fetch(
        f"""select id from conversation where workspace_id = $1 and $2::uuid is not null and $3::timestamptz is not null
            and {plainly} order by {order}""",
        WORKSPACE,
        AGENT,
        now,
    )
    found: list[UUID] = []
    sizes: list[int] = []
    after = None
    while True:
        page = await conversations_of_view(tx, conditions, AGENT, after=after, limit=20)
        found += [UUID(row.split('"id" : "')[1][:36]) for row in page.rows]
        sizes.append(len(page.rows))
        if page.next is None:
            break
        assert page.next != after
        after = page.next
    assert found == [row["id"] for row in expected]
    assert len(found) > 20
    if conditions.waiting_minutes == 150:  # the newest have waited for less
        assert min(sizes[:-1]) < 20
    else:
        assert min(sizes[:-1]) == 20
