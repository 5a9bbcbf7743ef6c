"""What a rule would have heard of a conversation, and how things stood then: read off its events, backwards and forwards.

Pure. State, assignee, queue, tags, urgency, mood and since when somebody waits are as they were; language and what is known of
the contact are as they are now. A rule answers a moment after its event: what the house has judged of that message by then counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from guanxi.automation.model import Condition, Facts
from guanxi.automation.rules import DEEPEST, chain_of, waits_for
from guanxi.events import Happened
from guanxi.judging import Mood, Urgency

SPOKEN = ("message.received", "message.sent")
STATES = {
    "conversation.opened": "open",
    "conversation.reopened": "open",
    "conversation.woken": "open",
    "conversation.snoozed": "snoozed",
    "conversation.resolved": "resolved",
}
# What tells how things stood is read besides what rules hear.
BESIDES = ("conversation.corrected",)


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a rule would have heard it. `place`: its own among the events, or the last one before it; `seq`: of the
    message that its words are looked for in."""

    kind: str
    at: datetime
    place: int
    seq: int | None
    event: Happened | None = None
    chain: tuple[UUID, ...] = ()


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """How a conversation stood, as far as its events tell."""

    state: Literal["open", "snoozed", "resolved"]
    assignee_id: UUID | None
    queue_id: UUID
    tags: list[str]
    urgency: Urgency
    mood: Mood
    waiting_since: datetime | None


def stood(now: Facts, events: Sequence[Happened], first_queue: UUID) -> list[Stood]:
    """How it stood after each of its events. `first_queue`: into which its inbox leads."""
    at = _beginning(now, events, first_queue)
    found = []
    for event in events:
        at = msgspec.structs.replace(at, **_change(event, at))
        found.append(at)
    for place in range(len(found) - 2, -1, -1):  # what is judged before anybody speaks again is of that moment, too
        if events[place + 1].kind not in SPOKEN:
            later = found[place + 1]
            found[place] = msgspec.structs.replace(found[place], urgency=later.urgency, mood=later.mood)
    return found


def as_it_was(now: Facts, stood: Stood, at: datetime) -> Facts:
    """The facts at that moment."""
    return msgspec.structs.replace(now, now=at, **{name: getattr(stood, name) for name in Stood.__struct_fields__})


def moments(
    kind: str, conditions: Sequence[Condition], events: Sequence[Happened], stood: Sequence[Stood], now: datetime
) -> list[Moment]:
    """All that a rule of this kind would have heard, the first one first."""
    if kind == "conversation.waited":
        return [one for minutes in waits_for(conditions) for one in _waits(events, stood, minutes, now)]
    return [
        Moment(kind=kind, at=event.at, place=place, seq=_spoken_at(events, place), event=event, chain=chain)
        for place, event in enumerate(events)
        if event.kind == kind and event.payload.get("author") != "system"
        if len(chain := chain_of(event.payload)) < DEEPEST
    ]


def _waits(events: Sequence[Happened], stood: Sequence[Stood], minutes: int, now: datetime) -> Iterator[Moment]:
    """The moments at which somebody had waited for so long."""
    begins = [n for n, one in enumerate(stood) if one.waiting_since == events[n].at]
    for place in begins:
        since = events[place].at
        ends = (events[n].at for n in range(place, len(events)) if stood[n].waiting_since != since)
        told = since + timedelta(minutes=minutes)
        if next(ends, now) >= told and (not place or stood[place - 1].waiting_since != since):
            last = max(n for n, one in enumerate(events) if one.at <= told)
            event = next((one for one in events if _tells(one, since, minutes)), None)
            yield Moment(kind="conversation.waited", at=told, place=last, seq=_spoken_at(events, last), event=event)


def _tells(event: Happened, since: datetime, minutes: int) -> bool:
    payload = event.payload
    return (
        event.kind == "conversation.waited"
        and payload.get("minutes") == minutes
        and msgspec.convert(payload.get("since"), datetime) == since
    )


def _spoken_at(events: Sequence[Happened], place: int) -> int | None:
    """The message that an event is about: its own, that which opened the conversation, or else the newest before it."""
    event = events[place]
    if event.kind in (*SPOKEN, "note.written"):
        return _seq(event)
    ahead = (one for one in events[place + 1 :] if one.kind == "message.received")
    behind = next((one for one in reversed(events[:place]) if one.kind in SPOKEN), None)
    if event.kind == "conversation.opened" or behind is None:
        first = next(ahead, None)
        return _seq(first) if first is not None else None
    return _seq(behind)


def _seq(event: Happened) -> int | None:
    seq: int | None = event.payload.get("seq")
    return seq


def _beginning(now: Facts, events: Sequence[Happened], first_queue: UUID) -> Stood:
    """Before the first event: what the first change of each says of it, or else as it is now."""
    kinds = {event.kind for event in events}
    first = next((one.kind for one in events if one.kind in STATES), None)
    was = {"conversation.reopened": "resolved", "conversation.woken": "snoozed", None: now.state}
    judged = next((one.payload for one in events if one.kind == "conversation.judged"), {})
    moved = any(one.kind == "conversation.assigned" and one.payload.get("queue") for one in events)
    return msgspec.convert(
        {
            "state": was.get(first, "open"),
            "assignee_id": None if "conversation.assigned" in kinds else now.assignee_id,
            "queue_id": first_queue if moved else now.queue_id,
            "tags": [] if "conversation.tagged" in kinds else now.tags,
            "urgency": judged.get("urgency_before", now.urgency),
            "mood": judged.get("mood_before", now.mood),
            "waiting_since": None,
        },
        Stood,
    )


def _change(event: Happened, at: Stood) -> dict[str, Any]:
    payload, author = event.payload, event.payload.get("author")
    match event.kind:
        case "message.received" if author == "contact":
            return {"waiting_since": at.waiting_since or event.at}
        case "message.sent" if author == "agent":
            return {"waiting_since": None}
        case "conversation.resolved":
            return {"state": "resolved", "waiting_since": None}
        case kind if kind in STATES:
            return {"state": STATES[kind]}
        case "conversation.assigned":
            to, queue = payload.get("to"), payload.get("queue")
            return {"assignee_id": UUID(to) if to else None} | ({"queue_id": UUID(queue)} if queue else {})
        case "conversation.tagged":
            return {"tags": list(payload["tags"])}
        case "conversation.judged" | "conversation.corrected":
            return {name: payload[name] for name in ("urgency", "mood") if name in payload}
    return {}
