"""A webhook as the hands need it, and how its calls end."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec


class NotFound(Exception):
    """There is no such webhook, or delivery, in this workspace."""


class Refused(Exception):
    """The webhook cannot be kept as it is. `fields` names what is wrong where."""

    def __init__(self, code: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery that is due: what to send where, signed by each of `secrets`. `attempt` counts from 1."""

    webhook_id: UUID
    delivery_id: UUID
    url: str
    kind: str
    body: str
    secrets: tuple[str, ...]
    attempt: int


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """How a call ended. `status` is None without an answer, then `problem` says why; `ms` is how long it took."""

    status: int | None
    ms: int
    problem: str = ""
    answer: str = ""
