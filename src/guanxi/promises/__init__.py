"""What is promised to a customer, and by when: opening hours, policies, and the clocks of conversations."""

from guanxi.promises.hours import (
    DaySpan,
    Holiday,
    Hours,
    Span,
    after,
    is_open,
    is_zone,
    next_opening,
    open_between,
)

__all__ = [
    "DaySpan",
    "Holiday",
    "Hours",
    "Span",
    "after",
    "is_open",
    "is_zone",
    "next_opening",
    "open_between",
]
