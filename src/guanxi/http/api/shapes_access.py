"""What answers about coming in look like: sign-ins, the second factor, the workspace's rules, the record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from guanxi.access import Outcome, Way


class SignInView(msgspec.Struct, kw_only=True):
    """One place where the person is signed in. `device` is what the browser says of itself."""

    id: UUID
    workspace_name: str
    way: Way
    address: str
    device: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


class SecondFactor(msgspec.Struct, kw_only=True):
    since: datetime | None
    recovery_codes_left: int


class MyAccess(msgspec.Struct, kw_only=True):
    """How the person comes in, and where he is. `is_proved`: he may change how he comes in, with his password or, having
    none, because he has shown within ten minutes who he is."""

    has_password: bool
    is_proved: bool
    second_factor: SecondFactor
    sign_ins: list[SignInView]


class NewFactor(msgspec.Struct, kw_only=True):
    """For the authenticator: the key to type, the address, and the picture of it, one string of 0 and 1 a row."""

    key: str
    uri: str
    picture: list[str]


class RecoveryCodes(msgspec.Struct):
    """Shown this once. Each lets in once instead of a code."""

    codes: list[str]


class Rules(msgspec.Struct, kw_only=True):
    """What a workspace asks of those who come in."""

    password_length: int
    needs_second_factor: bool


class SignOnAbout(msgspec.Struct):
    """The company's sign-on, by the name on its button; null: there is none."""

    name: str | None


class WaitingSignOn(msgspec.Struct, kw_only=True):
    """What a company account still waits for."""

    email: str
    asks_password: bool
    asks_code: bool
    goes_to: str


class SignedOut(msgspec.Struct):
    """Where to be signed out as well."""

    then: str | None


class ComingIn(msgspec.Struct):
    """The page of the desk to land at."""

    goes_to: str


class SignInRecord(msgspec.Struct, kw_only=True):
    id: UUID
    at: datetime
    outcome: Outcome
    way: Way
    address: str
    device: str
    name: str


class SignInRecords(msgspec.Struct):
    rows: list[SignInRecord]
    next: str | None
