"""Whom to call outside the desk, and what of: devices, and the conversation as it stands when the call goes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.views.shapes import CONTACT_NAME

OF_AGENTS = "select id, agent_id from push_device where workspace_id = $1 and agent_id = any($2)"
OF_CONVERSATIONS = """select p.id, c.id as conversation_id from conversation c
  join push_device p on p.workspace_id = $1 and p.agent_id = c.assignee_id
  where c.workspace_id = $1 and c.id = any($2) and c.state = 0"""
CALL = f"""select v.id, v.endpoint, v.keys, v.sign_in, v.language, v.time_zone, v.shows_text, v.quiet_from, v.quiet_to,
    a.settings, a.removed_at is null as serves, w.name as workspace, {CONTACT_NAME} as contact, p.blocked_at is not null as blocked,
    c.last_text, c.assignee_id = v.agent_id as is_mine, c.unread, c.promise_state > 0 as at_stake,
    (select count(*) from (select 1 from conversation o where o.workspace_id = $1 and o.assignee_id = v.agent_id and o.state = 0
       and (o.unread > 0 or o.marked_unread) limit 100) few) as waiting,
    (select n.read_at is not null from notice n where n.workspace_id = $1 and n.agent_id = v.agent_id
       and n.conversation_id = c.id and n.seq = $4) as seen
  from push_device v
  join agent a on a.workspace_id = $1 and a.id = v.agent_id
  join workspace w on w.id = $1
  join conversation c on c.workspace_id = $1 and c.id = $3
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id
  where v.workspace_id = $1 and v.id = $2"""


class PushCall(msgspec.Struct, frozen=True, kw_only=True):
    """One device and what it would be told. `seen`: the notice has been read at the desk; `at_stake`: a
    promise to the contact is nearly missed, or is."""

    id: UUID
    endpoint: str
    keys: bytes
    sign_in: bytes
    language: str
    time_zone: str
    shows_text: bool
    quiet_from: int | None
    quiet_to: int | None
    settings: dict[str, Any]
    serves: bool
    workspace: str
    contact: str
    blocked: bool
    last_text: str
    is_mine: bool
    unread: int
    at_stake: bool
    waiting: int
    seen: bool


async def devices_of_agents(tx: Tx, agent_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(device, agent) of each device on which one of these agents is called."""
    return [(row["id"], row["agent_id"]) for row in await tx.fetch(OF_AGENTS, tx.workspace_id, agent_ids)]


async def devices_of_conversations(tx: Tx, conversation_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(device, conversation) of each device of whoever has one of these open conversations."""
    rows = await tx.fetch(OF_CONVERSATIONS, tx.workspace_id, conversation_ids)
    return [(row["id"], row["conversation_id"]) for row in rows]


async def push_call(tx: Tx, device_id: UUID, conversation_id: UUID, seq: int) -> PushCall | None:
    """What stands behind one call now; None when the device or the conversation is gone. `seq` names the notice."""
    row = await tx.fetchrow(CALL, tx.workspace_id, device_id, conversation_id, seq)
    if row is None:
        return None
    found = dict(row)
    settings = found.pop("settings")
    given = msgspec.json.decode(settings) if isinstance(settings, str | bytes) else settings
    return PushCall(**{**found, "settings": given, "seen": bool(found["seen"]), "is_mine": bool(found["is_mine"])})


def is_quiet(call: PushCall, local: datetime) -> bool:
    """Does its owner want to hear nothing at this time of his clock? Hours may go over midnight."""
    if call.quiet_from is None or call.quiet_to is None or call.quiet_from == call.quiet_to:
        return False
    minute = local.hour * 60 + local.minute
    if call.quiet_from < call.quiet_to:
        return call.quiet_from <= minute < call.quiet_to
    return minute >= call.quiet_from or minute < call.quiet_to
