"""A conversation from its first word to its last, for taking along: what was said, by whom and when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.shapes import CONTACT_NAME, IS_PUBLIC

MOST_MESSAGES = 20_000
PAGE = 1000

HEAD = f"""select c.id, c.channel, i.name as inbox_name, {CONTACT_NAME} as contact_name, p.id as contact_id,
    case c.state when 0 then 'open' when 1 then 'snoozed' else 'resolved' end as state, c.opened_at, c.resolved_at,
    c.tags, {IS_PUBLIC} as is_public, c.medium, o.author as post_author, o.text as post_text, o.url as post_url,
    o.is_ours as post_is_ours, a.name as assignee, w.name as workspace, w.time_zone, w.language
  from conversation c join inbox i on i.workspace_id = $1 and i.id = c.inbox_id
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id
  join workspace w on w.id = $1
  left join post o on o.workspace_id = $1 and o.id = c.post_id
  left join agent a on a.workspace_id = $1 and a.id = c.assignee_id
  where c.workspace_id = $1 and c.id = $2"""
SAID = """select m.seq, m.author, m.kind, m.is_note, m.content, m.sent_at, m.state, g.name as agent, s.name as sender
  from message m left join agent g on g.workspace_id = $1 and g.id = m.agent_id
  left join identity s on s.workspace_id = $1 and s.id = m.sender_identity_id
  where m.workspace_id = $1 and m.conversation_id = $2 and m.seq > $3 and (not m.is_note or $4)
  order by m.seq limit $5"""


async def transcript(tx: Tx, conversation_id: UUID, *, notes: bool) -> tuple[Any, list[Any]] | None:
    """(the conversation, its messages in the order in which people read them), or None. Notes only when asked for."""
    head = await tx.fetchrow(HEAD, tx.workspace_id, conversation_id)
    if head is None:
        return None
    said: list[Any] = []
    while len(said) < MOST_MESSAGES:
        after = said[-1]["seq"] if said else 0
        page = await tx.fetch(SAID, tx.workspace_id, conversation_id, after, notes, PAGE)
        said += page
        if len(page) < PAGE:
            break
    return head, sorted(said, key=lambda one: (one["sent_at"], one["seq"]))
