"""Finding the inbox that an address or an id names, with its secrets opened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from guanxi.inboxes.model import Door
from guanxi.infra.secrets import Sealer
from guanxi.infra.sql import Tx


def about(workspace_id: UUID, inbox_id: UUID) -> str:
    """The associated data under which an inbox's secrets are sealed: they open for no other row."""
    return f"inbox|{workspace_id}|{inbox_id}"


def read_door(row: Any, sealer: Sealer) -> Door:
    secrets = {}
    if row["secrets"] is not None:
        secrets = msgspec.json.decode(sealer.open(row["secrets"], about(row["workspace_id"], row["id"])))
    return Door(
        workspace_id=row["workspace_id"],
        inbox_id=row["id"],
        queue_id=row["queue_id"],
        channel=row["channel"],
        name=row["name"],
        address=row["address"],
        state=row["state"],
        settings=row["settings"],
        secrets=secrets,
        greeting=row["greeting"],
        away_text=row["away_text"],
        version=row["version"],
        extras=row["extras"],
    )


async def find_door_by_address(directory: Tx, address: str, sealer: Sealer) -> Door | None:
    """The inbox that this address belongs to, across workspaces, or None."""
    row = await directory.fetchrow(
        """select workspace_id, id, queue_id, channel, name, address, state, settings, secrets, greeting, away_text, version,
             extras
           from inbox where address = $1 and state <> 'removed'""",
        address,
    )
    return read_door(row, sealer) if row else None


async def find_door_across(directory: Tx, workspace_id: UUID, inbox_id: UUID, sealer: Sealer) -> Door | None:
    """An inbox of any workspace, also a removed one, or None."""
    row = await directory.fetchrow(
        """select workspace_id, id, queue_id, channel, name, address, state, settings, secrets, greeting, away_text, version,
             extras
           from inbox where workspace_id = $1 and id = $2""",
        workspace_id,
        inbox_id,
    )
    return read_door(row, sealer) if row else None


async def find_door(tx: Tx, inbox_id: UUID, sealer: Sealer) -> Door | None:
    """An inbox of this workspace, also a removed one, or None."""
    row = await tx.fetchrow(
        """select workspace_id, id, queue_id, channel, name, address, state, settings, secrets, greeting, away_text, version,
             extras
           from inbox where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        inbox_id,
    )
    return read_door(row, sealer) if row else None


async def greeting_for(tx: Tx, conversation_id: UUID, *, away: bool, is_first: bool = True) -> str | None:
    """The inbox's own greeting or away text, else the workspace's; '' for none. Without an away text the greeting, if
    it `is_first` that we say. None where nobody is greeted: in public, and who is blocked."""
    row = await tx.fetchrow(
        """select coalesce(nullif(i.greeting, ''), w.greeting) as greeting,
             coalesce(nullif(i.away_text, ''), w.away_text) as away_text, p.blocked_at is not null as is_blocked
           from conversation c join inbox i on i.workspace_id = c.workspace_id and i.id = c.inbox_id
             join workspace w on w.id = c.workspace_id
             join identity d on d.workspace_id = c.workspace_id and d.id = c.identity_id
             join contact p on p.workspace_id = c.workspace_id and p.id = d.contact_id
           where c.workspace_id = $1 and c.id = $2 and c.medium = 'chat'""",
        tx.workspace_id,
        conversation_id,
    )
    if row is None or row["is_blocked"]:
        return None
    return str((row["away_text"] if away else "") or (row["greeting"] if is_first else ""))
