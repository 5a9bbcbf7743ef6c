"""Rules are put into the lanes of the conversations that they hear of, and done: each once for each event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

import msgspec
import structlog

from guanxi import conversations, integrations, routing, views
from guanxi.automation import model
from guanxi.automation.doing import do
from guanxi.automation.model import Action, Facts, Fired, Refused, Rule, Waits
from guanxi.automation.queries.kept import facts_of, gone, kinds_heard, rules_for, waiting_since, waits_heard
from guanxi.automation.queries.values import values_in
from guanxi.automation.rules import (
    DEEPEST,
    LOG_DAYS,
    MOST_OFTEN,
    WITHIN,
    applies,
    asked_of,
    chain_of,
    is_its_minute,
    may_answer,
    named_in,
)
from guanxi.automation.saying import asks, said_by
from guanxi.events import Happened, wire_time
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx, is_about_data

log = structlog.get_logger(__name__)
SPACE = UUID("b0a7c3de-4a55-4b6e-8f0a-5d1b8a2c9e41")


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
    """Let every rule that hears this event answer it, one after another; each finds what the one before it has left. One
    that stops ends it, once it has been done.

    All in one transaction with the rows that say that it is done: repeated after a crash, it is done once.
    """
    hear = [
        rule
        for rule in await rules_for(tx, fired.kind)
        if may_answer(rule, fired.chain) and is_its_minute(rule, fired.minutes)
    ]
    asked = asked_of([rule.conditions for rule in hear])
    facts: Facts | None = None
    for rule in hear:
        if facts is None:
            facts = (await facts_of(tx, [(fired.conversation_id, fired.seq)], asked)).get(0)
        if facts is None:
            return
        if not applies(rule.conditions, facts):
            continue
        outcome = await _answer(tx, rule, fired)
        if outcome == "done":
            facts = None
            if rule.stops:
                return


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


async def _answer(tx: Tx, rule: Rule, fired: Fired) -> str:
    """Do it, unless this event was taken before, or the rule has answered often enough here; returns what has become of it."""
    often = await tx.fetchval(
        """select count(*) from (select 1 from rule_run where workspace_id = $1 and rule_id = $2
             and conversation_id = $3 and at > $4 and outcome <> 'held_back' limit $5) lately""",
        tx.workspace_id,
        rule.id,
        fired.conversation_id,
        tx.now - WITHIN,
        MOST_OFTEN,
    )
    outcome, problem, details = "held_back", "", list[str]()
    taken = await tx.fetchval(
        """insert into rule_run (workspace_id, rule_id, event_xid, event_id, conversation_id, at, outcome)
           values ($1, $2, $3, $4, $5, $6, 'held_back') on conflict do nothing returning true""",
        tx.workspace_id,
        rule.id,
        fired.xid,
        fired.id,
        fired.conversation_id,
        tx.now,
    )
    if not taken:
        was: str = await tx.fetchval(
            """select outcome from rule_run where workspace_id = $1 and rule_id = $2 and event_xid = $3
                 and event_id = $4""",
            tx.workspace_id,
            rule.id,
            fired.xid,
            fired.id,
        )
        return was
    if often >= MOST_OFTEN:
        return outcome
    missing = await gone(tx, named_in([], rule.actions))
    if missing:  # part of what it says makes no sense any more: it does nothing at all
        outcome, problem = "failed", f"{missing[0].what}_gone"
    else:
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
        msgspec.json.encode(details).decode(),
    )
    return outcome


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
    except Refused as error:
        return "failed", error.code, error.names or done
    except (conversations.Refused, routing.Refused, integrations.Refused) as error:
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
    if asks([action]):
        action, missing = said_by(action, await values_in(tx, talk, None))
        if missing:  # a gap never goes out: the rule waits for nothing and says which word it lacked
            raise Refused("unfilled", missing)
    if isinstance(action, model.CallWebhook):
        row = (await views.rows_by_id(tx, [talk]))[talk]["row"]
        told = {"rule": {"id": str(rule.id), "name": rule.name}, "event": fired.kind, "at": wire_time(fired.at)}
        await integrations.send(tx, action.webhook_id, "rule.ran", told | {"conversation": msgspec.Raw(row.encode())})
    else:
        await do(tx, talk, action, id=uuid5(SPACE, f"{rule.id}:{fired.xid}:{fired.id}:{number}"), by=None)
