"""What calls an agent, what a saved view holds, and how a change to the team is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from guanxi.access import Right, Sees

CallKind = Literal["mentioned", "assigned", "transferred", "warned", "missed", "whispered", "stepped_in"]


Subject = Literal["contact", "conversation"]
Kind = Literal["text", "number", "date", "choice", "yes_no"]


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a workspace wants to know. Values stand under `key`, as text in one form for each kind."""

    id: UUID
    subject: Subject
    key: str
    name: str
    kind: Kind
    choices: list[str]
    position: int


class WrongValues(Exception):
    """Values that cannot stand in their attributes; `keys` names these."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(keys)
        self.keys = keys


class OwnRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a workspace has made itself; `people` have it. `sees`: all conversations, those of his teams, or his own, and
    what waits in queues that he serves."""

    id: UUID
    name: str
    rights: list[Right]
    sees: Sees
    people: int


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody (`by_id`, None: the house) calls an agent to a message of a conversation."""

    agent_id: UUID
    kind: CallKind
    conversation_id: UUID
    seq: int
    by_id: UUID | None
    at: datetime


Assignee = Annotated[str, msgspec.Meta(pattern="^(me|nobody|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]


TeamOf = Annotated[str, msgspec.Meta(pattern="^(mine|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]


class Conditions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which conversations a saved view holds: all that is said has to hold, and what is null does not matter.

    `assignee` is "me" (whoever looks), "nobody", or an agent's id; `waiting_minutes`: the contact has waited for an
    answer at least so long. An inbox says more than its channel. `public`: everybody reads along, or (false) nobody does.
    `team`: an id, or "mine": what its members have and its queues hold.
    """

    state: Literal["open", "snoozed", "resolved"] = "open"
    channel: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    inbox_id: UUID | None = None
    assignee: Assignee | None = None
    tag: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | None = None
    waiting_minutes: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    unread: bool = False
    public: bool | None = None
    team: TeamOf | None = None
    sort: Literal["newest", "waiting"] = "newest"


def conditions_problem(conditions: Conditions) -> str:
    """The condition that makes no sense beside the state, or '': only in what is open somebody waits, and what is
    resolved is not asked for as unread."""
    if conditions.state != "open" and conditions.waiting_minutes is not None:
        return "waiting_minutes"
    if conditions.state != "open" and conditions.sort != "newest":
        return "sort"
    return "unread" if conditions.state == "resolved" and conditions.unread else ""


class PushDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A browser on which an agent is called while the desk is closed. `key` (65 bytes) and `secret` (16) are the browser's;
    quiet hours are minutes of the day by the clock of `time_zone`."""

    endpoint: str
    key: bytes
    secret: bytes
    device: str
    language: str
    time_zone: str
    shows_text: bool
    quiet_from: int | None
    quiet_to: int | None


class NotFound(Exception):
    """There is no such agent, phrase or view in this workspace."""


class Refused(Exception):
    """The change cannot be made; `code` says why: last_admin, shortcut_taken, unknown_time_zone."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
