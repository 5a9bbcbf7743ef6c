"""Rules are kept, put into the lanes of the conversations that they hear of, and done: each once for each event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
import structlog

from guanxi import audit, conversations, events, integrations, promises, routing, team, views
from guanxi.automation import model
from guanxi.automation.doing import do
from guanxi.automation.model import Action, Condition, Fired, NotFound, Refused, Rule, Waits
from guanxi.automation.queries import facts_of, kinds_heard, rules_for, rules_named, waiting_since, waits_heard
from guanxi.automation.rules import (
    DEEPEST,
    HEARD,
    LOG_DAYS,
    MOST_ACTIONS,
    MOST_OFTEN,
    MOST_RULES,
    WITHIN,
    applies,
    chain_of,
    is_its_minute,
    may_answer,
    waits_for,
)
from guanxi.events import Happened, wire_time
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx, is_about_data

log = structlog.get_logger(__name__)
SPACE = UUID("b0a7c3de-4a55-4b6e-8f0a-5d1b8a2c9e41")


async def add_rule(
    tx: Tx, *, name: str, kind: str, conditions: Sequence[Condition], actions: Sequence[Action], is_on: bool, by: UUID
) -> UUID:
    """A new rule behind all others. Raises Refused."""
    _check(kind, actions)
    _check_minutes(kind, conditions)
    for action in actions:
        await check_named(tx, action)
    if await tx.fetchval("select count(*) from rule where workspace_id = $1", tx.workspace_id) >= MOST_RULES:
        raise Refused("too_many_rules")
    id_ = new_id()
    await tx.execute(
        """insert into rule (workspace_id, id, name, kind, conditions, actions, is_on, position, created_at, changed_at)
           select $1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, coalesce(max(position), 0) + 1, $8, $8
           from rule where workspace_id = $1""",
        tx.workspace_id,
        id_,
        name,
        kind,
        _json(conditions),
        _json(actions),
        is_on,
        tx.now,
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
) -> None:
    """Change what is given. Raises NotFound, Refused."""
    _check(kind, actions)
    for action in actions or []:
        await check_named(tx, action)
    was = await audit.standing(tx, "rule", rule_id)
    touched = await tx.execute(
        """update rule set name = coalesce($3, name), kind = coalesce($4, kind),
             conditions = coalesce($5::jsonb, conditions), actions = coalesce($6::jsonb, actions),
             is_on = coalesce($7, is_on), changed_at = $8 where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        rule_id,
        name,
        kind,
        None if conditions is None else _json(conditions),
        None if actions is None else _json(actions),
        is_on,
        tx.now,
    )
    if not touched:
        raise NotFound(rule_id)
    now = next(one for one in await rules_named(tx, [rule_id]))
    _check_minutes(now.kind, now.conditions)
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


async def wanted_by(tx: Tx, happened: Sequence[Happened]) -> None:
    """Put the events that some rule hears into the lanes of their conversations, in their order."""
    kinds = await kinds_heard(tx)
    fired = [
        Fired(
            xid=event.xid,
            id=event.id,
            kind=event.kind,
            at=event.at,
            conversation_id=event.conversation_id,
            seq=event.payload.get("seq"),
            minutes=event.payload.get("minutes"),
            chain=chain,
        )
        for event in happened
        if event.kind in kinds and event.conversation_id is not None and event.payload.get("author") != "system"
        if len(chain := chain_of(event.payload)) < DEEPEST
    ]
    await enqueue(
        tx,
        [
            Wanted(lane=f"rules:{one.conversation_id}", pool="rules", kind="run_rules", args=msgspec.to_builtins(one))
            for one in fired
        ],
    )


async def want_waits(tx: Tx, happened: Sequence[Happened], *more: int) -> None:
    """Have it told when those who begin to wait with these events have waited for so long as a rule wants to know, or as
    long as one of `more` (minutes): each in a lane of its own, which is due then; nothing is ever looked through."""
    begun = {
        event.conversation_id: event.at
        for event in happened
        if event.conversation_id is not None and event.payload.get("author") == "contact"
    }
    since = await waiting_since(tx, sorted(begun)) if begun else {}
    minutes = sorted({*await waits_heard(tx), *more}) if since else []
    waits = [Waits(conversation_id=talk, since=at, minutes=some) for talk, at in since.items() for some in minutes]
    await enqueue(
        tx,
        [
            Wanted(
                lane=f"waited:{one.conversation_id}:{one.minutes}",
                pool="waited",
                kind="tell_waited",
                args=msgspec.to_builtins(one),
                not_before=one.since + timedelta(minutes=one.minutes),
            )
            for one in waits
            if one.since == begun[one.conversation_id]
        ],
    )


async def run(tx: Tx, fired: Fired) -> None:
    """Let every rule that hears this event answer it, one after another; each finds what the one before it has left.

    All in one transaction with the rows that say that it is done: repeated after a crash, it is done once.
    """
    for rule in await rules_for(tx, fired.kind):
        if not may_answer(rule, fired.chain) or not is_its_minute(rule, fired.minutes):
            continue
        facts = (await facts_of(tx, [(fired.conversation_id, fired.seq)])).get(0)
        if facts is None or not applies(rule.conditions, facts):
            continue
        if await _begin(tx, rule, fired):
            outcome, problem, details = await _do_all(tx, rule, fired)
            await tx.execute(
                """update rule_run set outcome = $5, problem = $6, details = $7::jsonb
                   where workspace_id = $1 and rule_id = $2 and event_xid = $3 and event_id = $4""",
                tx.workspace_id,
                rule.id,
                fired.xid,
                fired.id,
                outcome,
                problem,
                _json(details),
            )


async def forget_old_runs(tx: Tx, most: int) -> int:
    """Delete up to `most` lines of this workspace's log that are older than it reaches; returns how many."""
    return await tx.execute(
        """delete from rule_run where workspace_id = $1 and (rule_id, event_xid, event_id) in (
             select rule_id, event_xid, event_id from rule_run where workspace_id = $1 and at < $2
             order by at limit $3)""",
        tx.workspace_id,
        tx.now - timedelta(days=LOG_DAYS),
        most,
    )


async def _begin(tx: Tx, rule: Rule, fired: Fired) -> bool:
    """Take this event for this rule; False when it was taken before, or when it has been often enough."""
    often = await tx.fetchval(
        """select count(*) from (select 1 from rule_run where workspace_id = $1 and rule_id = $2
             and conversation_id = $3 and at > $4 and outcome <> 'held_back' limit $5) lately""",
        tx.workspace_id,
        rule.id,
        fired.conversation_id,
        tx.now - WITHIN,
        MOST_OFTEN,
    )
    taken = await tx.fetchval(
        """insert into rule_run (workspace_id, rule_id, event_xid, event_id, conversation_id, at, outcome)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning true""",
        tx.workspace_id,
        rule.id,
        fired.xid,
        fired.id,
        fired.conversation_id,
        tx.now,
        "held_back" if often >= MOST_OFTEN else "done",
    )
    return bool(taken) and often < MOST_OFTEN


async def _do_all(tx: Tx, rule: Rule, fired: Fired) -> tuple[str, str, list[str]]:
    """All actions or none of them: (outcome, problem, what was done)."""
    done: list[str] = []
    before = tx.cause
    tx.cause = {"rules": [str(id_) for id_ in (*fired.chain, rule.id)], "name": rule.name}
    try:
        async with tx.savepoint():
            for number, action in enumerate(rule.actions):
                await _do(tx, rule, fired, number, action)
                done.append(str(action.__struct_config__.tag))
    except (conversations.Refused, routing.Refused, integrations.Refused, Refused) as error:
        return "failed", error.code, done
    except (conversations.NotFound, routing.NotFound, integrations.NotFound):
        return "failed", "not_found", done
    except Exception as error:
        if not is_about_data(error):
            raise
        log.exception("rule.failed", rule=str(rule.id))
        return "failed", "server", done
    finally:
        tx.cause = before
    return "done", "", done


async def _do(tx: Tx, rule: Rule, fired: Fired, number: int, action: Action) -> None:
    talk = fired.conversation_id
    if isinstance(action, model.CallWebhook):
        row = (await views.rows_by_id(tx, [talk]))[talk]["row"]
        told = {"rule": {"id": str(rule.id), "name": rule.name}, "event": fired.kind, "at": wire_time(fired.at)}
        await integrations.send(tx, action.webhook_id, "rule.ran", told | {"conversation": msgspec.Raw(row.encode())})
    else:
        await do(tx, talk, action, id=uuid5(SPACE, f"{rule.id}:{fired.xid}:{fired.id}:{number}"), by=None)


def _check(kind: str | None, actions: Sequence[Action] | None) -> None:
    if kind is not None and kind not in HEARD:
        raise Refused("unknown_kind")
    if actions is not None and not 0 < len(actions) <= MOST_ACTIONS:
        raise Refused("no_actions" if not actions else "too_many_actions")


def _check_minutes(kind: str, conditions: Sequence[Condition]) -> None:
    if kind == "conversation.waited" and len(waits_for(conditions)) != 1:
        raise Refused("no_minutes")


async def check_named(tx: Tx, action: Action) -> None:
    """Whom and what it names, there is: else it would fail at each run, where nobody looks. Raises Refused."""
    match action:
        case model.Assign(agent_id=UUID() as agent_id) if not await team.serving(tx, [agent_id]):
            raise Refused("unknown_agent")
        case model.Enqueue(queue_id=queue_id) if not await routing.queues(tx, queue_id):
            raise Refused("unknown_queue")
        case model.Promise(policy_id=UUID() as policy_id) if not await promises.policies(tx, policy_id):
            raise Refused("unknown_policy")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def _changed(tx: Tx, rule_id: UUID, by: UUID) -> None:
    await events.record(tx, "rule.changed", {"rule_id": str(rule_id)}, agent=by)
