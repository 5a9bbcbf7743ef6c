"""How things stand that administrators change, so that an entry can say what was before and what is after."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from guanxi.infra.sql import Tx

# Columns that say nothing to a reader, or change by themselves, stay out.
STANDING = {
    "agent": """select jsonb_build_object('name', a.name, 'role', coalesce(r.name, a.role), 'capacity', a.capacity,
        'skills', to_jsonb(a.skills), 'removed', a.removed_at is not null) from agent a
        left join role r on r.workspace_id = a.workspace_id and r.id = a.role_id
        where a.workspace_id = $1 and a.id = $2""",
    "role": """select jsonb_build_object('name', name, 'rights', to_jsonb(rights), 'sees', sees) from role
        where workspace_id = $1 and id = $2""",
    "team": """select jsonb_build_object('name', t.name, 'agents', (
          select jsonb_agg(a.name order by a.name, a.id) from team_agent x
          join agent a on a.workspace_id = x.workspace_id and a.id = x.agent_id
          where x.workspace_id = t.workspace_id and x.team_id = t.id), 'heads', (
          select jsonb_agg(a.name order by a.name, a.id) from team_agent x
          join agent a on a.workspace_id = x.workspace_id and a.id = x.agent_id
          where x.workspace_id = t.workspace_id and x.team_id = t.id and x.is_head))
        from team t where t.workspace_id = $1 and t.id = $2""",
    "workspace": """select to_jsonb(w) - '{id,created_at,number}'::text[] from workspace w
        where id = $1 and id = $2""",
    "inbox": """select jsonb_build_object('name', i.name, 'channel', i.channel, 'settings', i.settings, 'extras', i.extras,
        'greeting', i.greeting, 'away_text', i.away_text, 'state', i.state, 'queue', q.name,
        'removed', i.state = 'removed') from inbox i
        left join queue q on q.workspace_id = i.workspace_id and q.id = i.queue_id
        where i.workspace_id = $1 and i.id = $2""",
    "queue": """select to_jsonb(q) - '{workspace_id,id,version,created_at,removed_at}'::text[]
        || jsonb_build_object('removed', q.removed_at is not null, 'agents', (
          select jsonb_agg(a.name order by a.name, a.id) from queue_agent x
          join agent a on a.workspace_id = x.workspace_id and a.id = x.agent_id
          where x.workspace_id = q.workspace_id and x.queue_id = q.id and x.named), 'teams', (
          select jsonb_agg(t.name order by t.name) from queue_team x
          join team t on t.workspace_id = x.workspace_id and t.id = x.team_id
          where x.workspace_id = q.workspace_id and x.queue_id = q.id))
        from queue q where q.workspace_id = $1 and q.id = $2""",
    "hours": """select to_jsonb(h) - '{workspace_id,id,version,created_at}'::text[] from hours h
        where workspace_id = $1 and id = $2""",
    "policy": """select to_jsonb(p) - '{workspace_id,id,version,created_at,removed_at}'::text[]
        || jsonb_build_object('removed', p.removed_at is not null) from policy p where workspace_id = $1 and id = $2""",
    "rule": """select to_jsonb(r) - '{workspace_id,id,created_at,changed_at}'::text[] from rule r
        where workspace_id = $1 and id = $2""",
    "webhook": """select jsonb_build_object('name', name, 'url', url, 'kinds', to_jsonb(kinds), 'state', state,
        'secret', encode(secret, 'hex')) from webhook where workspace_id = $1 and id = $2""",
    "translation": """select jsonb_build_object('name', case kind when 'openai' then model else kind end, 'kind', kind, 'url', url,
        'model', model, 'secret', encode(secret, 'hex')) from translation_provider where workspace_id = $1 and workspace_id = $2""",
    "attribute": """select to_jsonb(a) - '{workspace_id,id,created_at}'::text[] from attribute a
        where workspace_id = $1 and id = $2""",
    "token": """select jsonb_build_object('name', t.name, 'scopes', to_jsonb(t.scopes), 'expires_at', t.expires_at,
        'of', a.name) from access_token t join agent a on a.workspace_id = t.workspace_id and a.id = t.agent_id
        where t.workspace_id = $1 and t.id = $2""",
    "contact": """select jsonb_build_object('blocked', blocked_at is not null) from contact
        where workspace_id = $1 and id = $2""",
}


async def standing(tx: Tx, kind: str, id_: UUID) -> dict[str, Any] | None:
    """How the thing of this kind stands now; None when there is none."""
    found: dict[str, Any] | None = await tx.fetchval(STANDING[kind], tx.workspace_id, id_)
    return found
