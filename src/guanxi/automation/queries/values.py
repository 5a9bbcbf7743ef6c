"""What variables mean in a conversation: in what a rule says by itself, and in what an agent's macro says."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from guanxi import channels, conversations, promises, routing
from guanxi.infra.sql import Tx


async def values_in(tx: Tx, conversation_id: UUID, me: UUID | None) -> Mapping[str, str]:
    """What each variable means here, by its name. `me`: the agent who speaks; None: whoever has the conversation. Raises
    conversations.NotFound."""
    row = await tx.fetchrow(
        """select coalesce(nullif(p.name, ''), d.name) as name, p.email, p.phone,
             coalesce(nullif(d.language, ''), p.language) as language, d.attributes || p.attributes as known, c.channel,
             i.name as inbox, c.attributes, w.name as workspace, q.name as queue,
             (select a.name from agent a where a.workspace_id = $1 and a.id = coalesce($3, c.assignee_id)) as agent
           from conversation c
           join inbox i on i.workspace_id = $1 and i.id = c.inbox_id
           join identity d on d.workspace_id = $1 and d.id = c.identity_id
           join contact p on p.workspace_id = $1 and p.id = d.contact_id
           join queue q on q.workspace_id = $1 and q.id = c.queue_id
           join workspace w on w.id = $1
           where c.workspace_id = $1 and c.id = $2""",
        tx.workspace_id,
        conversation_id,
        me,
    )
    if row is None:
        raise conversations.NotFound(conversation_id)
    channel = channels.all_channels().get(row["channel"])
    known = {f"contact.attributes.{key}": str(value) for key, value in row["known"].items()}
    noted = {f"conversation.attributes.{key}": str(value) for key, value in row["attributes"].items()}
    return known | noted | {
        "contact.name": row["name"] or "",
        "contact.email": row["email"] or "",
        "contact.phone": row["phone"] or "",
        "contact.language": row["language"] or "",
        "conversation.channel": channel.manifest.title if channel is not None else "",
        "conversation.inbox": row["inbox"] or "",
        "conversation.queue": row["queue"] or "",
        "conversation.opens": await _opens(tx, conversation_id),
        "agent.name": row["agent"] or "",
        "workspace.name": row["workspace"] or "",
    }  # fmt: skip


async def _opens(tx: Tx, conversation_id: UUID) -> str:
    """When its queue opens again, by its own clocks; '' while it is open, or where it never does."""
    hours = (await routing.hours_of(tx, [conversation_id])).get(conversation_id)
    if hours is None or promises.is_open(hours, tx.now):
        return ""
    opens = promises.next_opening(hours, tx.now)
    return f"{opens.astimezone(ZoneInfo(hours.time_zone)):%m-%d %H:%M}" if opens is not None else ""
