"""The clocks of conversations are kept: with every change that starts or stops one, when time passes, and anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi.events import Event, wire_time
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx
from guanxi.promises.model import NOTHING_KEPT, Clock, Kept, Promise
from guanxi.promises.queries import Standing, standing
from guanxi.promises.rules import due_first, next_moment, pass_time, reckon, state_of


async def keep(tx: Tx, conversation_ids: Sequence[UUID], *, ends: Sequence[Promise] = ()) -> dict[UUID, Kept]:
    """Bring the clocks of these conversations, whose rows this transaction has locked and written, up to date with what
    has just changed. `ends`: what the change keeps, if it comes in time.

    Those with nothing to tell are left out. The caller records what was missed behind its own event.
    """
    told: dict[UUID, Kept] = {}
    written: list[tuple[Standing, list[Clock], int]] = []
    for one in await standing(tx, conversation_ids):
        clocks, missed = _missed(one.clocks, tx)
        after = reckon(one.facts, one.policy, one.hours, clocks, tx.now)
        if after != one.clocks or missed:
            written.append((one, after, one.version + len(missed)))
        kept = tuple(
            clock.promise
            for clock in clocks
            if clock.promise in ends and clock.runs and clock.missed_at is None and clock.due_at is not None
        )
        if kept or missed:
            events = tuple(event_of("promise.missed", one, clock, n + 1) for n, clock in enumerate(missed))
            told[one.id] = Kept(promises=kept, queue_id=one.queue_id, missed=events)
    await _write(tx, written)
    return told


async def keep_one(tx: Tx, conversation_id: UUID, *, ends: Sequence[Promise] = ()) -> Kept:
    """The same for one."""
    return (await keep(tx, [conversation_id], ends=ends)).get(conversation_id, NOTHING_KEPT)


def _missed(clocks: Sequence[Clock], tx: Tx) -> tuple[Sequence[Clock], list[Clock]]:
    """What has been missed before this change stays so, though nobody has looked until now."""
    after, _, missed = pass_time(clocks, tx.now)
    late = {one.promise for one in missed}
    return [new if new.promise in late else old for old, new in zip(clocks, after, strict=True)], missed


async def look(tx: Tx, conversation_id: UUID) -> tuple[Standing, list[Clock], list[Clock]] | None:
    """What of this conversation, whose row is locked, is to be warned of now, and what is missed now; None when it is
    nothing. `tell` writes that it has been told."""
    found = await standing(tx, [conversation_id])
    if not found:
        return None
    _, warned, missed = pass_time(found[0].clocks, tx.now)
    if not warned and not missed:
        await _write(tx, [(found[0], found[0].clocks, found[0].version)])
        return None
    return found[0], warned, missed


async def tell(tx: Tx, one: Standing, version: int) -> None:
    """Time has passed for these clocks: nobody is told again."""
    after, _, _ = pass_time(one.clocks, tx.now)
    await _write(tx, [(one, after, version)])


def event_of(kind: str, one: Standing, clock: Clock, further: int, **more: Any) -> Event:
    """What is told about a clock; `further` versions behind the one that the conversation had."""
    payload = {
        "promise": clock.promise,
        "policy": str(clock.policy_id),
        "due_at": wire_time(clock.due_at) if clock.due_at else None,
        "agent": str(one.assignee_id) if one.assignee_id else None,
        "queue": str(one.queue_id),
    }
    return Event(kind=kind, payload=payload | more, conversation_id=one.id, version=one.version + further)


async def reckon_some(tx: Tx, conversation_ids: Sequence[UUID]) -> list[Event]:
    """A policy, or hours, have changed: what runs in these conversations, whose rows are locked, is reckoned anew.
    Returns what to record."""
    events: list[Event] = []
    written: list[tuple[Standing, list[Clock], int]] = []
    for one in await standing(tx, conversation_ids):
        clocks, missed = _missed(one.clocks, tx)
        after = reckon(one.facts, one.policy, one.hours, clocks, tx.now)
        if after == one.clocks and not missed:
            continue
        its = [event_of("promise.missed", one, clock, n + 1) for n, clock in enumerate(missed)]
        version = one.version + len(its) + 1
        policy = str(one.policy.id) if one.policy else None
        its.append(
            Event(kind="conversation.promised", payload={"policy": policy}, conversation_id=one.id, version=version)
        )
        written.append((one, after, version))
        events += its
    await _write(tx, written)
    return events


async def want_reckoning(tx: Tx) -> None:
    """Leave it to the hands to reckon everything anew, a slice after the other."""
    await enqueue(tx, [Wanted(lane="promises", pool="promises", kind="reckon_promises", args={"state": 0})])


async def _write(tx: Tx, written: Sequence[tuple[Standing, Sequence[Clock], int]]) -> None:
    if not written:
        return
    await tx.execute(
        """update conversation c set promises = u.promises::jsonb, due_at = u.due_at, promise_at = u.promise_at,
             promise_state = u.promise_state, version = u.version
           from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::smallint[], $7::bigint[])
             as u(id, promises, due_at, promise_at, promise_state, version)
           where c.workspace_id = $1 and c.id = u.id""",
        tx.workspace_id,
        [one.id for one, _, _ in written],
        [msgspec.json.encode(clocks).decode() for _, clocks, _ in written],
        [due_first(clocks) for _, clocks, _ in written],
        [next_moment(clocks) for _, clocks, _ in written],
        [state_of(clocks) for _, clocks, _ in written],
        [version for _, _, version in written],
    )
