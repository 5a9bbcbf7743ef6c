"""What open desks hear: an event with everything that it changes on a screen, built once and sent to all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import views
from guanxi.infra.sql import Tx
from guanxi.views import Sight, Standing

HIDDEN = "conversation.hidden"  # to one desk alone: it is no event that happened
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
# Of these hears also who saw the conversation before and does so no longer: that it is gone, and nothing of it.
TAKE_AWAY = frozenset({"conversation.assigned", "conversation.resolved"}) | BESIDES
# These may change what somebody sees who does not see all.
ABOUT_SIGHT = frozenset({"role.changed", "team.changed", "queue.changed"})


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to hear. `data` is what a desk's socket sends; the rest is for choosing and for other doors.

    `type` is event, typing, viewing or signed_out. For an event, `kind` is the event's, `seqs` names the messages
    that it is about, and `identity_id` is whose conversation it is. By `standing` is decided who sees it; `members` are
    what `data` is made of, and `rows` those of a contact's conversations, for who does not see all.
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
    standing: Standing | None = None
    members: Mapping[str, str] = {}
    rows: tuple[tuple[Standing, str], ...] = ()

    def is_about_sight(self, agent_id: UUID) -> bool:
        """May this change what the agent sees?"""
        if self.kind == "agent.changed":
            return self.payload.get("what") == "role" and self.payload.get("agent_id") == str(agent_id)
        return self.kind in ABOUT_SIGHT

    def as_seen(self, sight: Sight) -> Frame | None:
        """What somebody hears of an event who does not see all conversations; None: nothing."""
        rows = ",".join(text for standing, text in self.rows if sight.sees(standing))
        others = {"rows": f"[{rows}]"} if self.rows else {}
        if self.kind == "contact.changed":
            return self._saying({**self.members, **others})
        if self.conversation_id is None:
            return self
        if self.standing is None:
            return None
        if sight.sees(self.standing):
            if self.members.get("linked", "[]") == "[]" and not others:
                return self
            return self._saying({name: text for name, text in self.members.items() if name != "linked"} | others)
        if self.kind not in TAKE_AWAY and not rows:
            return None
        told = {name: self.members[name] for name in ("type", "cursor", "id", "at", "conversation_id", "version")}
        nothing = dict.fromkeys(("agent_id", "row", "message", "agent"), "null")
        return self._saying({**told, "kind": f'"{HIDDEN}"', **nothing, **others}, kind=HIDDEN)

    def _saying(self, members: Mapping[str, str], **changed: Any) -> Frame:
        return msgspec.structs.replace(self, data=_object(members), **changed)


def _object(members: Mapping[str, str]) -> bytes:
    return ("{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}").encode()


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
    said = payload | members
    return Frame(
        type="event",
        data=_object(said),
        kind=event["kind"],
        conversation_id=conversation_id,
        identity_id=event["identity_id"],
        version=event["version"],
        agent_id=event["agent_id"],
        seqs=seqs,
        payload=event["payload"],
        standing=_standing(event) if event["row"] else None,
        members=said,
        rows=tuple((_standing(row), row["row"]) for row in _besides(event, looked)),
    )


def _standing(row: Any) -> Standing:
    return Standing(row["state"], row["assignee_id"], row["queue_id"], row["mentioned"])


def _besides(event: Any, looked: _Looked) -> list[Any]:
    """The rows of other conversations that the event changes."""
    kind, payload = event["kind"], event["payload"]
    if kind != "contact.changed" and kind not in BESIDES:
        return []
    theirs = looked.of_contact.get(UUID(payload["contact_id"]), []) if kind == "contact.changed" else _others(payload)
    return [looked.rows[id_] for id_ in theirs if id_ in looked.rows]


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
        members["rows"] = f"[{','.join(row['row'] for row in _besides(event, looked))}]"
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
