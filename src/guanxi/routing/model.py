"""Queues, and how routing refuses."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

Presence = Literal["online", "busy", "wrap_up", "offline"]
Chosen = Literal["online", "busy", "offline"]  # by herself
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"\S")]
Priority = Literal[-2, -1, 0, 1, 2]
SkillKey = Annotated[str, msgspec.Meta(pattern=r"^[^\s+]{1,40}$")]
Level = Annotated[int, msgspec.Meta(ge=1, le=5)]
Skills = dict[SkillKey, Level]  # what somebody can, or what is needed, and how well


class NotFound(Exception):
    """There is no such agent or queue in this workspace."""


class Refused(Exception):
    """The change cannot be made; `code` says why: resolved, in_use, last_queue, in_a_circle, too_many_queues,
    too_many_skills, too_many_hours, unknown_time_zone, unknown_reason, not_offered, not_wrapping_up, lengthened_already,
    moved_meanwhile, yours_already, nobody_to_hand_back_to, team_taken, too_many_teams, last_to_serve, team_serves_none,
    team_serves_several. `details` say what to do about it."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Where conversations wait for somebody.

    `everybody`: all who serve, else `agents` and the members of `teams`: these are `members`. `needs` holds for each conversation in it. `priority` is added to the
    conversation's own. For `sticky_days` a contact comes back to who served him last. After `overflow_minutes` of
    waiting a conversation goes to `overflow_queue_id`, or (null) stays and needs no skill any more. Without `hours_id` it
    never closes; without `policy_id` it promises what the workspace does. What is given is offered for `offer_seconds` before (0: given at once; null: as the workspace says);
    whoever has a customer of it is reminded after `slow_reply_seconds` of his waiting (0: never; null: as the workspace says).
    """

    id: UUID
    name: str
    position: int
    everybody: bool
    agents: list[UUID]
    teams: list[UUID]
    members: list[UUID]
    needs: Skills
    priority: Priority
    sticky_days: int
    overflow_minutes: int | None
    overflow_queue_id: UUID | None
    hours_id: UUID | None
    offer_seconds: int | None
    policy_id: UUID | None
    slow_reply_seconds: int | None
    version: int


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """Agents who work together: its members, who of them head it, and the queues that it serves."""

    id: UUID
    name: str
    agents: list[UUID]
    heads: list[UUID]
    queues: list[UUID]
    version: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How a conversation stands in its queue: what it needs, how much earlier its turn is (seconds), and who served
    this contact last."""

    needs: str
    head_start: int
    knows: UUID | None
