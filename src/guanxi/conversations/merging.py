"""How conversations become one: in which order their messages stand, and what is true of the one that goes on. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from guanxi import promises
from guanxi.channel_kit import is_public
from guanxi.conversations.model import OPEN, RESOLVED

MOST_MERGED = 10  # conversations at once
MOST_MOVED = 5000  # messages at once


class Place(NamedTuple):
    """Where a message stands, and since when it is there."""

    message_id: UUID
    conversation_id: UUID
    seq: int
    at: datetime


class Move(NamedTuple):
    """A message goes from one place to another."""

    message_id: UUID
    conversation_id: UUID
    seq: int
    to: UUID
    to_seq: int


def why_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """'' when both (rows with identity_id, thread, medium) can be one, else why not: they are with other identities, or one
    of them is public and they stand under different posts. Whoever answers has to reach who asked, and nothing private
    may come to stand in public."""
    if one["identity_id"] != other["identity_id"]:
        return "other_identity"
    public = is_public(one["medium"]) or is_public(other["medium"])
    return "other_post" if public and one["thread"] != other["thread"] else ""


def in_one(survivor: UUID, places: Sequence[Place], first: int) -> list[Move]:
    """The moves that bring all messages into the survivor in the order in which they came. What is older than all that
    joins it keeps its number; the others get new ones, from `first` on, and no number is given twice."""
    came = sorted(_in_their_order(places), key=lambda one: one[0])
    oldest = next((n for n, (_, one) in enumerate(came) if one.conversation_id != survivor), len(came))
    moving = [one for _, one in came[oldest:]]
    return [Move(*one[:3], survivor, first + n) for n, one in enumerate(moving)]


def _in_their_order(places: Sequence[Place]) -> list[tuple[tuple[datetime, UUID, int], Place]]:
    """With a time that never goes back within a conversation: its own order stands, whatever the clocks have said."""
    latest: dict[UUID, datetime] = {}
    told = []
    for one in sorted(places, key=lambda place: (place.conversation_id, place.seq)):
        latest[one.conversation_id] = max(one.at, latest.get(one.conversation_id, one.at))
        told.append(((latest[one.conversation_id], one.conversation_id, one.seq), one))
    return told


def renumbered(moves: Sequence[Move], conversation_id: UUID, seq: int, *, stays: bool) -> int:
    """What "up to this number" of this conversation is after these moves; `stays`: its numbers stand where nothing moved."""
    moved = [(one.seq, one.to_seq) for one in moves if one.conversation_id == conversation_id and one.seq <= seq]
    return max(moved)[1] if moved else seq if stays else 0


def together(survivor: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is true of the one that goes on, by the columns of its row. Who has it, where it waits and whether it sleeps
    is as in the liveliest of them: an open one before one that is put aside, before one that is resolved."""
    rows = [survivor, *others]
    liveliest = min(rows, key=lambda row: (row["state"], row is not survivor))
    current = [row for row in rows if row["state"] < RESOLVED] or [liveliest]
    newest = max(rows, key=lambda row: row["last_at"])
    answered = [row["first_answered_at"] for row in current if row["first_answered_at"] is not None]
    waiting = min((row["waiting_since"] for row in current if row["waiting_since"] is not None), default=None)
    held = [row["assignee_id"] for row in (liveliest, *current) if row["assignee_id"] is not None]
    found = {name: liveliest[name] for name in AS_THE_LIVELIEST} | {name: newest[name] for name in AS_THE_NEWEST}
    attributes: dict[str, str] = {}
    for row in (*others, survivor):
        attributes |= row["attributes"]
    return found | {
        "assignee_id": held[0] if held else None,
        "priority": max(row["priority"] for row in current),
        "unread": sum(row["unread"] for row in current),
        "marked_unread": any(row["marked_unread"] for row in current),
        "waiting_since": waiting,
        "opened_at": min(row["opened_at"] for row in current),
        "first_answered_at": min(answered, default=None),
        "tags": list(dict.fromkeys(tag for row in rows for tag in row["tags"])),
        "attributes": attributes,
        "transfers": sum(row["transfers"] for row in rows),
        "policy_id": _first(row["policy_id"] for row in (liveliest, *rows)),
        "private_id": _first(row["private_id"] for row in rows),
        "wrap_up_id": _first(row["wrap_up_id"] for row in (liveliest, *rows)),
        "promises": (clocks := promises.together([row["promises"] for row in current], waiting, bool(answered))),
        **promises.moments(clocks),
    }


def untouched(
    survivor: Mapping[str, Any], others: Sequence[Mapping[str, Any]], now: Mapping[str, Any]
) -> dict[str, Any]:
    """What nobody has changed since the merge is as before it (the rows as they were kept, in JSON), where anything else
    has happened since."""
    made = together(survivor, others)
    return {name: survivor[name] for name in GIVEN_BACK if msgspec.to_builtins(now[name]) == made[name]}


GIVEN_BACK = (
    "tags", "attributes", "transfers", "private_id", "wrap_up_id", "policy_id", "opened_at", "first_answered_at", "priority",
)  # fmt: skip
AS_THE_LIVELIEST = (
    "state", "queue_id", "queued_at", "head_start", "needs", "weight", "assigned_at", "offered_until", "taken_from",
    "snoozed_until", "sleeps_through", "snooze_note", "woken_by", "resolved_at", "language", "heard", "by_hand",
    "urgency", "mood", "reasons", "judged_at", "translated_by", "translated_at",
)  # fmt: skip
AS_THE_NEWEST = ("last_at", "last_kind", "last_text", "last_author")


def loads(rows: Sequence[Mapping[str, Any]]) -> dict[UUID, int]:
    """How many places these conversations fill, by agent."""
    filled: dict[UUID, int] = {}
    for row in rows:
        if row["state"] == OPEN and row["assignee_id"] is not None:
            filled[row["assignee_id"]] = filled.get(row["assignee_id"], 0) + row["weight"]
    return filled


def shifts(before: Mapping[UUID, int], after: Mapping[UUID, int]) -> dict[UUID, int]:
    """What has to be added to each agent's load."""
    return {one: after.get(one, 0) - before.get(one, 0) for one in {*before, *after}}


def _first(values: Any) -> Any:
    return next((one for one in values if one is not None), None)
