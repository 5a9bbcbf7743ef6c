"""Inboxes as a door sees them, and the raw events that they keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class NotFound(Exception):
    """There is no such inbox in this workspace."""


class Refused(Exception):
    """The inbox cannot be saved; `fields` names what is wrong with which setting: missing, malformed, unknown."""

    def __init__(self, code: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.fields = dict(fields or {})


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to take something in at an inbox, or to send something out of it. Secrets are open here:
    never log a Door. `extras` is what the channel's own page in the settings arranges."""

    workspace_id: UUID
    inbox_id: UUID
    queue_id: UUID
    channel: str
    name: str
    address: str
    state: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    greeting: str
    away_text: str
    version: int
    extras: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Door({self.channel} {self.inbox_id})"


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """A kept request, waiting to be read."""

    seq: int
    method: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    received_at: datetime
    attempts: int
