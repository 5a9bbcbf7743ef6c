"""What answers about contacts look like. Rows that PostgreSQL builds are described here for the OpenAPI document only."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from guanxi.http.api.shapes import Named, State


class IdentityView(msgspec.Struct, kw_only=True):
    id: UUID
    channel: str
    inbox_id: UUID
    inbox_name: str
    name: str
    external_id: str
    kind: Literal["person", "group"]
    followed: bool
    avatar_url: str | None
    attributes: dict[str, str]


class ContactConversation(msgspec.Struct, kw_only=True):
    id: UUID
    channel: str
    is_public: bool
    state: State
    opened_at: datetime
    resolved_at: datetime | None
    last_text: str
    last_at: datetime


class Contact(msgspec.Struct, kw_only=True):
    id: UUID
    name: str
    language: str
    email: str
    phone: str
    tags: list[str]
    attributes: dict[str, str]
    note: str
    vip: bool
    blocked: bool
    version: int
    created_at: datetime
    identities: list[IdentityView]
    conversations: list[ContactConversation]


class PersonRow(msgspec.Struct, kw_only=True):
    """One line of the list of contacts. `last_at`: of their latest conversation."""

    id: UUID
    name: str
    email: str
    phone: str
    tags: list[str]
    vip: bool
    blocked: bool
    created_at: datetime
    avatar_url: str | None
    channels: list[str]
    last_at: datetime | None


class PeoplePage(msgspec.Struct):
    rows: list[PersonRow]
    next: str | None


class NoteAbout(msgspec.Struct, kw_only=True):
    """A note of one of the contact's conversations."""

    conversation_id: UUID
    seq: int
    at: datetime
    text: str
    agent: Named | None
