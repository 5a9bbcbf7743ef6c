"""Contacts, identities, and the reply windows that an identity has open."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class NotFound(Exception):
    """There is no such contact or identity in this workspace."""


class Refused(Exception):
    """The change cannot be made; `code` says why: stale, invalid."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Window(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An open reply window: until `expires_at`, `left` more replies (None: any number)."""

    by: str
    opened_at: datetime
    expires_at: datetime
    left: int | None = None
    token: str = ""


class Identity(msgspec.Struct, kw_only=True):
    """A contact on one inbox. Mutable only inside the batch that has locked its row."""

    id: UUID
    inbox_id: UUID
    contact_id: UUID
    external_id: str
    kind: str
    name: str
    is_blocked: bool
    followed: bool = True
    is_new: bool = False
    profile_at: datetime | None = None
    windows: list[Window] = []


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as a channel saw them."""

    inbox_id: UUID
    external_id: str
    kind: str = "person"
    name: str = ""
    language: str = ""
    email: str = ""
    phone: str = ""
    attributes: dict[str, str] = {}
    evidence: dict[str, str] = {}

    def said(self) -> dict[str, str]:
        """Attributes, evidence, e-mail and phone as they were told: what an identity remembers."""
        told = {"email": self.email, "phone": self.phone}
        return self.attributes | self.evidence | {key: value for key, value in told.items() if value}
