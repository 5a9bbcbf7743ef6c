"""When a rule applies, and when it must not: loops end here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from guanxi import promises
from guanxi.automation.comparing import compares
from guanxi.automation.comparing import plain as _plain
from guanxi.automation.model import (
    Action,
    Asked,
    Assign,
    CallWebhook,
    Condition,
    Enqueue,
    Facts,
    Gone,
    Met,
    OnAssignee,
    OnAttribute,
    OnChannel,
    OnContactTag,
    OnContent,
    OnEarlier,
    OnHours,
    OnInbox,
    OnKnown,
    OnLanguage,
    OnMood,
    OnPublic,
    OnQueue,
    OnState,
    OnTag,
    OnText,
    OnTime,
    OnUrgency,
    OnVip,
    OnWaited,
    Promise,
    Resolve,
    Rule,
    Snooze,
    Tag,
)
from guanxi.events import wire_time
from guanxi.promises import DaySpan, Hours

HEARD = (
    "conversation.assigned", "conversation.opened", "conversation.reopened", "conversation.resolved",
    "conversation.judged", "conversation.snoozed", "conversation.tagged", "conversation.waited", "conversation.woken", "message.received", "message.sent",
    "note.written", "promise.missed", "promise.warned",
)  # fmt: skip
MOST_RULES = 100  # of a workspace
MOST_ACTIONS = 10
MOST_CONDITIONS = 20
DEEPEST = 3  # rules that lead to one another
# Two machines that answer each other know nothing of our chain: so many times an hour in one conversation is enough.
MOST_OFTEN = 10
WITHIN = timedelta(hours=1)
LOG_DAYS = 30
EXCERPT = 160  # characters of what was said


def applies(conditions: Sequence[Condition], facts: Facts) -> bool:
    """Do all conditions hold?"""
    return first_that_fails(conditions, facts) is None


def first_that_fails(conditions: Sequence[Condition], facts: Facts) -> int | None:
    """The number, from 0, of the first condition that does not hold; None when all do."""
    return next((number for number, one in enumerate(conditions) if not _holds(one, facts)), None)


def order_of(kept: Sequence[UUID], wanted: Sequence[UUID]) -> list[UUID] | None:
    """The order that is wanted, when it names each rule that is kept once and no other; else None."""
    return list(wanted) if len(wanted) == len(kept) and set(wanted) == set(kept) else None


def may_answer(rule: Rule, chain: Sequence[UUID]) -> bool:
    """A rule never answers itself, and a chain of rules has an end."""
    return rule.id not in chain and len(chain) < DEEPEST


def is_its_minute(rule: Rule, minutes: int | None) -> bool:
    """Of the waitings that are told of, a rule hears the one that it asked for."""
    return rule.kind != "conversation.waited" or waits_for(rule.conditions) == [minutes]


def waits_for(conditions: Sequence[Condition]) -> list[int]:
    return [one.minutes for one in conditions if isinstance(one, OnWaited)]


def asked_of(rules: Sequence[Sequence[Condition]]) -> Asked:
    """What these conditions ask for that is not read for everybody."""
    asked = [one for conditions in rules for one in conditions]
    return Asked(
        known=any(isinstance(one, OnKnown) for one in asked),
        earlier=any(isinstance(one, OnEarlier) for one in asked),
        queue_hours=any(isinstance(one, OnHours) and one.hours_id is None for one in asked),
        hours=frozenset(one.hours_id for one in asked if isinstance(one, OnHours) and one.hours_id is not None),
    )


def named_in(conditions: Sequence[Condition], actions: Sequence[Action]) -> list[Gone]:
    """Everything that a rule names by its id, each once."""
    named: list[Gone] = []
    for one in conditions:
        match one:
            case OnQueue(any_of=ids):
                named += [Gone("queue", id_) for id_ in ids]
            case OnInbox(any_of=ids):
                named += [Gone("inbox", id_) for id_ in ids]
            case OnAssignee(any_of=ids):
                named += [Gone("agent", id_) for id_ in ids]
            case OnHours(hours_id=UUID() as id_):
                named.append(Gone("hours", id_))
    for action in actions:
        match action:
            case Assign(agent_id=UUID() as id_):
                named.append(Gone("agent", id_))
            case Enqueue(queue_id=id_):
                named.append(Gone("queue", id_))
            case Promise(policy_id=UUID() as id_):
                named.append(Gone("policy", id_))
            case CallWebhook(webhook_id=id_):
                named.append(Gone("webhook", id_))
    return list(dict.fromkeys(named))


def chain_of(payload: Mapping[str, Any]) -> tuple[UUID, ...]:
    """The rules that have led to an event."""
    cause = payload.get("cause")
    return tuple(UUID(id_) for id_ in cause["rules"]) if isinstance(cause, dict) else ()


def _holds(condition: Condition, facts: Facts) -> bool:
    match condition:
        case OnChannel(any_of=names):
            return facts.channel in names
        case OnInbox(any_of=ids):
            return facts.inbox_id in ids
        case OnQueue(any_of=ids):
            return facts.queue_id in ids
        case OnVip(holds=holds):
            return facts.is_vip is holds
        case OnPublic(holds=holds):
            return facts.is_public is holds
        case OnLanguage(any_of=names, holds=holds):
            return bool(facts.language) and any(_is_of(facts.language, name) for name in names) is holds
        case OnUrgency(any_of=levels):
            return facts.urgency in levels
        case OnMood(any_of=moods):
            return facts.mood in moods
        case OnWaited(minutes=minutes):
            since, now = facts.waiting_since, facts.now
            return since is not None and now is not None and now - since >= timedelta(minutes=minutes)
        case OnContent(any_of=kinds):
            return facts.said in kinds
        case OnKnown(holds=holds):
            return facts.is_known is holds
        case OnEarlier(count=count, holds=holds):
            return (facts.earlier >= count) is holds
        case OnHours(hours_id=hours_id, holds=holds):
            is_open = open_now(hours_id, facts)
            return is_open is not None and is_open is holds
        case OnTime(holds=holds):
            return facts.now is not None and promises.is_open(_as_hours(condition), facts.now) is holds
        case OnState(any_of=states):
            return facts.state in states
        case OnAssignee(any_of=ids, nobody=nobody):
            return nobody if facts.assignee_id is None else facts.assignee_id in ids
        case OnText(any_of=words, holds=holds):
            said = _plain(facts.text)
            return any(_stands_in(_plain(word), said) for word in words) is holds
        case OnTag(any_of=names, holds=holds):
            return _meet(names, facts.tags) is holds
        case OnContactTag(any_of=names, holds=holds):
            return _meet(names, facts.contact_tags) is holds
        case OnAttribute(name=name):
            return compares(condition, facts.attributes.get(name), facts.now, facts.time_zone)


def open_now(hours_id: UUID | None, facts: Facts) -> bool | None:
    """Are these opening hours (None: the queue's) open? None: they are no more."""
    if hours_id is not None and hours_id not in facts.opening:
        return None
    hours = facts.opening.get(hours_id)
    return hours is None or (facts.now is not None and promises.is_open(hours, facts.now))


def met_by(condition: Condition, facts: Facts) -> Met:
    """What a condition found when it was asked: a value, several, or None where there was nothing."""
    match condition:
        case OnChannel():
            return facts.channel
        case OnInbox():
            return str(facts.inbox_id)
        case OnQueue():
            return str(facts.queue_id)
        case OnAssignee():
            return str(facts.assignee_id) if facts.assignee_id else None
        case OnText():
            return facts.text[:EXCERPT]
        case OnContent():
            return facts.said
        case OnContactTag():
            return facts.contact_tags
        case OnTag():
            return facts.tags
        case OnAttribute(name=name):
            value = facts.attributes.get(name)
            return None if value in (None, "") else str(value)[:EXCERPT]
        case OnVip():
            return facts.is_vip
        case OnKnown():
            return facts.is_known
        case OnEarlier():
            return facts.earlier
        case OnPublic():
            return facts.is_public
        case OnState():
            return facts.state
        case OnLanguage():
            return facts.language
        case OnUrgency():
            return facts.urgency
        case OnMood():
            return facts.mood
        case OnHours(hours_id=hours_id):
            return open_now(hours_id, facts)
        case OnTime():
            return wire_time(facts.now) if facts.now else None
        case OnWaited():
            since, now = facts.waiting_since, facts.now
            return None if since is None or now is None else int((now - since).total_seconds() // 60)


def changes_something(action: Action, facts: Facts) -> bool:
    """Would it leave the conversation other than it stands? What it says to somebody always does."""
    match action:
        case Tag(add=names):
            return bool({*names} - {*facts.tags})
        case Assign(agent_id=agent_id):
            return facts.state != "resolved" and facts.assignee_id != agent_id
        case Enqueue(queue_id=queue_id):
            return facts.state != "resolved" and (facts.queue_id != queue_id or facts.assignee_id is not None)
        case Resolve() | Snooze():
            return facts.state != "resolved"
    return True


def _as_hours(one: OnTime) -> Hours:
    week = [DaySpan(day=day, opens=one.opens, closes=one.closes) for day in one.days]
    return Hours(id=UUID(int=0), name="", time_zone=one.time_zone, week=week, holidays=[], version=0)


def _is_of(language: str, name: str) -> bool:
    return language == name or language.startswith(f"{name}-")


def _stands_in(word: str, said: str) -> bool:
    """Does the word stand there; `*` in it is anything between. One pass, whatever is asked."""
    place = 0
    for piece in word.split("*"):
        place = said.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    return bool({_plain(name) for name in one} & {_plain(name) for name in other})
