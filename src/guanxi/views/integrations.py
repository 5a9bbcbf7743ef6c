"""What other systems may do here and are told, and what happens by itself: tokens, webhooks, rules."""

from __future__ import annotations

from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.shapes import time

TOKEN = f"""json_build_object('id', t.id, 'name', t.name, 'start', t.start, 'scopes', t.scopes,
    'agent', json_build_object('id', a.id, 'name', a.name), 'created_at', {time("t.created_at")},
    'expires_at', {time("t.expires_at")}, 'last_used_at', {time("t.last_used_at")})"""
TOKENS = f"""select coalesce(json_agg({TOKEN} order by t.created_at desc, t.id desc), '[]')::text
  from access_token t join agent a on a.workspace_id = t.workspace_id and a.id = t.agent_id where t.workspace_id = $1"""
TOKENS_OF = f"{TOKENS} and t.agent_id = $2"
ONE_TOKEN = f"""select {TOKEN}::text
  from access_token t join agent a on a.workspace_id = t.workspace_id and a.id = t.agent_id
  where t.workspace_id = $1 and t.id = $2"""


async def access_tokens(tx: Tx, agent_id: UUID | None) -> bytes:
    """The access tokens of an agent, or (None) of everybody, newest first, as a JSON array."""
    if agent_id is None:
        text: str = await tx.fetchval(TOKENS, tx.workspace_id)
    else:
        text = await tx.fetchval(TOKENS_OF, tx.workspace_id, agent_id)
    return text.encode()


async def access_token(tx: Tx, token_id: UUID) -> str:
    """One access token as JSON; it must exist."""
    text: str = await tx.fetchval(ONE_TOKEN, tx.workspace_id, token_id)
    return text


WEBHOOK = f"""json_build_object('id', w.id, 'name', w.name, 'url', w.url, 'kinds', w.kinds, 'state', w.state,
    'paused_reason', w.paused_reason, 'failing_since', {time("w.failing_since")},
    'old_secret_until', {time("w.old_secret_until")}, 'created_at', {time("w.created_at")},
    'waiting', (select count(*) from (select 1 from webhook_delivery d
       where d.workspace_id = w.workspace_id and d.webhook_id = w.id and d.state = 'waiting' limit 1000) few))"""
WEBHOOKS = f"""select coalesce(json_agg({WEBHOOK} order by w.created_at, w.id), '[]')::text
  from webhook w where w.workspace_id = $1"""
ONE_WEBHOOK = f"select {WEBHOOK}::text from webhook w where w.workspace_id = $1 and w.id = $2"
DELIVERY = f"""json_build_object('seq', d.seq, 'id', d.id, 'kind', d.kind, 'state', d.state, 'attempts', d.attempts,
    'status', d.status, 'ms', d.ms, 'problem', d.problem, 'created_at', {time("d.created_at")},
    'tried_at', {time("d.tried_at")})"""
DELIVERIES = f"""select coalesce(json_agg(x.row order by x.seq desc), '[]')::text from (
    select d.seq, {DELIVERY} as row from webhook_delivery d
    where d.workspace_id = $1 and d.webhook_id = $2 and d.seq < $3 order by d.seq desc limit $4) x"""
ONE_DELIVERY = f"""select (({DELIVERY})::jsonb || jsonb_build_object('body', d.body, 'answer', d.answer))::text
  from webhook_delivery d where d.workspace_id = $1 and d.webhook_id = $2 and d.id = $3"""


async def webhooks(tx: Tx) -> str:
    """All webhooks, oldest first, as a JSON array."""
    text: str = await tx.fetchval(WEBHOOKS, tx.workspace_id)
    return text


async def webhook(tx: Tx, webhook_id: UUID) -> str | None:
    """One webhook as JSON, without its secret."""
    text: str | None = await tx.fetchval(ONE_WEBHOOK, tx.workspace_id, webhook_id)
    return text


async def webhook_deliveries(tx: Tx, webhook_id: UUID, *, before: int, limit: int) -> str:
    """The newest deliveries before a place in the log, as a JSON array without their bodies."""
    text: str = await tx.fetchval(DELIVERIES, tx.workspace_id, webhook_id, before, limit)
    return text


async def webhook_delivery(tx: Tx, webhook_id: UUID, delivery_id: UUID) -> bytes | None:
    """One delivery with its body and the beginning of the last answer."""
    text: str | None = await tx.fetchval(ONE_DELIVERY, tx.workspace_id, webhook_id, delivery_id)
    return None if text is None else text.encode()


RULE = f"""json_build_object('id', r.id, 'name', r.name, 'kind', r.kind, 'conditions', r.conditions,
    'actions', r.actions, 'is_on', r.is_on, 'stops', r.stops,
    'done', (select count(*) from rule_run x where x.workspace_id = r.workspace_id and x.rule_id = r.id and x.outcome = 'done'),
    'failed', (select count(*) from rule_run x where x.workspace_id = r.workspace_id and x.rule_id = r.id and x.outcome <> 'done'),
    'last_at', (select {time("x.at")} from rule_run x where x.workspace_id = r.workspace_id and x.rule_id = r.id
       order by x.seq desc limit 1))"""
RULES = f"""select coalesce(json_agg({RULE} order by r.position, r.id), '[]')::text
  from rule r where r.workspace_id = $1"""
ONE_RULE = f"select {RULE}::text from rule r where r.workspace_id = $1 and r.id = $2"


async def automation_rules(tx: Tx) -> str:
    """All rules in their order, as a JSON array."""
    text: str = await tx.fetchval(RULES, tx.workspace_id)
    return text


async def automation_rule(tx: Tx, rule_id: UUID) -> str | None:
    """One rule as JSON."""
    text: str | None = await tx.fetchval(ONE_RULE, tx.workspace_id, rule_id)
    return text
