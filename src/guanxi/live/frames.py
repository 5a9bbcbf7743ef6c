"""What open desks hear: an event with everything that it changes on a screen, built once and sent to all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import views
from guanxi.infra.sql import Tx

# Members of a frame that an event's own payload must not overwrite.
RESERVED = frozenset(
    [
        "type",
        "cursor",
        "id",
        "kind",
        "at",
        "conversation_id",
        "version",
        "agent_id",
        "row",
        "rows",
        "message",
        "messages",
        "contact_read_seq",
        "attributes",
        "linked",
        "translation",
        "was_merged",
        "reply",
        "agent",
        "inbox",
    ]
)


# Events that change other conversations, too.
BESIDES = frozenset({"conversation.merged", "conversation.taken_apart", "conversation.split"})


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to hear. `data` is what a desk's socket sends; the rest is for choosing and for other doors.

    `type` is event, typing, viewing or signed_out. For an event, `kind` is the event's, `seqs` names the messages
    that it is about, and `identity_id` is whose conversation it is.
    """

    type: str
    data: bytes = b""
    kind: str = ""
    conversation_id: UUID | None = None
    identity_id: UUID | None = None
    version: int | None = None
    agent_id: UUID | None = None
    seqs: tuple[int, ...] = ()
    payload: Mapping[str, Any] = {}


def seqs_of(payload: Mapping[str, Any]) -> tuple[int, ...]:
    """The messages that an event names: its `seq`, or all of its `seqs`."""
    named = payload.get("seqs") or ([payload["seq"]] if payload.get("seq") is not None else [])
    return tuple(seq for seq in named if isinstance(seq, int))


class _Looked(msgspec.Struct, frozen=True):
    """What events change besides their own conversation, as JSON text, by what names it."""

    rows: Mapping[UUID, Any]
    of_contact: Mapping[UUID, Sequence[UUID]]
    agents: Mapping[UUID, str]
    inboxes: Mapping[UUID, str]


async def frames(tx: Tx, events: Sequence[Any], cursor: str) -> list[Frame]:
    """The frames of these events, as `views.events_of` reads them.

    Rows and messages may be newer than the event: receivers keep the newest version.
    """
    of_contact = await views.conversations_of(tx, _named(events, "contact.changed", "contact_id"))
    besides = [id_ for event in events if event["kind"] in BESIDES for id_ in _others(event["payload"])]
    looked = _Looked(
        rows=await views.rows_by_id(tx, [*(id_ for theirs in of_contact.values() for id_ in theirs), *besides]),
        of_contact=of_contact,
        agents=await views.agent_lines(tx, _named(events, "agent.changed", "agent_id")),
        inboxes=await views.inbox_lines(tx, _named(events, "inbox.changed", "inbox_id")),
    )
    return [_frame(tx, event, looked, cursor) for event in events]


def _frame(tx: Tx, event: Any, looked: _Looked, cursor: str) -> Frame:
    conversation_id, seqs = event["conversation_id"], seqs_of(event["payload"])
    members = {
        "type": '"event"',
        "cursor": f'"{cursor}"',
        **{name: _json(event[name]) for name in ("id", "kind", "at", "conversation_id", "version", "agent_id")},
        "row": event["row"] or "null",
        **(views.besides(event, tx) if event["row"] else {}),
        **_said(event["messages"]),
        **_around(event, looked),
    }
    payload = {name: _json(value) for name, value in event["payload"].items() if name not in RESERVED}
    text = ",".join(f'"{name}":{value}' for name, value in (payload | members).items())
    return Frame(
        type="event",
        data=f"{{{text}}}".encode(),
        kind=event["kind"],
        conversation_id=conversation_id,
        identity_id=event["identity_id"],
        version=event["version"],
        agent_id=event["agent_id"],
        seqs=seqs,
        payload=event["payload"],
    )


def _said(messages: Sequence[str]) -> dict[str, str]:
    """The message that the event is about; all of them when there are several."""
    if len(messages) > 1:
        return {"message": messages[0], "messages": f"[{','.join(messages)}]"}
    return {"message": messages[0] if messages else "null"}


def _around(event: Any, looked: _Looked) -> dict[str, str]:
    """What the event changes besides its own conversation."""
    kind, payload = event["kind"], event["payload"]
    members = {"agent": "null"}
    if kind == "contact.changed" or kind in BESIDES:
        named = kind == "contact.changed"
        theirs = looked.of_contact.get(UUID(payload["contact_id"]), []) if named else _others(payload)
        members["rows"] = f"[{','.join(looked.rows[id_]['row'] for id_ in theirs if id_ in looked.rows)}]"
    elif kind == "agent.changed":
        members["agent"] = looked.agents.get(UUID(payload["agent_id"]), "null")
    elif kind == "inbox.changed":
        members["inbox"] = looked.inboxes.get(UUID(payload["inbox_id"]), "null")
    return members


def _others(payload: Mapping[str, Any]) -> list[UUID]:
    """The conversations that messages have come from, or have gone to."""
    return [UUID(id_) for id_ in (*payload.get("from", ()), *payload.get("to", ()))]


def _named(events: Sequence[Any], kind: str, member: str) -> list[UUID]:
    named = {UUID(str(event["payload"][member])) for event in events if event["kind"] == kind}
    return sorted(named)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
