"""Whose turn is it? Queues, skills, presence and capacity, assignment and transfer."""

from guanxi.promises import DaySpan, Holiday, Hours, Span, is_open, next_opening
from guanxi.routing.actions.beside import Seen, hand_back, refuse_if_moved, set_presence_of, step_in
from guanxi.routing.actions.coverage import fit_for, home_zone, plan, plan_of
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
from guanxi.routing.actions.offers import accept, lapse
from guanxi.routing.actions.presence import end_wrap_ups, lengthen_wrap_up, set_presence, set_ways, settle_absent
from guanxi.routing.actions.queues import QueueWishes, add_queue, change_queue, remove_queue, serve_in, set_skills
from guanxi.routing.actions.waits import asked_among, note_pace, standings, told, wish, workspaces_that_tell
from guanxi.routing.coverage import Day, Otherwise, Plan, WeekShift, days
from guanxi.routing.model import Chosen, Level, NotFound, Presence, Priority, Queue, Reason, Refused, SkillKey, Skills
from guanxi.routing.queries import all_hours, hours_of, queues, workspaces_that_overflow, workspaces_to_release
from guanxi.routing.rules import levels
from guanxi.routing.waits import SOONEST, Standing, Wish, has_word, minutes_left, phone_in

__all__ = [
    "SOONEST",
    "Chosen",
    "Day",
    "DaySpan",
    "Holiday",
    "Hours",
    "Level",
    "NotFound",
    "Otherwise",
    "Plan",
    "Presence",
    "Priority",
    "Queue",
    "QueueWishes",
    "Reason",
    "Refused",
    "Seen",
    "SkillKey",
    "Skills",
    "Span",
    "Standing",
    "WeekShift",
    "Wish",
    "accept",
    "add_hours",
    "add_queue",
    "all_hours",
    "asked_among",
    "assign",
    "change_hours",
    "change_queue",
    "days",
    "end_wrap_ups",
    "fit_for",
    "give",
    "give_back_all",
    "give_waiting",
    "hand_back",
    "has_word",
    "home_zone",
    "hours_of",
    "is_open",
    "lapse",
    "lengthen_wrap_up",
    "levels",
    "minutes_left",
    "move",
    "need",
    "next_opening",
    "note_pace",
    "overflow",
    "phone_in",
    "plan",
    "plan_of",
    "prioritise",
    "pull",
    "queues",
    "refuse_if_moved",
    "remove_hours",
    "remove_queue",
    "serve_in",
    "set_presence",
    "set_presence_of",
    "set_skills",
    "set_ways",
    "settle_absent",
    "stand_anew",
    "standings",
    "step_in",
    "take_over",
    "told",
    "transfer",
    "wish",
    "workspaces_that_overflow",
    "workspaces_that_tell",
    "workspaces_to_release",
]
