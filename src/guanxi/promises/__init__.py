"""What is promised to a customer, and by when: opening hours, policies, and the clocks of conversations."""

from guanxi.promises.actions.clocks import event_of, keep, keep_one, look, reckon_some, tell, want_reckoning
from guanxi.promises.actions.policies import add_policy, change_policy, remove_policy
from guanxi.promises.hours import Clock as LocalTime
from guanxi.promises.hours import (
    DaySpan,
    Holiday,
    Hours,
    Span,
    after,
    is_open,
    is_zone,
    last_closing,
    next_opening,
    open_between,
)
from guanxi.promises.model import (
    NOTHING_KEPT,
    Clock,
    Facts,
    Kept,
    NotFound,
    Policy,
    PolicyWishes,
    Promise,
    Refused,
)
from guanxi.promises.queries import own_zone, passed, policies, workspaces_with_passed
from guanxi.promises.rules import due, minutes_of, moments, never_opens, pass_time, reckon, together

__all__ = [
    "NOTHING_KEPT",
    "Clock",
    "DaySpan",
    "Facts",
    "Holiday",
    "Hours",
    "Kept",
    "LocalTime",
    "NotFound",
    "Policy",
    "PolicyWishes",
    "Promise",
    "Refused",
    "Span",
    "add_policy",
    "after",
    "change_policy",
    "due",
    "event_of",
    "is_open",
    "is_zone",
    "keep",
    "keep_one",
    "last_closing",
    "look",
    "minutes_of",
    "moments",
    "never_opens",
    "next_opening",
    "open_between",
    "own_zone",
    "pass_time",
    "passed",
    "policies",
    "reckon",
    "reckon_some",
    "remove_policy",
    "tell",
    "together",
    "want_reckoning",
    "workspaces_with_passed",
]
