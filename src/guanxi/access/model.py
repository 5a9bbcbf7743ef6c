"""Who is signed in, and the links that open a door once."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Role = Literal["admin", "supervisor", "agent", "viewer"]
# own: what belongs to the person alone · look: read the desk · serve: answer, note, tag · supervise: others' work ·
# export: carry conversations away · channels: connected accounts · workspace: its rules · team: people and roles
Right = Literal[
    "own", "look", "serve", "assign", "resolve", "supervise", "contacts", "export", "reports", "queues", "channels",
    "integrations", "workspace", "team", "audit",
]  # fmt: skip
Sees = Literal["all", "team", "own"]  # of the conversations: see views/sight.py
Purpose = Literal["owner", "invitation", "reset", "sign_in"]
Way = Literal["password", "link", "oidc", "passkey"]
Outcome = Literal["in", "wrong_password", "wrong_code", "too_many"]
# What a program may do with an access token; never more than its agent may.
Scope = Literal["read", "write", "admin:inboxes", "admin:team", "admin:integrations"]


class LinkGone(Exception):
    """The link never was, has been used, or is too old. Nobody is told which."""


class TooMany(Exception):
    """Too many failed sign-ins; `seconds` is how long to wait at most, `is_first` whether none was refused before."""

    def __init__(self, seconds: int, *, is_first: bool = False) -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.is_first = is_first


class Came(msgspec.Struct, frozen=True):
    """From where somebody comes: his address, and what his browser says of itself."""

    address: str
    device: str


class AnotherAccount(Exception):
    """The person has another account at this sign-on, or the account is somebody else's."""


class TooManyPasskeys(Exception):
    """One person has enough passkeys."""


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """One of a person's, by the name that he gave it. `doubted_at`: since when it opens nothing."""

    id: UUID
    credential_id: bytes
    name: str
    created_at: datetime
    used_at: datetime | None
    doubted_at: datetime | None


class TooManyTokens(Exception):
    """One agent has enough access tokens."""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in agent. `sign_in` is the hash of the cookie. Who lacks a second factor that the workspace asks for may
    set it up, and nothing else. `proved_at` is when he last proved who he is; `proved_elsewhere`: his company's sign-on
    has asked for its own second factor, and the installation takes that for ours; or a passkey has verified him."""

    sign_in: bytes
    person_id: UUID
    workspace_id: UUID
    agent_id: UUID
    role: Role
    rights: frozenset[Right]
    name: str
    csrf: str
    lacks_second_factor: bool = False
    proved_at: datetime | None = None
    proved_elsewhere: bool = False
    way: Way = "password"
    sees: Sees = "all"


class TokenBearer(msgspec.Struct, frozen=True, kw_only=True):
    """A program that calls in an agent's name. `who.sign_in` is the hash of its token."""

    who: Who
    token_id: UUID
    scopes: frozenset[str]
    expires_at: datetime | None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time link. `workspace_name`, `person_exists`, `asks_code` and `password_length` are for the page that it
    opens."""

    purpose: Purpose
    workspace_id: UUID | None
    person_id: UUID | None
    email: str
    role: Role
    expires_at: datetime
    role_id: UUID | None = None
    clears_second_factor: bool = False
    workspace_name: str = ""
    person_exists: bool = False
    asks_code: bool = False
    password_length: int = 10


class SignOnTry(msgspec.Struct, frozen=True, kw_only=True):
    """One try to come in by a company's sign-on. `state` and `link` are hashes; the last four are what the provider said,
    while it waits for the person's password or code."""

    state: bytes
    nonce: str
    verifier: str
    goes_to: str
    link: bytes | None
    is_again: bool
    issuer: str | None
    subject: str | None
    email: str | None
    person_id: UUID | None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can sign in. `workspace_id` is where he was last, when he serves anywhere; `password_length` what the
    strictest of his workspaces asks for."""

    id: UUID
    email: str
    name: str
    password_hash: str | None
    has_second_factor: bool
    password_length: int
    workspace_id: UUID | None
