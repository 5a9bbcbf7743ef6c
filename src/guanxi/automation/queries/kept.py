"""The rules of a workspace, what they look at, and what they have done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi import routing
from guanxi.automation.model import Asked, Facts, Gone, Rule
from guanxi.automation.rules import named_in
from guanxi.channel_kit import PUBLIC
from guanxi.infra.sql import Tx
from guanxi.promises import Hours

NOTHING_MORE = Asked()

FACTS = """select w.n, c.id as conversation_id, c.channel, c.medium = any($4::text[]) as is_public, c.inbox_id, c.queue_id, p.is_vip, c.assignee_id, c.tags, c.language, c.urgency, c.mood, c.waiting_since,
    case c.state when 0 then 'open' when 1 then 'snoozed' else 'resolved' end as state,
    coalesce(nullif(p.name, ''), d.name) as contact_name, p.tags as contact_tags,
    d.attributes || p.attributes as attributes,
    coalesce(case when m.seq is null or m.kind = 'event' then c.last_text else m.content ->> 'text' end, '') as text,
    coalesce(case when m.seq is null or m.kind = 'event' then c.last_kind else m.kind end, '') as said,
    $5::boolean and exists (select from identity i join conversation o on o.workspace_id = $1 and o.identity_id = i.id
      and o.id <> c.id and o.opened_at < c.opened_at where i.workspace_id = $1 and i.contact_id = p.id) as is_known,
    case when $6::boolean then (select count(*) from (select from identity i
      join conversation o on o.workspace_id = $1 and o.identity_id = i.id and o.id <> c.id and o.opened_at < c.opened_at
      where i.workspace_id = $1 and i.contact_id = p.id and o.merged_into is null limit 100) earlier) else 0 end as earlier,
    (select z.time_zone from workspace z where z.id = $1) as time_zone
  from unnest($2::uuid[], $3::bigint[]) with ordinality as w(id, seq, n)
  join conversation c on c.workspace_id = $1 and c.id = w.id
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id
  left join message m on m.workspace_id = $1 and m.conversation_id = w.id and m.seq = w.seq
  order by w.n"""


async def rules_for(tx: Tx, kind: str) -> list[Rule]:
    """The rules that are on and hear this kind, in their order."""
    rows = await tx.fetch(
        """select id, name, kind, conditions, actions, is_on, stops from rule
           where workspace_id = $1 and kind = $2 and is_on order by position, id""",
        tx.workspace_id,
        kind,
    )
    return [msgspec.convert(dict(row), Rule) for row in rows]


async def rules_named(tx: Tx, ids: Sequence[UUID]) -> list[Rule]:
    """These rules, on or off."""
    rows = await tx.fetch(
        """select id, name, kind, conditions, actions, is_on, stops from rule
           where workspace_id = $1 and id = any($2::uuid[])""",
        tx.workspace_id,
        list(ids),
    )
    return [msgspec.convert(dict(row), Rule) for row in rows]


async def kinds_heard(tx: Tx) -> frozenset[str]:
    """The kinds of events that some rule hears now."""
    rows = await tx.fetch("select distinct kind from rule where workspace_id = $1 and is_on", tx.workspace_id)
    return frozenset(row["kind"] for row in rows)


async def waits_heard(tx: Tx) -> list[int]:
    """After how many minutes of waiting some rule wants to know."""
    rows = await tx.fetch(
        """select distinct (c ->> 'minutes')::integer as minutes
           from rule, jsonb_array_elements(conditions) c
           where workspace_id = $1 and is_on and kind = 'conversation.waited' and c ->> 'on' = 'waited'""",
        tx.workspace_id,
    )
    return [row["minutes"] for row in rows]


async def waiting_since(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Since when their contacts wait, of those of these conversations that are open and wait."""
    rows = await tx.fetch(
        """select id, waiting_since from conversation
           where workspace_id = $1 and id = any($2::uuid[]) and state = 0 and waiting_since is not null order by id""",
        tx.workspace_id,
        list(ids),
    )
    return {row["id"]: row["waiting_since"] for row in rows}


async def facts_of(tx: Tx, places: Sequence[tuple[UUID, int | None]], asked: Asked = NOTHING_MORE) -> dict[int, Facts]:
    """What conditions look at, for each (conversation, seq of the message or None), by its number from 0; and what is
    asked for besides."""
    rows = await tx.fetch(
        FACTS,
        tx.workspace_id,
        [one for one, _ in places],
        [seq for _, seq in places],
        PUBLIC,
        asked.known,
        asked.earlier,
    )
    named: dict[UUID | None, Hours] = {
        hours.id: hours for id_ in sorted(asked.hours) for hours in await routing.all_hours(tx, id_)
    }
    of_queues = await routing.hours_of(tx, [one for one, _ in places]) if asked.queue_hours else {}
    found: dict[int, Facts] = {}
    for row in rows:
        opening = {**named}
        if row["conversation_id"] in of_queues:
            opening[None] = of_queues[row["conversation_id"]]
        members: dict[str, Any] = {**row, "now": tx.now}
        number = int(members.pop("n")) - 1
        found[number] = msgspec.structs.replace(msgspec.convert(members, Facts), opening=opening)
    return found


async def gone(tx: Tx, named: Sequence[Gone]) -> list[Gone]:
    """Those among them that are no more, or never were here."""
    if not named:
        return []
    rows = await tx.fetch(
        """select n from unnest($2::text[], $3::uuid[]) with ordinality as w(what, id, n) where not case what
             when 'agent' then exists (select from agent where workspace_id = $1 and id = w.id and removed_at is null)
             when 'queue' then exists (select from queue where workspace_id = $1 and id = w.id and removed_at is null)
             when 'policy' then exists (select from policy where workspace_id = $1 and id = w.id and removed_at is null)
             when 'inbox' then exists (select from inbox where workspace_id = $1 and id = w.id and state <> 'removed')
             when 'hours' then exists (select from hours where workspace_id = $1 and id = w.id)
             else exists (select from webhook where workspace_id = $1 and id = w.id) end
           order by n""",
        tx.workspace_id,
        [one.what for one in named],
        [one.id for one in named],
    )
    return [named[row["n"] - 1] for row in rows]


async def runs_of(tx: Tx, rule_id: UUID, most: int) -> list[dict[str, Any]]:
    """What a rule has done lately, newest first."""
    rows = await tx.fetch(
        """select r.seq, r.at, r.conversation_id, r.outcome, r.problem, r.details,
             coalesce(nullif(p.name, ''), d.name) as contact
           from rule_run r join conversation c on c.workspace_id = $1 and c.id = r.conversation_id
           join identity d on d.workspace_id = $1 and d.id = c.identity_id
           join contact p on p.workspace_id = $1 and p.id = d.contact_id
           where r.workspace_id = $1 and r.rule_id = $2 order by r.seq desc limit $3""",
        tx.workspace_id,
        rule_id,
        most,
    )
    return [dict(row) for row in rows]


async def gone_of(tx: Tx, rule_id: UUID | None = None) -> dict[UUID, list[Gone]]:
    """What each rule names that is no more, of all rules or of one; those that are whole are left out."""
    rows = await tx.fetch(
        """select id, name, kind, conditions, actions, is_on, stops from rule
           where workspace_id = $1 and ($2::uuid is null or id = $2)""",
        tx.workspace_id,
        rule_id,
    )
    rules = [msgspec.convert(dict(row), Rule) for row in rows]
    named = {rule.id: named_in(rule.conditions, rule.actions) for rule in rules}
    missing = {*await gone(tx, list(dict.fromkeys(one for each in named.values() for one in each)))}
    return {id_: lost for id_, each in named.items() if (lost := [one for one in each if one in missing])}
