"""Whose turn is it? Queues, skills, presence and capacity, assignment and transfer."""

from guanxi.promises import DaySpan, Holiday, Hours, Span, is_open, next_opening
from guanxi.routing.actions.giving import give, give_waiting, pull
from guanxi.routing.actions.hours import add_hours, change_hours, remove_hours
from guanxi.routing.actions.moving import (
    assign,
    give_back_all,
    move,
    need,
    overflow,
    prioritise,
    stand_anew,
    take_over,
    transfer,
)
from guanxi.routing.actions.presence import set_presence, settle_absent
from guanxi.routing.actions.queues import QueueWishes, add_queue, change_queue, remove_queue, set_skills
from guanxi.routing.model import Level, NotFound, Priority, Queue, Refused, SkillKey, Skills
from guanxi.routing.queries import all_hours, hours_of, queues, workspaces_that_overflow
from guanxi.routing.rules import levels

__all__ = [
    "DaySpan",
    "Holiday",
    "Hours",
    "Level",
    "NotFound",
    "Priority",
    "Queue",
    "QueueWishes",
    "Refused",
    "SkillKey",
    "Skills",
    "Span",
    "add_hours",
    "add_queue",
    "all_hours",
    "assign",
    "change_hours",
    "change_queue",
    "give",
    "give_back_all",
    "give_waiting",
    "hours_of",
    "is_open",
    "levels",
    "move",
    "need",
    "next_opening",
    "overflow",
    "prioritise",
    "pull",
    "queues",
    "remove_hours",
    "remove_queue",
    "set_presence",
    "set_skills",
    "settle_absent",
    "stand_anew",
    "take_over",
    "transfer",
    "workspaces_that_overflow",
]
