"""Who is signed in, and the links that open a door once."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Role = Literal["admin", "supervisor", "agent", "viewer"]
# own: what belongs to the person alone · look: read the desk · serve: answer and change · supervise: others' work ·
# team, channels, workspace: who serves, on which accounts, under which rules
Right = Literal["own", "look", "serve", "supervise", "team", "channels", "workspace", "integrations"]
Purpose = Literal["owner", "invitation", "reset", "sign_in"]
# What a program may do with an access token; never more than its agent may.
Scope = Literal["read", "write", "admin:inboxes", "admin:team", "admin:integrations"]


class LinkGone(Exception):
    """The link never was, has been used, or is too old. Nobody is told which."""


class TooMany(Exception):
    """Too many failed sign-ins; `seconds` is how long to wait at most."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TooManyTokens(Exception):
    """One agent has enough access tokens."""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in agent. `sign_in` is the hash of the cookie."""

    sign_in: bytes
    person_id: UUID
    workspace_id: UUID
    agent_id: UUID
    role: Role
    name: str
    csrf: str


class TokenBearer(msgspec.Struct, frozen=True, kw_only=True):
    """A program that calls in an agent's name. `who.sign_in` is the hash of its token."""

    who: Who
    token_id: UUID
    scopes: frozenset[str]
    expires_at: datetime | None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time link. `workspace_name` and `person_exists` are for the page that it opens."""

    purpose: Purpose
    workspace_id: UUID | None
    person_id: UUID | None
    email: str
    role: Role
    expires_at: datetime
    workspace_name: str = ""
    person_exists: bool = False


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can sign in. `workspace_id` is where, when he serves anywhere."""

    id: UUID
    email: str
    name: str
    password_hash: str | None
    workspace_id: UUID | None
