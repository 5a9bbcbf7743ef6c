"""Whose turn is it? Queues, presence and capacity, assignment and transfer."""

from guanxi.routing.actions import (
    assign,
    give,
    give_back_all,
    give_waiting,
    pull,
    set_presence,
    settle_absent,
    take_over,
    transfer,
)
from guanxi.routing.model import NotFound, Refused

__all__ = [
    "NotFound",
    "Refused",
    "assign",
    "give",
    "give_back_all",
    "give_waiting",
    "pull",
    "set_presence",
    "settle_absent",
    "take_over",
    "transfer",
]
