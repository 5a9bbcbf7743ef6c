"""What answers about other systems look like: access tokens, webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from guanxi.access import Scope


class TokensAgent(msgspec.Struct):
    id: UUID
    name: str


class Token(msgspec.Struct, kw_only=True):
    """An access token, without what opens. `start` are its first characters."""

    id: UUID
    name: str
    start: str
    scopes: list[Scope]
    agent: TokensAgent
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class MadeToken(msgspec.Struct):
    """`token` is never shown again."""

    token: str
    about: Token


class Webhook(msgspec.Struct, kw_only=True):
    """A receiver. `paused_reason` is '' when a person paused it, else failing or gone; `waiting` is counted to 1000."""

    id: UUID
    name: str
    url: str
    kinds: list[str]
    state: Literal["active", "paused"]
    paused_reason: str
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    waiting: int


class Webhooks(msgspec.Struct):
    """All receivers, and the kinds of events that there are to be told."""

    rows: list[Webhook]
    kinds: list[str]


class WebhookSecret(msgspec.Struct):
    """`secret` is never shown again."""

    secret: str
    about: Webhook


class WebhookDelivery(msgspec.Struct, kw_only=True):
    """One event on its way to one receiver. `problem` is a code: status, redirect, refused by our guard, no answer …"""

    seq: int
    id: UUID
    kind: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    status: int | None
    ms: int | None
    problem: str
    created_at: datetime
    tried_at: datetime | None


class WebhookDeliveries(msgspec.Struct):
    rows: list[WebhookDelivery]
    next: str | None


class WebhookDeliveryDetail(WebhookDelivery, kw_only=True):
    """With what was sent, and how the last answer began."""

    body: str
    answer: str


class Queued(msgspec.Struct):
    """It is on its way."""

    delivery_id: UUID
