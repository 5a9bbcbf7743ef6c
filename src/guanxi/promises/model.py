"""Policies, the clocks that they start, and how a change is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from guanxi.events import Event

Promise = Literal["first", "next", "resolve"]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=43_200)]
ResolveMinutes = Annotated[int, msgspec.Meta(ge=1, le=129_600)]
Percent = Annotated[int, msgspec.Meta(ge=1, le=99)]
IN_TIME, WARNED, MISSED = 0, 1, 2


class NotFound(Exception):
    """There is no such policy, or no such opening hours, in this workspace."""


class Refused(Exception):
    """The change cannot be made; `code` says why: too_many_policies, no_target, warns_too_early, in_use."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PolicyWishes(msgspec.Struct, frozen=True, kw_only=True):
    """All that is set of a policy.

    Minutes to the first answer, to each further one, and until the matter is settled; None: that is not promised.
    They are counted while `hours_id` are open, or (None) around the clock. `pauses`: settling is not counted while we
    wait for the customer. From `amber_percent` of the time on a clock is seen, at `warn_percent` somebody is told.
    """

    name: str
    first_minutes: Minutes | None = None
    next_minutes: Minutes | None = None
    resolve_minutes: ResolveMinutes | None = None
    hours_id: UUID | None = None
    pauses: bool = True
    amber_percent: Percent = 50
    warn_percent: Percent = 80


class Policy(PolicyWishes, frozen=True, kw_only=True):
    """What we promise. `is_default`: it holds where neither a rule nor a queue says otherwise."""

    id: UUID
    is_default: bool
    version: int


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One promise to one conversation.

    It runs since `since`, after `spent` seconds of open time that were counted before; one that stands still has stood
    since `since`. `due_at` is None while it stands, and where it would never be due. What was warned of, or missed, is
    kept, whatever becomes of the policy.
    """

    promise: Promise
    policy_id: UUID
    since: datetime
    runs: bool = True
    spent: float = 0.0
    amber_at: datetime | None = None
    warn_at: datetime | None = None
    due_at: datetime | None = None
    warned_at: datetime | None = None
    missed_at: datetime | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the clocks of a conversation depend on: who waits for an answer since when, and whether there was one before."""

    is_resolved: bool
    waiting_since: datetime | None
    was_answered: bool


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a change has come to: promises that were kept by it (in this queue), and events about those that were missed
    before it, which the caller records behind its own. The conversation's row has their versions already."""

    promises: tuple[Promise, ...] = ()
    queue_id: UUID | None = None
    missed: tuple[Event, ...] = ()

    @property
    def told(self) -> dict[str, Any]:
        """What the event of the change says of it."""
        return {"kept": list(self.promises), "queue": str(self.queue_id)} if self.promises else {}


NOTHING_KEPT = Kept()
