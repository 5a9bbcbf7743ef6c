"""Rules are kept: made, changed, put in order, taken away; whom they name there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import audit, events, promises
from guanxi.automation.comparing import is_whole
from guanxi.automation.model import Action, Condition, NotFound, OnAttribute, OnTime, Refused
from guanxi.automation.queries.kept import gone, rules_named
from guanxi.automation.rules import (
    HEARD,
    MOST_ACTIONS,
    MOST_CONDITIONS,
    MOST_RULES,
    named_in,
    order_of,
    waits_for,
)
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def add_rule(
    tx: Tx,
    *,
    name: str,
    kind: str,
    conditions: Sequence[Condition],
    actions: Sequence[Action],
    is_on: bool,
    by: UUID,
    stops: bool = False,
) -> UUID:
    """A new rule behind all others. Raises Refused."""
    _check(kind, conditions, actions)
    await _check_named(tx, conditions, actions)
    if await tx.fetchval("select count(*) from rule where workspace_id = $1", tx.workspace_id) >= MOST_RULES:
        raise Refused("too_many_rules")
    id_ = new_id()
    await tx.execute(
        """insert into rule (workspace_id, id, name, kind, conditions, actions, is_on, stops, position, created_at, changed_at)
           select $1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $9, coalesce(max(position), 0) + 1, $8, $8
           from rule where workspace_id = $1""",
        tx.workspace_id,
        id_,
        name,
        kind,
        _json(conditions),
        _json(actions),
        is_on,
        tx.now,
        stops,
    )
    await _changed(tx, id_, by)
    await audit.add(tx, "rule", id_, by=by)
    return id_


async def change_rule(
    tx: Tx,
    rule_id: UUID,
    *,
    by: UUID,
    name: str | None = None,
    kind: str | None = None,
    conditions: Sequence[Condition] | None = None,
    actions: Sequence[Action] | None = None,
    is_on: bool | None = None,
    stops: bool | None = None,
) -> None:
    """Change what is given. Raises NotFound, Refused. What names somebody who is gone can be switched off, and not on."""
    was = await audit.standing(tx, "rule", rule_id)
    touched = await tx.execute(
        """update rule set name = coalesce($3, name), kind = coalesce($4, kind),
             conditions = coalesce($5::jsonb, conditions), actions = coalesce($6::jsonb, actions),
             is_on = coalesce($7, is_on), changed_at = $8, stops = coalesce($9, stops)
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        rule_id,
        name,
        kind,
        None if conditions is None else _json(conditions),
        None if actions is None else _json(actions),
        is_on,
        tx.now,
        stops,
    )
    if not touched:
        raise NotFound(rule_id)
    now = next(one for one in await rules_named(tx, [rule_id]))
    _check(now.kind, now.conditions, now.actions)
    if is_on or conditions is not None or actions is not None:
        await _check_named(tx, now.conditions, now.actions)
    await _changed(tx, rule_id, by)
    await audit.changed(tx, "rule", rule_id, was, by=by)


async def remove_rule(tx: Tx, rule_id: UUID, *, by: UUID) -> None:
    """It and its log go. Raises NotFound."""
    was = await audit.standing(tx, "rule", rule_id)
    if not await tx.execute("delete from rule where workspace_id = $1 and id = $2", tx.workspace_id, rule_id):
        raise NotFound(rule_id)
    await tx.execute("delete from rule_run where workspace_id = $1 and rule_id = $2", tx.workspace_id, rule_id)
    await _changed(tx, rule_id, by)
    await audit.changed(tx, "rule", rule_id, was, by=by)


async def put_in_order(tx: Tx, ids: Sequence[UUID], *, by: UUID) -> None:
    """The rules answer in this order from now on. Raises Refused('stale') when these are not all that there are."""
    rows = await tx.fetch(
        "select id, name from rule where workspace_id = $1 order by position, id for update", tx.workspace_id
    )
    names = {row["id"]: row["name"] for row in rows}
    order = order_of(list(names), ids)
    if order is None:
        raise Refused("stale")
    if order == list(names):
        return
    await tx.execute(
        """update rule set position = w.n from unnest($2::uuid[]) with ordinality as w(id, n)
           where rule.workspace_id = $1 and rule.id = w.id""",
        tx.workspace_id,
        order,
    )
    moved = next(id_ for was, id_ in zip(names, order, strict=True) if was != id_)
    await _changed(tx, moved, by)
    both = [" → ".join(str(names[id_]) for id_ in one) for one in (names, order)]
    await audit.record(tx, "rule.ordered", by=by, kind="rule", details={"changes": {"order": both}})


def _check(kind: str, conditions: Sequence[Condition], actions: Sequence[Action]) -> None:
    if kind not in HEARD:
        raise Refused("unknown_kind")
    if not actions:
        raise Refused("no_actions")
    if len(actions) > MOST_ACTIONS:
        raise Refused("too_many_actions")
    if len(conditions) > MOST_CONDITIONS:
        raise Refused("too_many_conditions")
    if kind == "conversation.waited" and len(waits_for(conditions)) != 1:
        raise Refused("no_minutes")
    if any(isinstance(one, OnAttribute) and not is_whole(one) for one in conditions):
        raise Refused("nothing_to_compare")
    if any(isinstance(one, OnTime) and not promises.is_zone(one.time_zone) for one in conditions):
        raise Refused("unknown_time_zone")


async def check_named(tx: Tx, action: Action) -> None:
    """Whom and what it names, there is. Raises Refused."""
    await _check_named(tx, [], [action])


async def _check_named(tx: Tx, conditions: Sequence[Condition], actions: Sequence[Action]) -> None:
    """Whom and what a rule names, there is: else it would fail at each run, where nobody looks."""
    missing = await gone(tx, named_in(conditions, actions))
    if missing:
        raise Refused(f"unknown_{missing[0].what}")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def _changed(tx: Tx, rule_id: UUID, by: UUID) -> None:
    await events.record(tx, "rule.changed", {"rule_id": str(rule_id)}, agent=by)
