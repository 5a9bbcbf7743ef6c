"""Rules against what has happened: read off stored events when somebody asks. Nothing is written, and who receives messages
pays nothing for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from guanxi import routing
from guanxi.automation.history import BESIDES, Moment, Stood, as_it_was, moments, stood
from guanxi.automation.model import Asked, Facts, Rule
from guanxi.automation.queries.kept import facts_of
from guanxi.automation.queries.values import values_in
from guanxi.automation.rules import EXCERPT, HEARD, asked_of
from guanxi.automation.saying import asks
from guanxi.automation.trying import Look, Noticed, Trial, Tried, look, trial
from guanxi.events import Happened
from guanxi.infra.sql import Tx
from guanxi.promises import Hours

AMONG = 1000  # conversations of one dry run
EVENTS = 400  # of one conversation, the newest
MOMENTS = 100  # of one conversation and one rule, the newest
NOTICED = 40  # events of one conversation that are explained


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with its events, the oldest first, and how it stood after each."""

    facts: Facts
    events: list[Happened]
    stood: list[Stood]


async def conversations_since(tx: Tx, inbox_id: UUID | None, since: datetime) -> list[UUID]:
    """Those in which something was said since then, in one inbox or in all, the newest first; one more than are tried."""
    if inbox_id is None:
        rows = await tx.fetch(
            """select id from conversation where workspace_id = $1 and last_at >= $2
               order by last_at desc, id desc limit $3""",
            tx.workspace_id,
            since,
            AMONG + 1,
        )
    else:
        rows = await tx.fetch(
            """select id from conversation where workspace_id = $1 and inbox_id = $2 and last_at >= $3
               order by last_at desc, id desc limit $4""",
            tx.workspace_id,
            inbox_id,
            since,
            AMONG + 1,
        )
    return [row["id"] for row in rows]


async def conversations_here(tx: Tx, ids: Sequence[UUID]) -> list[UUID]:
    """Those among them that there are, each once, in the order given."""
    rows = await tx.fetch(
        "select id from conversation where workspace_id = $1 and id = any($2::uuid[])", tx.workspace_id, list(ids)
    )
    known = {row["id"] for row in rows}
    return [one for one in dict.fromkeys(ids) if one in known]


async def try_out(tx: Tx, tried: Tried, ids: Sequence[UUID], since: datetime | None) -> list[Trial]:
    """What this rule would have done in these conversations, in their order. Each event is looked at as things stood then;
    what the rule itself would have changed is not."""
    before = await _that_stop_before(tx, tried)
    past = await _past(tx, ids)
    heard = [
        (one, moment)
        for one in ids
        if one in past
        for moment in moments(tried.kind, tried.conditions, past[one].events, past[one].stood, tx.now)[-MOMENTS:]
        if (since is None or moment.at >= since) and tried.rule_id not in moment.chain
    ]
    asked = asked_of([tried.conditions, *(rule.conditions for rule in before)])
    facts = await _facts_at(tx, past, heard, asked)
    by_talk: dict[UUID, list[tuple[Moment, Facts]]] = {}
    for (one, moment), then in zip(heard, facts, strict=True):
        by_talk.setdefault(one, []).append((moment, then))
    values = {one: await values_in(tx, one, None) for one in by_talk} if asks(tried.actions) else {}
    return [
        trial(tried, before, by_talk.get(one, []), past[one].facts, values.get(one, {})) for one in ids if one in past
    ]


async def why(tx: Tx, conversation_id: UUID) -> list[Noticed] | None:
    """What each rule made of the events of this conversation, the newest first: what was done, else what said no. None:
    there is no such conversation."""
    past = await _past(tx, [conversation_id])
    if conversation_id not in past:
        return None
    here = past[conversation_id]
    rules = await _all_rules(tx)
    heard: dict[tuple[datetime, int, str], list[tuple[Moment, Rule]]] = {}
    for rule in rules:
        for moment in moments(rule.kind, rule.conditions, here.events, here.stood, tx.now):
            heard.setdefault((moment.at, moment.place, moment.kind), []).append((moment, rule))
    newest = sorted(heard, reverse=True)[:NOTICED]
    asked = asked_of([rule.conditions for rule in rules])
    facts = await _facts_at(tx, past, [(conversation_id, heard[key][0][0]) for key in newest], asked)
    runs = await tx.fetch(
        """select rule_id, event_xid, event_id, outcome, problem, details from rule_run
           where workspace_id = $1 and conversation_id = $2 order by seq desc limit 1000""",
        tx.workspace_id,
        conversation_id,
    )
    made = {(row["rule_id"], row["event_xid"], row["event_id"]): row for row in runs}
    noticed = []
    for key, then in zip(newest, facts, strict=True):
        looks: list[Look] = []
        stopped_by = ""
        for moment, rule in heard[key]:
            run = made.get((rule.id, moment.event.xid, moment.event.id)) if moment.event else None
            looks.append(look(rule, moment, then, run, stopped_by))
            if rule.stops and looks[-1].outcome == "done":
                stopped_by = rule.name
        noticed.append(Noticed(at=key[0], kind=key[2], text=then.text[:EXCERPT], looks=looks))
    return noticed


async def _that_stop_before(tx: Tx, tried: Tried) -> list[Rule]:
    """The rules that are on, hear the same, stop, and stand before this one; a new one stands behind all."""
    rows = await tx.fetch(
        """select id, name, kind, conditions, actions, is_on, stops from rule
           where workspace_id = $1 and kind = $2 and is_on and stops and id is distinct from $3
             and position < coalesce((select position from rule where workspace_id = $1 and id = $3), 2147483647)
           order by position, id""",
        tx.workspace_id,
        tried.kind,
        tried.rule_id,
    )
    return [msgspec.convert(dict(row), Rule) for row in rows]


async def _all_rules(tx: Tx) -> list[Rule]:
    rows = await tx.fetch(
        """select id, name, kind, conditions, actions, is_on, stops from rule
           where workspace_id = $1 order by position, id""",
        tx.workspace_id,
    )
    return [msgspec.convert(dict(row), Rule) for row in rows]


async def _past(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Past]:
    now = await facts_of(tx, [(one, None) for one in ids])
    rows = await tx.fetch(
        """select e.xid::text::bigint as xid, e.id, e.kind, e.at, e.payload, e.conversation_id, e.version
           from unnest($2::uuid[]) as w(id) cross join lateral (
             select * from event where workspace_id = $1 and conversation_id = w.id and kind = any($3::text[])
             order by version desc limit $4) e
           order by e.conversation_id, e.version, e.xid, e.id""",
        tx.workspace_id,
        list(ids),
        [*HEARD, *BESIDES],
        EVENTS,
    )
    leads = await tx.fetch(
        """select c.id, coalesce(i.queue_id, c.queue_id) as queue_id from conversation c
           join inbox i on i.workspace_id = $1 and i.id = c.inbox_id
           where c.workspace_id = $1 and c.id = any($2::uuid[])""",
        tx.workspace_id,
        list(ids),
    )
    first = {row["id"]: row["queue_id"] for row in leads}
    events: dict[UUID, list[Happened]] = {}
    for row in rows:
        events.setdefault(row["conversation_id"], []).append(Happened(**dict(row)))
    return {
        one.conversation_id: Past(facts=one, events=told, stood=stood(one, told, first[one.conversation_id]))
        for one in now.values()
        for told in [events.get(one.conversation_id, [])]
    }


async def _facts_at(tx: Tx, past: dict[UUID, Past], heard: Sequence[tuple[UUID, Moment]], asked: Asked) -> list[Facts]:
    """The facts at each of these moments."""
    found = await facts_of(tx, [(one, moment.seq) for one, moment in heard], asked)
    hours = await _hours_by_queue(tx) if asked.queue_hours else {}
    facts = []
    for number, (one, moment) in enumerate(heard):
        then = past[one].stood[moment.place]
        opening: dict[UUID | None, Hours] = {
            key: value for key, value in found[number].opening.items() if key is not None
        }
        if then.queue_id in hours:
            opening[None] = hours[then.queue_id]
        facts.append(msgspec.structs.replace(as_it_was(found[number], then, moment.at), opening=opening))
    return facts


async def _hours_by_queue(tx: Tx) -> dict[UUID, Hours]:
    hours = {one.id: one for one in await routing.all_hours(tx)}
    return {one.id: hours[one.hours_id] for one in await routing.queues(tx) if one.hours_id in hours}
