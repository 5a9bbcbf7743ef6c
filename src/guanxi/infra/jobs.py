"""Lanes and jobs: work in order per lane, claimed by lane, so one blocked key costs the others nothing.

A lane is a row; its jobs run one after another, in the order of `position`, which is given under the lane's lock.
A pool is what several lanes share (an inbox's way out); at most so many of its lanes are in flight at once.
Leases read the database's clock and are fenced by the lane's epoch: who lost his lease can settle nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Db, Tx

# The claim: each pool that has something due, in random order, then up to `share` lanes of each, as far as the
# pool has room. Pools are found by hopping over the index, so 50,000 lanes behind one full pool cost one probe.
WANTED = "job.wanted"  # announced beside the kinds of events: somebody has work

CLAIM = """
with recursive pools as (
  (select workspace_id, pool from lane where next_at is not null order by workspace_id, pool limit 1)
  union all
  select n.workspace_id, n.pool from pools p cross join lateral (
    select l.workspace_id, l.pool from lane l
    where l.next_at is not null and (l.workspace_id, l.pool) > (p.workspace_id, p.pool)
    order by l.workspace_id, l.pool limit 1) n
), room as materialized (
  select p.workspace_id, p.pool, $1 - (
    select count(*) from lane b where b.workspace_id = p.workspace_id and b.pool = p.pool
      and b.locked_until is not null and b.locked_until > now()) as free
  from pools p
  where not exists (select from pool_hold h where h.workspace_id = p.workspace_id and h.pool = p.pool
    and (h.until is null or h.until > now()))
  order by random()
), due as materialized (
  select d.workspace_id, d.key from room r cross join lateral (
    select l.workspace_id, l.key from lane l
    where l.workspace_id = r.workspace_id and l.pool = r.pool and l.next_at is not null and l.next_at <= now()
      and (l.locked_until is null or l.locked_until <= now())
    order by l.next_at limit least(greatest(r.free, 0), $2) for update skip locked) d
  limit $3
)
update lane l set locked_until = now() + make_interval(secs => $4), epoch = l.epoch + 1
from due where l.workspace_id = due.workspace_id and l.key = due.key
returning l.workspace_id, l.key, l.pool, l.epoch, l.locked_until
"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A job to be done. `not_before` starts its lane no earlier; without it the lane is due at once."""

    lane: str
    pool: str
    kind: str
    args: Mapping[str, Any]
    not_before: datetime | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A lane that is ours until `locked_until`, as long as nobody has raised its epoch."""

    workspace_id: UUID
    lane: str
    pool: str
    epoch: int
    lease: float


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work. `attempts` counts this one too."""

    position: int
    kind: str
    args: dict[str, Any]
    attempts: int


async def enqueue(tx: Tx, wanted: Sequence[Wanted]) -> None:
    """Put jobs at the end of their lanes, in the transaction that wants them. Lanes are locked in sorted order."""
    if not wanted:
        return
    ordered = sorted(wanted, key=lambda job: job.lane)
    await tx.execute(
        """with w as (
             select lane, pool, kind, args, not_before, row_number() over (partition by lane order by n) as nth
             from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
               with ordinality as u(lane, pool, kind, args, not_before, n)
           ), l as (
             insert into lane as l (workspace_id, key, pool, next_at, last_position)
             select $1, lane, min(pool), coalesce(min(not_before), now()), count(*) from w group by lane order by lane
             on conflict (workspace_id, key) do update set last_position = l.last_position + excluded.last_position,
               pool = excluded.pool,
               next_at = case when l.paused_reason <> '' then null
                              when excluded.next_at > now() then excluded.next_at
                              else coalesce(l.next_at, excluded.next_at) end
             returning key, last_position
           ), sizes as (select lane, count(*) as size from w group by lane)
           insert into job (workspace_id, lane, position, kind, args)
           select $1, w.lane, l.last_position - sizes.size + w.nth, w.kind, w.args::jsonb
           from w join l on l.key = w.lane join sizes on sizes.lane = w.lane""",
        tx.workspace_id,
        [job.lane for job in ordered],
        [job.pool for job in ordered],
        [job.kind for job in ordered],
        [msgspec.json.encode(job.args).decode() for job in ordered],
        [job.not_before for job in ordered],
    )
    tx.kinds.add(WANTED)


async def claim(db: Db, *, in_flight: int, share: int, most: int, lease: float) -> list[Claim]:
    """Claim due lanes of any workspace: `in_flight` per pool, `share` per pool and call, `most` altogether.

    `lease` is in seconds. Uses the directory's role, which sees lanes and no job.
    """
    async with db.directory_pool.acquire() as connection:
        rows = await connection.fetch(CLAIM, in_flight, share, most, lease)
    return [
        Claim(workspace_id=row["workspace_id"], lane=row["key"], pool=row["pool"], epoch=row["epoch"], lease=lease)
        for row in rows
    ]


async def begin(tx: Tx, claim: Claim, k: int) -> list[Job]:
    """The next jobs of a claimed lane, at most `k`; the first one's attempt is counted and the lease begins anew.

    Empty when the lane has none, or when the lease is lost.
    """
    held = await tx.execute(
        """update lane set locked_until = now() + make_interval(secs => $4)
           where workspace_id = $1 and key = $2 and epoch = $3 and locked_until > now()""",
        tx.workspace_id,
        claim.lane,
        claim.epoch,
        claim.lease,
    )
    if not held:
        return []
    rows = await tx.fetch(
        """select position, kind, args, attempts from job where workspace_id = $1 and lane = $2
           order by position limit $3""",
        tx.workspace_id,
        claim.lane,
        k,
    )
    if rows:
        await tx.execute(
            "update job set attempts = attempts + 1 where workspace_id = $1 and lane = $2 and position = $3",
            tx.workspace_id,
            claim.lane,
            rows[0]["position"],
        )
    return [
        Job(position=row["position"], kind=row["kind"], args=row["args"], attempts=row["attempts"] + 1) for row in rows
    ]


async def holds(tx: Tx, claim: Claim) -> bool:
    """Is the lane still ours? Locks its row, so nobody can take it before this transaction ends."""
    found = await tx.fetchval(
        """select true from lane where workspace_id = $1 and key = $2 and epoch = $3 and locked_until > now()
           for update""",
        tx.workspace_id,
        claim.lane,
        claim.epoch,
    )
    return bool(found)


async def last_position(tx: Tx, claim: Claim) -> int:
    """The position of the lane's newest job, for releasing a lane in which nothing was found."""
    found = await tx.fetchval(
        "select last_position from lane where workspace_id = $1 and key = $2", tx.workspace_id, claim.lane
    )
    return int(found or 0)


async def note_args(tx: Tx, claim: Claim, job: Job, more: Mapping[str, Any]) -> None:
    """Remember something with a job, for whoever takes it up after a crash."""
    await tx.execute(
        "update job set args = args || $4::jsonb where workspace_id = $1 and lane = $2 and position = $3",
        tx.workspace_id,
        claim.lane,
        job.position,
        dict(more),
    )


async def finish(tx: Tx, claim: Claim, job: Job) -> None:
    """The job is done: it goes. Call `holds` or `release` in the same transaction."""
    await tx.execute(
        "delete from job where workspace_id = $1 and lane = $2 and position = $3",
        tx.workspace_id,
        claim.lane,
        job.position,
    )


async def bury(tx: Tx, claim: Claim, job: Job, problem: str) -> None:
    """The job will never succeed: it moves to the dead letters and frees its lane. A lane that was removed and came
    again counts its positions anew; the newer dead job then stands in the place of the older."""
    await tx.execute(
        """with gone as (delete from job where workspace_id = $1 and lane = $2 and position = $3 returning *)
           insert into job_dead (workspace_id, lane, position, kind, args, attempts, problem, created_at)
           select workspace_id, lane, position, kind, args, attempts, $4, created_at from gone
           on conflict (workspace_id, lane, position) do update set kind = excluded.kind, args = excluded.args,
             attempts = excluded.attempts, problem = excluded.problem, created_at = excluded.created_at, died_at = now()""",
        tx.workspace_id,
        claim.lane,
        job.position,
        problem[:500],
    )


async def release(tx: Tx, claim: Claim, *, done: int, after: float = 0.0, keep: bool = True) -> bool:
    """Give the lane back: due again if it has jobs behind position `done`, `after` seconds from now.

    False when the lease was lost or has run out; then nothing is changed, and the lane waits for its next holder.
    `done` is compared with the lane's own last position, because a subquery could miss a job that a concurrent
    transaction puts in while this statement waits for the row. With `keep` False a lane at its end is removed; the
    epoch of a new lane of that name begins with the time, so nobody who held the old one can take it for his own.
    """
    if not keep and await tx.fetchval(
        """delete from lane where workspace_id = $1 and key = $2 and epoch = $3 and locked_until > now()
             and last_position <= $4 returning true""",
        tx.workspace_id,
        claim.lane,
        claim.epoch,
        done,
    ):
        return True
    return bool(
        await tx.fetchval(
            """update lane set locked_until = null, next_at = case when paused_reason = '' and last_position > $4
                 then now() + make_interval(secs => $5) end
               where workspace_id = $1 and key = $2 and epoch = $3 and locked_until > now() returning true""",
            tx.workspace_id,
            claim.lane,
            claim.epoch,
            done,
            after,
        )
    )


async def hold_pool(tx: Tx, pool: str, reason: str, *, after: float | None) -> None:
    """Claim nothing of this pool for `after` seconds; None: until `free_pool`. A longer hold stands."""
    await tx.execute(
        """insert into pool_hold (workspace_id, pool, until, reason)
           values ($1, $2, now() + make_interval(secs => $3::float8), $4)
           on conflict (workspace_id, pool) do update set until = excluded.until, reason = excluded.reason
             where excluded.until is null or excluded.until > pool_hold.until""",
        tx.workspace_id,
        pool,
        after,
        reason,
    )


async def free_pool(tx: Tx, pool: str) -> None:
    """Claim from this pool again."""
    await tx.execute("delete from pool_hold where workspace_id = $1 and pool = $2", tx.workspace_id, pool)


async def hasten(tx: Tx, lane: str) -> None:
    """What this lane waits for may be over: it is due now."""
    await tx.execute(
        "update lane set next_at = now() where workspace_id = $1 and key = $2 and next_at > now()",
        tx.workspace_id,
        lane,
    )


def backoff(attempts: int, chance: float) -> float:
    """Seconds until the next try: 1, 2, 4 … at most 600, each times 0.5 to 1.0 by `chance` in [0, 1)."""
    return float(min(600.0, 2.0 ** min(attempts - 1, 10)) * (0.5 + chance / 2))


async def end_leases(directory: Tx) -> None:
    """Whoever held lanes and inboxes is known to be dead: free them at once instead of when their time is over.

    What was in the middle stays counted: begun batches gain an attempt, begun sends are judged as after any crash.
    """
    await directory.execute("update lane set locked_until = null where locked_until is not null")
    await directory.execute("update inbound_lane set locked_until = null where locked_until is not null")


async def move(tx: Tx, lane: str, to: str, positions: Sequence[int]) -> None:
    """Put these jobs, which nobody is doing, at the end of another lane of the same pool, in their order."""
    rows = await tx.fetch(
        """delete from job j using lane l where j.workspace_id = $1 and j.lane = $2 and j.position = any($3::bigint[])
             and l.workspace_id = $1 and l.key = j.lane returning j.position, j.kind, j.args, l.pool""",
        tx.workspace_id,
        lane,
        list(positions),
    )
    ordered = sorted(rows, key=lambda row: row["position"])
    await enqueue(tx, [Wanted(lane=to, pool=row["pool"], kind=row["kind"], args=row["args"]) for row in ordered])
