"""What answers look like. Rows that PostgreSQL builds are described here for the OpenAPI document only."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from guanxi import judging
from guanxi.channel_kit import Limit, Medium
from guanxi.http.api.shapes_content import ContentView
from guanxi.promises import Clock

Presence = Literal["online", "busy", "wrap_up", "offline"]
State = Literal["open", "snoozed", "resolved"]


class Named(msgspec.Struct):
    id: UUID
    name: str


Priority = Literal[-2, -1, 0, 1, 2]


class Position(msgspec.Struct):
    """Everything that happened in transactions before `xid` is in these rows."""

    xid: str


class RowContact(msgspec.Struct):
    id: UUID
    name: str
    avatar_url: str | None
    vip: bool
    blocked: bool


class UnderPost(msgspec.Struct):
    """What a public conversation stands under, as it was when it was first heard of: the beginning of its words."""

    id: UUID
    author: str
    is_ours: bool
    audience: Literal["everyone", "members", "limited"]
    text: str
    url: str
    posted_at: datetime | None


class Linked(msgspec.Struct):
    """A conversation that belongs to this one: the private one that a public one was followed up in, or the other way round
    (`how` public); what was split from it, or what somebody has linked with it (linked); the one on another channel that went
    on in this one (came_from), or that this one goes on in (goes_on).
    `text` begins with the post's words, or with what was said last."""

    id: UUID
    is_public: bool
    medium: Medium
    channel: str
    how: Literal["public", "linked", "came_from", "goes_on"]
    state: State
    opened_at: datetime
    text: str


class Found(msgspec.Struct):
    """When the words were said last, in which message, and the text around them; without a message they are the contact's
    name, and the time is when the conversation was opened. What is found stands in this order."""

    at: datetime
    seq: int | None
    text: str | None


class CustomerWish(msgspec.Struct):
    """What the customer chose instead of waiting: to be called back at `phone` by `due_at`, or to be answered later."""

    kind: Literal["call_back", "later"]
    phone: str
    due_at: datetime | None


class ConversationRow(msgspec.Struct, kw_only=True):
    """One line of the conversation list. `version` rises with every change; keep the newest. `is_public`: everybody reads
    what is said there; then `post` is what it stands under. `transfers`: how often its customer was passed on; `taken_from`: whose it was before a supervisor stepped in. `needs`: the skills that it waits for, `lang:ja refunds+2`.
    Snoozed without a time it waits for the contact's word; `woken_by` says how it came back, until somebody answers it, and
    `snooze_note` what it was put aside for. `offered_until`: its
    assignee has not taken it yet, and until then it goes to nobody else. `promises`
    are its clocks, `due_at` is when the first of those that run is due.
    What is `merged` goes on in another one and stands in no list; `merged_into` is the next on the way there.
    `language` is what is spoken there, '' when nobody can tell; `reasons` are the words and facts behind `urgency` and
    `mood`; `by_hand`: which of the three an agent set."""

    id: UUID
    version: int
    state: Literal["open", "snoozed", "resolved", "merged"]
    merged_into: UUID | None
    channel: str
    inbox_id: UUID
    inbox_name: str
    medium: Medium
    is_public: bool
    post: UnderPost | None
    contact: RowContact
    identity_kind: Literal["person", "group"]
    queue_id: UUID
    transfers: int
    taken_from: UUID | None
    priority: Priority
    needs: str
    assignee: Named | None
    offered_until: datetime | None
    wish: CustomerWish | None
    last_at: datetime
    last_text: str
    last_kind: str
    last_author: Literal["contact", "agent", "bot", "system"]
    unread: int
    waiting_since: datetime | None
    promises: list[Clock]
    due_at: datetime | None
    snoozed_until: datetime | None
    wakes_on_reply: bool
    snooze_note: str
    woken_by: Literal["", "contact", "time"]
    opened_at: datetime
    tags: list[str]
    language: str
    urgency: judging.Urgency
    mood: judging.Mood
    reasons: list[judging.Reason]
    by_hand: list[Literal["language", "urgency", "mood"]]
    found: Found | msgspec.UnsetType | None = msgspec.UNSET


class ConversationPage(msgspec.Struct):
    rows: list[ConversationRow]
    next: str | None
    at: Position


class FoundContact(msgspec.Struct):
    """`channel` and the picture are those of the first identity."""

    id: UUID
    name: str
    channel: str | None
    avatar_url: str | None


class FoundTogether(msgspec.Struct):
    contacts: list[FoundContact]
    tags: list[str]
    conversations: list[ConversationRow]


class Window(msgspec.Struct):
    by: str
    expires_at: datetime
    left: int | None


class Reply(msgspec.Struct):
    """Whether and how the conversation can be answered now; `reason` is a code when it cannot. `public`: everybody will read
    the answer. `recall_within`: how many seconds long a reply can be taken back (0: no end is known); null: not at all. `rating`: whether the contact can be
    asked what it was like, or has been."""

    can: bool
    reason: str | None
    window: Window | None
    sends: dict[str, Limit]
    public: bool
    after_window: Literal["none", "push"]
    outside: list[str]
    paused: bool
    recall_within: int | None
    rating: Literal["", "can", "asked", "rated"]


class PlannedView(msgspec.Struct, kw_only=True):
    """A reply that is sent later. held: in a moment, until when it can be undone; planned: at its time. asked: the contact
    wrote in between, and somebody has to decide; closed: it could not go, `reason` says why."""

    id: UUID
    kind: Literal["held", "planned"]
    content: ContentView
    original: str | None
    public: bool
    send_at: datetime
    state: Literal["waiting", "asked", "closed"]
    reason: str
    agent: Named


class Translating(msgspec.Struct):
    """Is this conversation translated, and who has switched it on?"""

    on: bool
    by: str | None


class ConversationDetail(ConversationRow, kw_only=True):
    contact_read_seq: int
    attributes: dict[str, str]
    linked: list[Linked]
    was_merged: bool
    wrap_up: Named | None
    planned: list[PlannedView]
    translation: Translating | None  # null: the workspace has nobody who translates
    reply: Reply


class Earlier(msgspec.Struct):
    """What a message said before an edit, until then."""

    content: ContentView
    until: datetime


class Quoted(msgspec.Struct, kw_only=True):
    """What a message quotes. `seq` is null when it stands in another conversation; `author` too, when nobody here
    knows it."""

    seq: int | None
    author: Literal["contact", "agent", "bot", "system"] | None
    kind: str
    text: str
    unsent: bool


class Message(msgspec.Struct, kw_only=True):
    """One message, note or system line of a thread. `seq` is its place, without gaps."""

    seq: int
    id: UUID
    author: Literal["contact", "agent", "bot", "system"]
    agent: Named | None
    sender: Named | None
    kind: str
    language: str
    content: ContentView
    original: str | None  # what the agent wrote, where a translation of it was sent
    earlier: list[Earlier] | None
    quotes: Quoted | None
    is_note: bool
    sent_at: datetime
    created_at: datetime
    state: Literal["received", "waiting", "sending", "sent", "delivered", "read", "failed", "unknown", "unsent"]
    reason: str
    reason_detail: str
    has_raw: bool
    mentions: list[UUID]


class MessagePage(msgspec.Struct):
    rows: list[Message]
    version: int
    has_more: bool


class Raw(msgspec.Struct, kw_only=True):
    """A request as it came; `encoding` is base64 when the body is no text."""

    received_at: datetime
    headers: dict[str, str]
    body: str
    encoding: Literal["text", "base64"]


class Count(msgspec.Struct):
    """`capped`: it was not counted to the end, and there may be more."""

    count: int
    capped: bool


class Counts(msgspec.Struct):
    mine: Count
    queue: Count
    all: Count
    late: Count | None
    snoozed: Count
    queues: dict[str, Count]
    channels: dict[str, Count]


class Pulled(msgspec.Struct):
    conversation_id: UUID | None


class Nothing(msgspec.Struct):
    """{}"""


class Refusal(msgspec.Struct, kw_only=True):
    """How everything is refused: a code, a sentence in English, and codes for single fields."""

    error: str
    message: str
    fields: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    by: str | msgspec.UnsetType = msgspec.UNSET
