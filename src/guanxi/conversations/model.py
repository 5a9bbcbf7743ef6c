"""Conversations and messages, and how a change of them is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from guanxi.channel_kit import Post, is_public
from guanxi.content import Content

OPEN, SNOOZED, RESOLVED = 0, 1, 2
MERGED = 3  # it goes on in another one, and has no messages; nobody gets its row by `lock`

# How far a reply has come; it only moves forward. failed and unknown stand beside the line.
RANK = {"waiting": 0, "sending": 1, "unknown": 1, "failed": 1, "sent": 2, "delivered": 3, "read": 4}


class NotFound(Exception):
    """There is no such conversation or message in this workspace."""


class Refused(Exception):
    """The change cannot be made; `code` says why, `details` what to do about it."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class Conversation(msgspec.Struct, kw_only=True):
    """A conversation whose row this transaction has locked; changed in place while a batch is worked in.

    `weight`: how many places of an agent's it fills. `needs`: the skills that it wants of her, as routing.rules says them.
    `sleeps_through`: while it is snoozed, only its time wakes it, and no word of the contact's.
    `language` is spoken in it, `heard` are those of its last messages, newest first.
    """

    id: UUID
    identity_id: UUID
    inbox_id: UUID
    channel: str
    medium: str
    thread: str
    state: int
    queue_id: UUID
    assignee_id: UUID | None
    version: int
    last_seq: int
    last_at: datetime
    unread: int
    waiting_since: datetime | None
    contact_read_seq: int
    weight: int
    needs: str
    sleeps_through: bool
    language: str = ""
    heard: str = ""
    language_by_hand: bool = False
    is_new: bool = False
    goes_on: bool = False  # with one of another channel
    was_reopened: bool = False
    was_woken: bool = False

    @property
    def is_public(self) -> bool:
        """Does everybody read along?"""
        return is_public(self.medium)

    def came_into_the_list(self) -> bool:
        """Is it open now, and was it not before this transaction?"""
        if self.goes_on and self.assignee_id is not None:
            return False  # its agent has it already
        return self.state == OPEN and (self.is_new or self.was_reopened or self.was_woken)


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent wrote to be sent later. held: for a moment, until it is too late to undo; planned: for its time.
    asked: the contact wrote in between; closed: it could not go."""

    id: UUID
    conversation_id: UUID
    agent_id: UUID
    kind: Literal["held", "planned"]
    content: Content
    public: bool
    seen_seq: int
    send_at: datetime
    state: Literal["waiting", "asked", "closed"]
    original: str | None = None
    quoted_seq: int | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has something to say on a thread and needs a conversation for it."""

    identity_id: UUID
    thread: str
    inbox_id: UUID
    channel: str
    medium: str
    queue_id: UUID
    is_blocked: bool = False
    post: Post | None = None


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """The message with this id of the platform's says something else since `at`."""

    external_id: str
    content: Content
    at: datetime


class Arrival(msgspec.Struct, kw_only=True):
    """One message of a contact, or one line about him, on its way into a conversation. What `calls` wants somebody to
    look: it wakes, and starts the waiting."""

    conversation: Conversation
    external_id: str
    content: Content | None
    sent_at: datetime
    inbound_seq: int | None
    sender_identity_id: UUID | None = None
    line: dict[str, object] | None = None
    calls: bool = True
    quotes: str = ""
    quote_token: str = ""
    read_token: str = ""
    id: UUID
    seq: int = 0
    language: str = ""
