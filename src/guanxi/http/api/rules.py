"""Automation: rules on events, a dry run before they are on, and a log of what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post, put

from guanxi import automation, views
from guanxi.automation import Action, Condition, Gone
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.infra.sql import Tx

LOG = 100  # lines
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Kind = Annotated[str, msgspec.Meta(max_length=60)]
Conditions = Annotated[list[Condition], msgspec.Meta(max_length=20)]
Actions = Annotated[list[Action], msgspec.Meta(max_length=10)]


class RuleView(msgspec.Struct, kw_only=True):
    """A rule. `stops`: once it has been done, those behind it are not asked. `done` and `failed` count its last thirty days."""

    id: UUID
    name: str
    kind: str
    conditions: list[Condition]
    actions: list[Action]
    is_on: bool
    stops: bool
    done: int
    failed: int
    last_at: datetime | None


class RulePage(msgspec.Struct):
    """All rules in their order, and the kinds of events that a rule can hear. `gone`: by the id of the rule, what it names
    that is no more; until that is mended, it does nothing."""

    rows: list[RuleView]
    kinds: list[str]
    gone: dict[str, list[Gone]]


class RuleOrder(msgspec.Struct):
    """All rules, the first one first."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=100)]


class NewRule(msgspec.Struct, kw_only=True):
    name: Name
    kind: Kind
    conditions: Conditions
    actions: Actions
    is_on: bool = False
    stops: bool = False


class ChangeRule(msgspec.Struct, kw_only=True):
    name: Name | None = None
    kind: Kind | None = None
    conditions: Conditions | None = None
    actions: Actions | None = None
    is_on: bool | None = None
    stops: bool | None = None


class TryRule(msgspec.Struct, kw_only=True):
    kind: Kind
    conditions: Conditions


class WouldAnswer(msgspec.Struct):
    at: datetime
    conversation_id: UUID
    contact: str
    text: str


class Tried(msgspec.Struct):
    """`looked_at` events of this kind, at most a hundred; `rows` are those that the conditions fit, as things are now."""

    looked_at: int
    rows: list[WouldAnswer]


class RuleRun(msgspec.Struct, kw_only=True):
    """What a rule made of one event. held_back: it had answered too often in this conversation."""

    seq: int
    at: datetime
    conversation_id: UUID
    contact: str
    outcome: Literal["done", "failed", "held_back"]
    problem: str
    details: list[str]


@get("/rules", operation_id="list_rules", right="integrations")
async def list_rules(desk: Desk) -> RulePage:
    async with desk.reading() as tx:
        return await _page(tx)


@post("/rules", operation_id="add_rule", right="integrations")
async def add_rule(desk: Desk, data: NewRule) -> RuleView:
    async with desk.transaction() as tx:
        id_ = await automation.add_rule(
            tx, name=data.name, kind=data.kind, conditions=data.conditions, actions=data.actions, is_on=data.is_on,
            stops=data.stops, by=desk.agent_id,
        )  # fmt: skip
        return await _rule(tx, id_)


@patch("/rules/{rule_id:uuid}", operation_id="change_rule", right="integrations")
async def change_rule(desk: Desk, rule_id: UUID, data: ChangeRule) -> RuleView:
    """Change what is given; switch it on or off."""
    async with desk.transaction() as tx:
        await automation.change_rule(
            tx, rule_id, by=desk.agent_id, name=data.name, kind=data.kind, conditions=data.conditions,
            actions=data.actions, is_on=data.is_on, stops=data.stops,
        )  # fmt: skip
        return await _rule(tx, rule_id)


@delete("/rules/{rule_id:uuid}", operation_id="remove_rule", right="integrations", status_code=200)
async def remove_rule(desk: Desk, rule_id: UUID) -> Nothing:
    async with desk.transaction() as tx:
        await automation.remove_rule(tx, rule_id, by=desk.agent_id)
    return Nothing()


@put("/rules/order", operation_id="order_rules", right="integrations")
async def order_rules(desk: Desk, data: RuleOrder) -> RulePage:
    """Rules answer in this order from now on. Refused with `stale` when a colleague has added or removed one meanwhile."""
    async with desk.transaction() as tx:
        await automation.put_in_order(tx, data.ids, by=desk.agent_id)
        return await _page(tx)


@post("/rules/try", operation_id="try_rule", right="integrations", status_code=200)
async def try_rule(desk: Desk, data: TryRule) -> Tried:
    """To which of the last hundred events of its kind would it have answered? Nothing is changed."""
    async with desk.reading() as tx:
        looked_at, rows = await automation.try_out(tx, data.kind, data.conditions)
    return Tried(looked_at, msgspec.convert(rows, list[WouldAnswer]))


@get("/rules/{rule_id:uuid}/runs", operation_id="list_rule_runs", right="integrations")
async def list_runs(desk: Desk, rule_id: UUID) -> list[RuleRun]:
    """What it did lately, newest first."""
    async with desk.reading() as tx:
        if await views.automation_rule(tx, rule_id) is None:
            raise automation.NotFound(rule_id)
        return msgspec.convert(await automation.runs_of(tx, rule_id, LOG), list[RuleRun])


async def _page(tx: Tx) -> RulePage:
    rows = await views.automation_rules(tx)
    more = msgspec.json.encode({"kinds": automation.HEARD, "gone": await automation.gone_of(tx)}).decode()
    return as_it_is(f'{{"rows":{rows},{more[1:]}'.encode(), RulePage)


async def _rule(tx: Tx, rule_id: UUID) -> RuleView:
    return as_it_is((await views.automation_rule(tx, rule_id) or "").encode() or None, RuleView)


routes = [list_rules, add_rule, change_rule, remove_rule, order_rules, try_rule, list_runs]
