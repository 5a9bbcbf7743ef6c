"""How far an inbox's feeds have been fetched: nudged, fetched page by page, looked at again when it is time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from guanxi.channel_kit import PULLED, Nudge, Page
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import Wanted, enqueue, free_pool, hold_pool
from guanxi.infra.sql import Tx

LOOK_AGAIN = timedelta(minutes=5)  # at the settings of an inbox that polls nothing


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where the next pull begins. `nudges` were counted so far; `heard` of them are answered."""

    cursor: str = ""
    token: str = ""
    nudges: int = 0
    heard: int = 0


def pool_of(inbox_id: UUID) -> str:
    """What an inbox's pulls share."""
    return f"pull:{inbox_id}"


async def nudged(tx: Tx, inbox_id: UUID, channel: str, nudges: Sequence[Nudge]) -> None:
    """There is something to fetch: at this inbox, or at those that a nudge names."""
    newest: dict[tuple[UUID, str], str] = {}
    for nudge in nudges:
        for meant in await _meant(tx, inbox_id, channel, nudge.settings):
            newest[meant, nudge.cursor_key] = nudge.token
    for (meant, key), token in sorted(newest.items()):
        count = await tx.fetchval(
            """insert into inbox_cursor as c (workspace_id, inbox_id, key, token, nudges) values ($1, $2, $3, $4, 1)
               on conflict (workspace_id, inbox_id, key) do update set nudges = c.nudges + 1, token = excluded.token
               returning nudges""",
            tx.workspace_id,
            meant,
            key,
            token,
        )
        await enqueue(tx, [_wanted(meant, key, int(count))])


async def _meant(tx: Tx, inbox_id: UUID, channel: str, settings: Mapping[str, str]) -> list[UUID]:
    if not settings:
        return [inbox_id]
    rows = await tx.fetch(
        """select id from inbox where workspace_id = $1 and channel = $2 and state <> 'removed' and settings @> $3::jsonb
           order by id limit 100""",
        tx.workspace_id,
        channel,
        dict(settings),
    )
    return [row["id"] for row in rows]


def _wanted(inbox_id: UUID, key: str, nudge: int) -> Wanted:
    return Wanted(
        lane=f"{pool_of(inbox_id)}:{key}",
        pool=pool_of(inbox_id),
        kind="pull",
        args={"inbox": str(inbox_id), "key": key, "nudge": nudge},
    )


async def find_cursor(tx: Tx, inbox_id: UUID, key: str) -> Cursor:
    """Where the next pull of this feed begins; at its beginning when it was never fetched."""
    row = await tx.fetchrow(
        """select cursor, token, nudges, heard from inbox_cursor where workspace_id = $1 and inbox_id = $2 and key = $3""",
        tx.workspace_id,
        inbox_id,
        key,
    )
    return Cursor(**row) if row else Cursor()


async def keep_page(tx: Tx, inbox_id: UUID, key: str, page: Page, *, before: str, heard: int) -> bool:
    """Keep a page beside its cursor. False, and nothing is kept, when somebody else has moved the cursor since `before`.

    `heard`: so many nudges are answered once this page is the last one; 0 while more follow.
    """
    await tx.execute(
        """insert into inbox_cursor (workspace_id, inbox_id, key) values ($1, $2, $3)
           on conflict (workspace_id, inbox_id, key) do nothing""",
        tx.workspace_id,
        inbox_id,
        key,
    )
    moved = await tx.execute(
        """update inbox_cursor set cursor = $5, heard = greatest(heard, $6), pulled_at = $7
           where workspace_id = $1 and inbox_id = $2 and key = $3 and cursor = $4""",
        tx.workspace_id,
        inbox_id,
        key,
        before,
        page.cursor,
        heard,
        tx.now,
    )
    if moved and page.body:
        await tx.execute(
            """insert into inbound_event (workspace_id, inbox_id, id, method, query, body)
               values ($1, $2, $3, $4, $5::jsonb, $6)""",
            tx.workspace_id,
            inbox_id,
            new_id(),
            PULLED,
            dict(page.query),
            page.body,
        )
    return bool(moved)


async def stop_pulling(tx: Tx, inbox_id: UUID, reason: str, *, after: float | None) -> None:
    """Fetch nothing for `after` seconds; None: until the inbox is resumed."""
    await hold_pool(tx, pool_of(inbox_id), reason[:200], after=after)


async def pull_again(tx: Tx, inbox_id: UUID) -> None:
    """Whatever it was that kept us from fetching is mended."""
    await free_pool(tx, pool_of(inbox_id))


async def due_polls(directory: Tx, channels: Sequence[str], most: int) -> list[tuple[UUID, UUID]]:
    """(workspace, inbox) of inboxes on these channels at which it is time to look, in any workspace."""
    if not channels:
        return []
    rows = await directory.fetch(
        """select i.workspace_id, i.id from inbox i
           where i.channel = any($1::text[]) and i.state <> 'removed'
             and (exists (select from inbox_cursor c where c.workspace_id = i.workspace_id and c.inbox_id = i.id
                          and c.next_at <= now())
               or not exists (select from inbox_cursor c where c.workspace_id = i.workspace_id and c.inbox_id = i.id
                              and c.next_at is not null))
             and not exists (select from pool_hold h where h.workspace_id = i.workspace_id and h.pool = 'pull:' || i.id
                             and (h.until is null or h.until > now()))
           order by i.workspace_id, i.id limit $2""",
        list(channels),
        most,
    )
    return [(row["workspace_id"], row["id"]) for row in rows]


async def poll(tx: Tx, inbox_id: UUID, feeds: Mapping[str, float]) -> None:
    """Fetch what is due of these feeds (key → seconds between two looks), unless it is being fetched already."""
    wanted = dict(feeds) or {"": LOOK_AGAIN.total_seconds()}
    await tx.execute(
        """update inbox_cursor set next_at = null
           where workspace_id = $1 and inbox_id = $2 and next_at is not null and key <> all($3::text[])""",
        tx.workspace_id,
        inbox_id,
        list(wanted),
    )
    rows = await tx.fetch(
        """insert into inbox_cursor as c (workspace_id, inbox_id, key, next_at)
           select $1, $2, w.key, now() + make_interval(secs => w.seconds)
           from unnest($3::text[], $4::float8[]) as w(key, seconds) order by w.key
           on conflict (workspace_id, inbox_id, key) do update set next_at = excluded.next_at
             where c.next_at is null or c.next_at <= now()
           returning c.key""",
        tx.workspace_id,
        inbox_id,
        list(wanted),
        list(wanted.values()),
    )
    due = [_wanted(inbox_id, row["key"], 0) for row in rows if row["key"] in feeds]
    lanes = [one.lane for one in due]
    busy = await tx.fetch(
        "select distinct lane from job where workspace_id = $1 and lane = any($2::text[])", tx.workspace_id, lanes
    )
    waiting = {row["lane"] for row in busy}
    await enqueue(tx, [one for one in due if one.lane not in waiting])
