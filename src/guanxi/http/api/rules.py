"""Automation: rules on events, a dry run before they are on, and a log of what they did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post, put

from guanxi import automation, views
from guanxi.automation import Action, Condition, Gone, Noticed, Trial
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import not_found
from guanxi.infra.sql import Tx

LOG = 100  # lines
WITH_WORDS = 200  # conversations
PAGES = 20  # of the search, in one dry run
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


class Among(msgspec.Struct, kw_only=True):
    """Which conversations a rule is tried on: those that are named, or else those in which something was said within so
    many days, in one inbox or in all, and (with `words`) in which these occur."""

    conversation_ids: Annotated[list[UUID], msgspec.Meta(max_length=200)] = []
    days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 7
    inbox_id: UUID | None = None
    words: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Chosen(msgspec.Struct, kw_only=True):
    """The conversations, the newest first, to be tried some at a time. `more`: there are more, these are all that are tried.
    `unknown`: so many of those that were named are not here."""

    conversation_ids: list[UUID]
    since: datetime | None
    more: bool
    unknown: int = 0


class TryRule(msgspec.Struct, kw_only=True):
    """A rule as it stands in the editor, and conversations to try it on. `rule_id`, when it is kept already: then only those
    before it can end what it hears."""

    kind: Kind
    conditions: Conditions
    actions: Actions
    conversation_ids: Annotated[list[UUID], msgspec.Meta(max_length=25)]
    rule_id: UUID | None = None
    since: datetime | None = None


class TriedRule(msgspec.Struct):
    rows: list[Trial]


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


@post("/rules/among", operation_id="choose_for_rule", right="integrations", status_code=200)
async def choose_for_rule(desk: Desk, data: Among) -> Chosen:
    """The conversations of a dry run: at most a thousand, with words at most two hundred."""
    async with desk.reading() as tx:
        if data.conversation_ids:
            here = await automation.conversations_here(tx, data.conversation_ids)
            unknown = len({*data.conversation_ids}) - len(here)
            return Chosen(conversation_ids=here, since=None, more=False, unknown=unknown)
        since = tx.now - timedelta(days=data.days)
        if data.words.strip():
            ids, more = await _with_words(desk, tx, data.words, data.inbox_id, since)
            return Chosen(conversation_ids=ids, since=since, more=more)
        found = await automation.conversations_since(tx, data.inbox_id, since)
    return Chosen(conversation_ids=found[: automation.AMONG], since=since, more=len(found) > automation.AMONG)


@post("/rules/try", operation_id="try_rule", right="integrations", status_code=200)
async def try_rule(desk: Desk, data: TryRule) -> TriedRule:
    """What would it have done in these conversations, and where it would not have: which condition said no, and what it
    met? Each event is looked at as things stood then. Nothing is changed."""
    tried = automation.Tried(kind=data.kind, conditions=data.conditions, actions=data.actions, rule_id=data.rule_id)
    async with desk.reading() as tx:
        return TriedRule(await automation.try_out(tx, tried, data.conversation_ids, data.since))


@get("/conversations/{conversation_id:uuid}/rules", operation_id="explain_rules", right="integrations")
async def explain_rules(desk: Desk, conversation_id: UUID) -> list[Noticed]:
    """What each rule made of the newest events of one conversation: what it did, or the first condition that said no."""
    async with desk.reading() as tx:
        noticed = await automation.why(tx, conversation_id)
    if noticed is None:
        raise not_found()
    return noticed


@get("/rules/{rule_id:uuid}/runs", operation_id="list_rule_runs", right="integrations")
async def list_runs(desk: Desk, rule_id: UUID) -> list[RuleRun]:
    """What it did lately, newest first."""
    async with desk.reading() as tx:
        if await views.automation_rule(tx, rule_id) is None:
            raise automation.NotFound(rule_id)
        return msgspec.convert(await automation.runs_of(tx, rule_id, LOG), list[RuleRun])


async def _with_words(
    desk: Desk, tx: Tx, words: str, inbox_id: UUID | None, since: datetime
) -> tuple[list[UUID], bool]:
    """The newest in which these words occur, and whether there are more; looked for as long as a person waits."""
    ids: list[UUID] = []
    ask = views.Ask(limit=100)
    for _ in range(PAGES):
        page = await views.conversations_with(tx, words, ask, desk.agent_id, sifted=views.Sifted(since=since))
        rows = msgspec.json.decode(f"[{','.join(page.rows)}]")
        ids += [UUID(row["id"]) for row in rows if inbox_id is None or row["inbox_id"] == str(inbox_id)]
        if page.next is None or len(ids) >= WITH_WORDS:
            return ids[:WITH_WORDS], page.next is not None
        ask = msgspec.structs.replace(ask, after=page.next)
    return ids, True


async def _page(tx: Tx) -> RulePage:
    rows = await views.automation_rules(tx)
    more = msgspec.json.encode({"kinds": automation.HEARD, "gone": await automation.gone_of(tx)}).decode()
    return as_it_is(f'{{"rows":{rows},{more[1:]}'.encode(), RulePage)


async def _rule(tx: Tx, rule_id: UUID) -> RuleView:
    return as_it_is((await views.automation_rule(tx, rule_id) or "").encode() or None, RuleView)


routes = [
    list_rules, add_rule, change_rule, remove_rule, order_rules, choose_for_rule, try_rule, list_runs, explain_rules
]  # fmt: skip
