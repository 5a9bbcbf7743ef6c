"""Whose turn is it? Queues, skills, presence and capacity, assignment and transfer."""

from guanxi.routing.actions.giving import give, give_waiting, pull
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
from guanxi.routing.queries import queues, workspaces_that_overflow
from guanxi.routing.rules import levels

__all__ = [
    "Level",
    "NotFound",
    "Priority",
    "Queue",
    "QueueWishes",
    "Refused",
    "SkillKey",
    "Skills",
    "add_queue",
    "assign",
    "change_queue",
    "give",
    "give_back_all",
    "give_waiting",
    "levels",
    "move",
    "need",
    "overflow",
    "prioritise",
    "pull",
    "queues",
    "remove_queue",
    "set_presence",
    "set_skills",
    "settle_absent",
    "stand_anew",
    "take_over",
    "transfer",
    "workspaces_that_overflow",
]
