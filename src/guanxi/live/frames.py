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
    "type,cursor,id,kind,at,conversation_id,version,agent_id,row,rows,message,messages,queue_id,"
    "contact_read_seq,reply,agent,inbox".split(",")  # noqa: SIM905 — a list would take a screen
)

EVENT_COLUMNS = """xid::text::bigint as xid, id, kind, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
  conversation_id, version, agent_id, payload"""
EVENTS_OF = f"""select {EVENT_COLUMNS} from event
  where workspace_id = $1 and xid = any($2::text[]::xid8[]) order by xid, id"""
EVENTS_FROM = f"""select {EVENT_COLUMNS} from event
  where workspace_id = $1 and (xid, id) > ($2::text::xid8, $3::bigint) order by xid, id limit $4"""


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


async def frames(tx: Tx, events: Sequence[Any], cursor: str) -> list[Frame]:
    """The frames of these events, with a handful of queries for all of them together.

    Rows and messages are as they are now, which may be newer than the event: receivers keep the newest version.
    """
    ids = {event["conversation_id"] for event in events if event["conversation_id"]}
    contacts = {str(event["payload"]["contact_id"]) for event in events if event["kind"].startswith("contact.")}
    by_contact = await views.conversations_of(tx, [UUID(id_) for id_ in contacts]) if contacts else {}
    rows = await views.rows_by_id(tx, [*ids, *(id_ for found in by_contact.values() for id_ in found)])
    places = [
        (event["conversation_id"], seq)
        for event in events
        if event["conversation_id"]
        for seq in seqs_of(event["payload"])
    ]
    messages = await views.messages_at(tx, places)
    agents = {id_: await views.agents(tx, id_) for id_ in _named(events, "agent.changed", "agent_id")}
    inboxes = {id_: await views.inbox_line(tx, id_) for id_ in _named(events, "inbox.changed", "inbox_id")}
    built = []
    for event in events:
        payload, conversation_id = event["payload"], event["conversation_id"]
        row = rows.get(conversation_id)
        parts = [
            f'"type":"event","cursor":"{cursor}","id":{event["id"]},"kind":"{event["kind"]}","at":"{event["at"]}"',
            f'"conversation_id":{_json(conversation_id)},"version":{_json(event["version"])}',
            f'"agent_id":{_json(event["agent_id"])}',
            f'"row":{row["row"] if row else "null"}',
        ]
        if row:
            parts.append(views.besides(row, tx))
        said = [messages[conversation_id, seq] for seq in seqs_of(payload) if (conversation_id, seq) in messages]
        parts.append(f'"message":{said[0] if said else "null"}')
        if len(said) > 1:
            parts.append(f'"messages":[{",".join(said)}]')
        if event["kind"].startswith("contact."):
            theirs = by_contact.get(UUID(str(payload["contact_id"])), [])
            parts.append(f'"rows":[{",".join(rows[id_]["row"] for id_ in theirs if id_ in rows)}]')
        agent = agents.get(UUID(str(payload["agent_id"]))) if event["kind"] == "agent.changed" else None
        parts.append(f'"agent":{agent[1:-1] or "null" if agent else "null"}')
        if event["kind"] == "inbox.changed":
            parts.append(f'"inbox":{inboxes.get(UUID(str(payload["inbox_id"]))) or "null"}')
        parts += [f"{_json(name)}:{_json(value)}" for name, value in payload.items() if name not in RESERVED]
        built.append(
            Frame(
                type="event",
                data=("{" + ",".join(parts) + "}").encode(),
                kind=event["kind"],
                conversation_id=conversation_id,
                identity_id=row["identity_id"] if row else None,
                version=event["version"],
                agent_id=event["agent_id"],
                seqs=seqs_of(payload),
                payload=payload,
            )
        )
    return built


def _named(events: Sequence[Any], kind: str, member: str) -> set[UUID]:
    return {UUID(str(event["payload"][member])) for event in events if event["kind"] == kind}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
