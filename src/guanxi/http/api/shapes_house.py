"""What answers about the house look like: team, inboxes, who is signed in. Conversations are in shapes.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from guanxi.access import Right, Role
from guanxi.channel_kit import Adjustable, Limit, Medium, ReplyWindow, Setting
from guanxi.http.api.shapes import Presence
from guanxi.http.api.shapes_content import ContentView


class Agent(msgspec.Struct, kw_only=True):
    id: UUID
    name: str
    email: str
    role: Role
    role_id: UUID | None
    presence: Presence
    presence_at: datetime
    busy_reason: str
    wrap_up_ends_at: datetime | None
    load: int
    capacity: int
    skills: dict[str, int]
    removed: bool


class Invitation(msgspec.Struct):
    url: str
    expires_at: datetime


class QuickPhrase(msgspec.Struct):
    """The company's, or with `personal` one's own. The text may hold variables: {{contact.name}}. `content` goes besides it.
    `pinyin` spells the Chinese in shortcut and text: syllables, other readings behind a slash, runs behind a comma."""

    id: UUID
    shortcut: str
    text: str
    personal: bool
    group_id: UUID | None
    content: ContentView | None
    pinyin: str | None


class PhraseGroup(msgspec.Struct):
    id: UUID
    name: str
    personal: bool


class Can(msgspec.Struct, kw_only=True):
    """What a channel carries and tells, for the composer."""

    receives: tuple[str, ...]
    sends: dict[str, Limit]
    reply_windows: tuple[ReplyWindow, ...]
    receipts: tuple[str, ...]
    typing: bool
    recall: bool
    rating: bool
    public_sends: dict[str, Limit]
    menu: bool
    codes: bool


class ChannelView(msgspec.Struct, kw_only=True):
    """A kind of place that can be connected, with the form that connects it. `icon` is SVG text. `limits` are the numbers that
    an inbox may say otherwise."""

    key: str
    title: str
    words: dict[str, dict[str, str]]
    icon: str
    signs: Literal["body", "sealed", "query", "secret", "none"]
    medium: Medium
    webhook: bool
    checks: bool
    introduces: bool
    settings: tuple[Setting, ...]
    capabilities: Can
    limits: tuple[Adjustable, ...]


class InboxView(msgspec.Struct, kw_only=True):
    """A connected account. Secrets are never shown; `secrets_set` names those that there are. `limits`: what this inbox says
    otherwise than its channel, by the keys of the channel's limits. `public_url` is what the
    shop's own pages call us, null where nobody has said it; `introduction_url` asks a customer who he is;
    `sidebar_url` is entered as a side-bar page of the platform's own app."""

    id: UUID
    channel: str
    name: str
    state: Literal["active", "paused"]
    state_reason: str
    settings: dict[str, str]
    limits: dict[str, int]
    secrets_set: list[str]
    address: str
    webhook_url: str | None
    public_url: str | None
    introduction_url: str | None
    sidebar_url: str | None
    queue_id: UUID
    version: int
    greeting: str
    away_text: str
    last_received_at: datetime | None
    quarantined: int


class Check(msgspec.Struct):
    """Do the credentials work? `code` has words `check.CODE` in the channel; not_asked: nobody could be asked."""

    ok: bool
    code: str
    detail: str = ""


class Quarantined(msgspec.Struct, kw_only=True):
    """A request that could not be read, and why."""

    seq: int
    received_at: datetime
    attempts: int
    problem: str
    method: str
    headers: dict[str, str]
    body: str
    encoding: Literal["text", "base64"]


class QuarantinePage(msgspec.Struct):
    rows: list[Quarantined]
    next: str | None


class MyAgent(msgspec.Struct, kw_only=True):
    id: UUID
    name: str
    role: Role
    role_id: UUID | None
    presence: Presence
    presence_at: datetime
    busy_reason: str
    wrap_up_ends_at: datetime | None
    wrap_up_lengthened: bool
    capacity: int
    load: int
    settings: dict[str, Any]


class MyPerson(msgspec.Struct):
    email: str
    language: str


class Workspace(msgspec.Struct, kw_only=True):
    id: UUID
    name: str
    language: str
    time_zone: str
    greeting: str
    away_text: str
    take_over_minutes: int
    priority_minutes: int
    weights: dict[Medium, int]
    busy_reasons: list[str]
    wrap_up_seconds: int
    offer_seconds: int
    silent_listening: bool
    slow_reply_seconds: int  # 0: nobody is reminded
    tell_wait_seconds: int
    offer_elsewhere: bool


class Me(msgspec.Struct, kw_only=True):
    """Who is signed in, and what his role allows. `csrf` goes into the header X-CSRF of everything that changes something."""

    agent: MyAgent
    person: MyPerson
    workspace: Workspace
    rights: list[Right]
    lacks_second_factor: bool
    password_length: int
    csrf: str
    server_time: datetime


class MyWorkspace(msgspec.Struct, kw_only=True):
    """A workspace where the person serves. `unread`: of his own conversations there, those with something unread; 100
    says more than 99, and this workspace itself always says 0."""

    id: UUID
    name: str
    role: Role
    is_this: bool
    unread: int


class MyWorkspaces(msgspec.Struct, kw_only=True):
    """`may_found`: he may found another one."""

    workspaces: list[MyWorkspace]
    may_found: bool


class Entered(msgspec.Struct):
    """Where the sign-in is now; null: nowhere, it has ended."""

    workspace_id: UUID | None


class LinkView(msgspec.Struct, kw_only=True):
    purpose: Literal["owner", "invitation", "reset", "sign_in"]
    email: str
    workspace_name: str
    person_exists: bool
    asks_code: bool
    password_length: int
