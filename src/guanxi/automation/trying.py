"""What a rule would have done, and why it did or did not, told from moments and how things stood at each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from guanxi.automation.history import Moment
from guanxi.automation.model import Action, Condition, Facts, Met, Note, Reply, Rule
from guanxi.automation.rules import (
    EXCERPT,
    MOST_OFTEN,
    WITHIN,
    applies,
    changes_something,
    first_that_fails,
    met_by,
)
from guanxi.automation.saying import said_by

SHOWN = 5  # times that a rule would have answered in one conversation


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """The condition, by its number from 0, that said no, and what it met."""

    condition: int
    on: str
    met: Met


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it stands in the editor; `rule_id`, when it is kept already."""

    kind: str
    conditions: list[Condition]
    actions: list[Action]
    rule_id: UUID | None = None


class Deed(msgspec.Struct, frozen=True, omit_defaults=True):
    """An action; `changes` nothing when all is so already. `text`: what it would say; nothing is known of the variables
    that are `missing`, and where one is, the rule does nothing."""

    do: str
    changes: bool
    text: str = ""
    missing: list[str] = []


class WouldDo(msgspec.Struct, frozen=True, kw_only=True):
    """A rule would have answered at this moment; unless one before it stopped, or it had answered too often."""

    at: datetime
    text: str
    does: list[Deed]
    stopped_by: str = ""
    held_back: bool = False


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would have made of one conversation. It would have `heard` so many events and answered so many `times`;
    `would` are the last of them. Where all conditions held on none, `failed` is the one that said no, `at` the moment where
    most of them held."""

    conversation_id: UUID
    contact: str
    heard: int
    times: int = 0
    would: list[WouldDo] = []
    failed: Failed | None = None
    at: datetime | None = None
    text: str = ""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule made of one event. done, failed and held_back are what the log says; no: a condition `failed`; stopped:
    by the rule that `problem` names; own: it had led to this event itself; off: it is off; not_then: all holds as the rule
    is written now, and it was off or written otherwise then."""

    rule_id: UUID
    name: str
    outcome: Literal["done", "failed", "held_back", "no", "stopped", "own", "off", "not_then"]
    problem: str = ""
    details: list[str] = []
    failed: Failed | None = None


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a conversation, and what each rule that hears its kind made of it, in their order."""

    at: datetime
    kind: str
    text: str
    looks: list[Look]


def trial(tried: Tried, before: Sequence[Rule], heard: Sequence[tuple[Moment, Facts]], here: Facts,
    values: Mapping[str, str],
) -> Trial:  # fmt: skip
    """What the rule would have done in one conversation, the first moment first; or what said no where it came furthest.
    `before` are the rules that stand before it and stop, `values` what variables mean there now."""
    would: list[WouldDo] = []
    nearest: tuple[int, Moment, Facts] | None = None
    answered: list[datetime] = []
    for moment, facts in heard:
        fails = first_that_fails(tried.conditions, facts)
        if fails is not None:
            if nearest is None or fails >= nearest[0]:
                nearest = (fails, moment, facts)
            continue
        stopped_by = next((rule.name for rule in before if applies(rule.conditions, facts)), "")
        often = sum(moment.at - at < WITHIN for at in answered) >= MOST_OFTEN
        quiet = bool(stopped_by) or often
        if not quiet:
            answered.append(moment.at)
        would.append(
            WouldDo(
                at=moment.at,
                text=facts.text[:EXCERPT],
                stopped_by=stopped_by,
                held_back=often and not stopped_by,
                does=[] if quiet else [_deed(action, facts, values) for action in tried.actions],
            )
        )
    told: dict[str, Any] = {"conversation_id": here.conversation_id, "contact": here.contact_name, "heard": len(heard)}
    if would or nearest is None:
        return Trial(**told, times=len(answered), would=would[-SHOWN:])
    _, moment, facts = nearest
    return Trial(**told, failed=failed(tried.conditions, facts), at=moment.at, text=facts.text[:EXCERPT])


def look(rule: Rule, moment: Moment, facts: Facts, run: Mapping[str, Any] | None, stopped_by: str) -> Look:
    """What one rule made of one event. `run` is what the log says of it, `stopped_by` the rule that ended it before."""
    named: dict[str, Any] = {"rule_id": rule.id, "name": rule.name}
    if run is not None:
        return Look(**named, outcome=run["outcome"], problem=run["problem"], details=run["details"])
    if not rule.is_on:
        return Look(**named, outcome="off")
    if rule.id in moment.chain:
        return Look(**named, outcome="own")
    no = failed(rule.conditions, facts)
    if no is not None:
        return Look(**named, outcome="no", failed=no)
    if stopped_by:
        return Look(**named, outcome="stopped", problem=stopped_by)
    return Look(**named, outcome="not_then")


def failed(conditions: Sequence[Condition], facts: Facts) -> Failed | None:
    """The first condition that says no, with what it met; None when none does."""
    number = first_that_fails(conditions, facts)
    if number is None:
        return None
    one = conditions[number]
    return Failed(condition=number, on=str(one.__struct_config__.tag), met=met_by(one, facts))


def _deed(action: Action, facts: Facts, values: Mapping[str, str]) -> Deed:
    action, missing = said_by(action, values)
    text = action.text if isinstance(action, Note | Reply) else ""
    return Deed(
        do=str(action.__struct_config__.tag), changes=changes_something(action, facts), text=text, missing=missing
    )
