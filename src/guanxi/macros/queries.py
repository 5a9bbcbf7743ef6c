"""The macros that an agent may use, and what their variables mean in a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from guanxi import channels, conversations
from guanxi.infra.sql import Tx
from guanxi.macros.model import Macro, NotFound


async def of_agent(tx: Tx, me: UUID) -> list[Macro]:
    """Those of agent `me`, then the company's, by name."""
    rows = await tx.fetch(
        """select id, name, key, agent_id is not null as personal, actions from macro
           where workspace_id = $1 and (agent_id is null or agent_id = $2) order by agent_id is null, lower(name), id""",
        tx.workspace_id,
        me,
    )
    return [_read(row) for row in rows]


async def get(tx: Tx, macro_id: UUID, me: UUID) -> Macro:
    """Raises NotFound; a colleague's own is not there."""
    row = await tx.fetchrow(
        """select id, name, key, agent_id is not null as personal, actions from macro
           where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3)""",
        tx.workspace_id,
        macro_id,
        me,
    )
    if row is None:
        raise NotFound(macro_id)
    return _read(row)


async def values_in(tx: Tx, conversation_id: UUID, me: UUID) -> Mapping[str, str]:
    """What each variable means here, by its name. Raises conversations.NotFound."""
    row = await tx.fetchrow(
        """select coalesce(nullif(p.name, ''), d.name) as name, p.email, p.phone,
             coalesce(nullif(d.language, ''), p.language) as language, d.attributes || p.attributes as known, c.channel,
             i.name as inbox, c.attributes, w.name as workspace,
             (select a.name from agent a where a.workspace_id = $1 and a.id = $3) as agent
           from conversation c
           join inbox i on i.workspace_id = $1 and i.id = c.inbox_id
           join identity d on d.workspace_id = $1 and d.id = c.identity_id
           join contact p on p.workspace_id = $1 and p.id = d.contact_id
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
        "contact.name": row["name"],
        "contact.email": row["email"],
        "contact.phone": row["phone"],
        "contact.language": row["language"],
        "conversation.channel": channel.manifest.title if channel is not None else "",
        "conversation.inbox": row["inbox"],
        "agent.name": row["agent"],
        "workspace.name": row["workspace"],
    }  # fmt: skip


def _read(row: Any) -> Macro:
    return msgspec.convert(dict(row), Macro)
