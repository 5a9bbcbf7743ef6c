"""What calls an agent, and how a change to the team is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

CallKind = Literal["mentioned", "assigned", "transferred"]


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


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody (`by_id`, None: the house) calls an agent to a message of a conversation."""

    agent_id: UUID
    kind: CallKind
    conversation_id: UUID
    seq: int
    by_id: UUID | None
    at: datetime


class NotFound(Exception):
    """There is no such agent or phrase in this workspace."""


class Refused(Exception):
    """The change cannot be made; `code` says why: last_admin, shortcut_taken, unknown_time_zone."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
