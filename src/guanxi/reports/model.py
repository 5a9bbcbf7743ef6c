"""What is counted, and what a page of numbers consists of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

# Measures that only count, and those that also know how long it took.
COUNTED = (
    "opened", "received", "sent", "sent_by_bot", "reopened", "kept", "missed", "taken", "abandoned", "transferred", "passed_on",
    "stepped_in", "moved", "rated", "satisfied",
    "merged", "split",
)  # fmt: skip
TIMED = ("waited", "first_answered", "resolved")
BY_QUARTER = ("opened", "taken")  # counted by quarters of an hour, too
WRAP_UP = "wrap_up:"  # a measure for each wrap-up code, by its id: how often something was resolved with it
KEPT_IN, MISSED_IN = "kept:", "missed:"  # measures of each queue, by its id: promises kept there, and missed
MOST = 1000  # where the wallboard's counting ends
QUEUE = "queue"  # by quarters: how many nobody had taken, as it stood when the last of its events was counted
EVERYBODY = UUID(int=0)


class Fact(msgspec.Struct, frozen=True):
    """What an event adds to a day: one thing, or `count` of them. `seconds` is None for what only counts."""

    measure: str
    seconds: int | None = None
    agent_id: UUID | None = None
    count: int = 1


class Figure(msgspec.Struct):
    """How often, how long together, and how long each time by bucket."""

    count: int = 0
    seconds: int = 0
    spread: list[int] = msgspec.field(default_factory=list)


class Duration(msgspec.Struct, frozen=True):
    """How long something took, in seconds: `count` times, on average, half of them and nine of ten within …"""

    count: int
    mean: int | None
    median: int | None
    p90: int | None


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The measures of a day, a channel, an agent, or of all together. What is counted once a conversation is opened
    or a message received belongs to no agent: it is 0 for one. `kept`, `missed`: promises, each counted when it is.
    `taken`: given to somebody, by herself or by routing. `abandoned`: resolved without an answer of an agent's.
    `transferred`: a customer was passed on; `passed_on`: for the first time, so many conversations. Of them `stepped_in`: a
    supervisor took over; `moved`: the talk went on at another place. `rated`: the customer said what it was like;
    `satisfied`: with four stars or five. `merged`: went on in
    another one, less those that were taken out of it again; `split`: made of a part of another one, and opened with that."""

    opened: int
    received: int
    sent: int
    sent_by_bot: int
    reopened: int
    kept: int
    missed: int
    taken: int
    abandoned: int
    transferred: int
    passed_on: int
    stepped_in: int
    moved: int
    rated: int
    satisfied: int
    merged: int
    split: int
    waited: Duration
    first_answered: Duration
    resolved: Duration


class Day(msgspec.Struct, frozen=True):
    day: date
    numbers: Numbers


class OfChannel(msgspec.Struct, frozen=True):
    channel: str
    numbers: Numbers


class OfAgent(msgspec.Struct, frozen=True):
    agent_id: UUID
    name: str
    removed: bool
    numbers: Numbers


class OfWrapUp(msgspec.Struct, frozen=True):
    """How often something was resolved with this wrap-up code; `before`: in the same length of time just before."""

    wrap_up_id: UUID
    name: str
    removed: bool
    count: int
    before: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A page of numbers over whole days of `time_zone`, both ends included. `before` is the same length of time just
    before."""

    time_zone: str
    first: date
    last: date
    today: date
    total: Numbers
    before: Numbers
    days: Sequence[Day]
    channels: Sequence[OfChannel]
    agents: Sequence[OfAgent]
    wrap_ups: Sequence[OfWrapUp]


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """An agent on the wallboard. `conversation_id`: that of hers which waits longest, else where something happened last."""

    id: UUID
    name: str
    presence: Literal["online", "busy", "wrap_up", "offline"]
    presence_at: datetime
    load: int
    capacity: int
    serves: bool
    conversation_id: UUID | None
    answered: int
    first_answered: int | None


class InQueue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue: who waits there (`first_id` longest), how many of those who serve it are online, and its promises of today."""

    id: UUID
    name: str
    everybody: bool
    agents: Sequence[UUID]
    waiting: int
    longest_waiting_since: datetime | None
    first_id: UUID | None
    is_late: bool
    present: int
    serving: int
    kept: int
    missed: int


class OnChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel: how many are open, when it was heard last, and whether it is quieter than it should be."""

    channel: str
    open: int
    heard_at: datetime | None
    is_paused: bool
    is_silent: bool


class Quarter(msgspec.Struct, frozen=True):
    """A quarter of an hour, by its beginning: how many were opened, and how many given to somebody."""

    at: datetime
    opened: int
    taken: int


class NeedsYou(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a supervisor looks at first. `name` is a contact's, a queue's or a channel's key; `queue_id`
    and `agent_id` say whose queue it stands in, and who has it."""

    kind: Literal[
        "late", "broken", "nobody", "passed_on", "overdue", "angry", "falling", "undelivered", "paused", "silent"
    ]
    name: str
    conversation_id: UUID | None = None
    count: int | None = None
    since: datetime | None = None
    queue_id: UUID | None = None
    agent_id: UUID | None = None


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """The wallboard: how it stands at this moment, and today so far. Counting ends at `most`. `quarters` begin with
    yesterday; those in which nothing came are left out. `queue_before`: how many nobody had taken at `queue_before_at`, a
    quarter to half an hour ago; `first_promised`: within so many seconds a first answer is promised, where no queue says
    otherwise."""

    at: datetime
    time_zone: str
    day: date
    most: int
    queue: int
    queue_before: int | None
    queue_before_at: datetime
    waiting: int
    longest_waiting_since: datetime | None
    open: int
    first_promised: int | None
    queues: Sequence[InQueue]
    agents: Sequence[Present]
    channels: Sequence[OnChannel]
    quarters: Sequence[Quarter]
    needs_you: Sequence[NeedsYou]
    today: Numbers
