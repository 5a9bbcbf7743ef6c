"""What other systems may do here and are told: access tokens."""

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
