"""What answers about other systems look like: access tokens."""

from __future__ import annotations

from datetime import datetime
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
