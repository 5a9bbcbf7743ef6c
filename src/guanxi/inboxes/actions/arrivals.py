"""What was kept is read, in the order of arrival, by one worker at a time per inbox.

The claim commits which events a worker took. If it dies, each of them has one more attempt behind it: on its second
attempt an event runs alone, after its third it is put into quarantine, so a poisonous one stalls nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from guanxi import audit
from guanxi.inboxes.model import NotFound, Raw
from guanxi.infra.sql import Db, Tx

MOST_ATTEMPTS = 3
HEAVIEST = 8_000_000  # bytes of a batch's bodies, the last one apart

# Inboxes with new events, found by hopping over the index, that nobody holds; their leases; and which events each
# holder takes: the longest run from the front that may be read together, fresh ones; a second attempt goes alone. Nobody
# waits for the disk here: a lease that a power cut takes away is taken again, and what was read under it is recognised.
CLAIM = """
with recursive due as (
  (select workspace_id, inbox_id from inbound_event where state = 0 order by workspace_id, inbox_id limit 1)
  union all
  select n.workspace_id, n.inbox_id from due d cross join lateral (
    select e.workspace_id, e.inbox_id from inbound_event e
    where e.state = 0 and (e.workspace_id, e.inbox_id) > (d.workspace_id, d.inbox_id)
    order by e.workspace_id, e.inbox_id limit 1) n
), free as (
  select l.workspace_id, l.inbox_id, l.batch as unfinished from due join inbound_lane l using (workspace_id, inbox_id)
  where l.locked_until is null or l.locked_until <= now()
  order by l.claimed_at nulls first limit $1 for update of l skip locked
), taken as (
  select f.*, array(
    select seq from (
      select seq, row_number() over waiting as nth, sum(attempts) over waiting as attempts_so_far
      from (select seq, attempts from inbound_event e
            where e.workspace_id = f.workspace_id and e.inbox_id = f.inbox_id and e.state = 0
            order by seq limit $3) first
      window waiting as (order by seq)) few
    where nth = 1 or attempts_so_far = 0 order by seq) as seqs
  from free f
)
update inbound_lane l set locked_until = now() + make_interval(secs => $2), epoch = l.epoch + 1, claimed_at = now(),
  batch = coalesce(t.unfinished, t.seqs)
from taken t, set_config('synchronous_commit', 'off', true)
where l.workspace_id = t.workspace_id and l.inbox_id = t.inbox_id
returning l.workspace_id, l.inbox_id, l.epoch, t.seqs, t.unfinished is not null as is_unfinished
"""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox's events that are ours to read while our epoch stands. `is_unfinished`: the last holder died in the
    middle of its own; they have to be counted first."""

    workspace_id: UUID
    inbox_id: UUID
    epoch: int
    seqs: Sequence[int]
    is_unfinished: bool


async def claim(db: Db, *, most: int, largest: int, lease: float) -> list[Batch]:
    """Lease up to `most` inboxes of any workspace that have something new, for `lease` seconds, and take up to
    `largest` events of each."""
    async with db.directory_pool.acquire() as connection:
        rows = await connection.fetch(CLAIM, most, lease, largest)
    return [Batch(**row) for row in rows]


async def raws_of(tx: Tx, batch: Batch) -> list[Raw]:
    """The events of a batch with their bodies; fewer when they are heavy."""
    rows = await tx.fetch(
        """select seq, method, query, headers, body, received_at, attempts from (
             select *, sum(octet_length(body)) over (order by seq) - octet_length(body) as before from inbound_event
             where workspace_id = $1 and inbox_id = $2 and seq = any($3::bigint[]) and state = 0) ours
           where before < $4 order by seq""",
        tx.workspace_id,
        batch.inbox_id,
        batch.seqs,
        HEAVIEST,
    )
    return [Raw(**row) for row in rows]


async def count_unfinished(tx: Tx, batch: Batch) -> None:
    """The last holder died in the middle: each event that it had taken has one more attempt behind it. Gives the
    inbox back."""
    unread = await tx.fetchval(
        "select batch from inbound_lane where workspace_id = $1 and inbox_id = $2 and epoch = $3 for update",
        tx.workspace_id,
        batch.inbox_id,
        batch.epoch,
    )
    if unread:
        await count_attempts(tx, batch.inbox_id, unread)
        await let_go(tx, batch)


async def count_attempts(tx: Tx, inbox_id: UUID, seqs: Sequence[int]) -> None:
    """One more attempt behind each of these; what has had three goes into quarantine."""
    await tx.execute(
        """update inbound_event set attempts = attempts + 1,
             state = case when attempts + 1 >= $4 then 2 else state end,
             problem = case when attempts + 1 >= $4 then coalesce(problem, 'reading it failed three times') else problem end
           where workspace_id = $1 and inbox_id = $2 and seq = any($3::bigint[]) and state = 0""",
        tx.workspace_id,
        inbox_id,
        list(seqs),
        MOST_ATTEMPTS,
    )


async def finish_batch(tx: Tx, batch: Batch, read: Sequence[int], *, lease: float | None = None) -> bool:
    """These events are read, in this transaction. False when the lease was lost: then roll back.

    The inbox is given back, or with `lease` kept for so many seconds. When it last received something is kept to the minute, so that a busy inbox's row is not
    written for every batch.
    """
    return bool(
        await tx.fetchval(
            """with held as (
                 update inbound_lane set batch = null,
                   locked_until = case when $4::float8 is not null then now() + make_interval(secs => $4) end
                 where workspace_id = $1 and inbox_id = $2 and epoch = $3 returning true as yes
               ), done as (
                 update inbound_event set state = 1 where workspace_id = $1 and inbox_id = $2
                   and seq = any($5::bigint[]) and exists (select from held)
               ), received as (
                 update inbox set last_received_at = $6 where workspace_id = $1 and id = $2 and exists (select from held)
                   and (last_received_at is null or last_received_at < $6::timestamptz - interval '1 minute')
               )
               select yes from held""",
            tx.workspace_id,
            batch.inbox_id,
            batch.epoch,
            lease,
            list(read),
            tx.now,
        )
    )


async def let_go(tx: Tx, batch: Batch) -> None:
    """Give the inbox back although it has more: others get their turn. What was taken and not read is as if untaken."""
    await tx.execute(
        """update inbound_lane set locked_until = null, batch = null
           where workspace_id = $1 and inbox_id = $2 and epoch = $3""",
        tx.workspace_id,
        batch.inbox_id,
        batch.epoch,
    )


async def quarantine(tx: Tx, inbox_id: UUID, seq: int, problem: str) -> None:
    """Put one event aside, visible and replayable."""
    await tx.execute(
        """update inbound_event set state = 2, problem = $4, attempts = attempts + 1
           where workspace_id = $1 and inbox_id = $2 and seq = $3""",
        tx.workspace_id,
        inbox_id,
        seq,
        problem[:500],
    )


async def replay(tx: Tx, inbox_id: UUID, seq: int) -> None:
    """Read a quarantined event again, as if it had just arrived. Raises NotFound."""
    touched = await tx.execute(
        """update inbound_event set state = 0, attempts = 0, problem = null
           where workspace_id = $1 and inbox_id = $2 and seq = $3 and state = 2""",
        tx.workspace_id,
        inbox_id,
        seq,
    )
    if not touched:
        raise NotFound(seq)
    await audit.record(tx, "inbox.replayed", kind="inbox", about_id=inbox_id, details={"event": seq})


async def purge_bodies(directory: Tx, days: int, most: int) -> int:
    """Raw bodies are kept so many days; then they go, at most `most` at once, and quarantined ones go too. What was
    not read stays. Returns how many went."""
    return await directory.execute(
        """delete from inbound_event e where (e.workspace_id, e.inbox_id, e.seq) in (
             select workspace_id, inbox_id, seq from inbound_event
             where received_at < now() - make_interval(days => $1) and state > 0 limit $2)""",
        days,
        most,
    )
