"""Devices on which an agent is called while the desk is closed: added by her, gone with the sign-in that added them."""

from __future__ import annotations

from uuid import UUID

from guanxi.infra.ids import new_id
from guanxi.infra.secrets import Sealer
from guanxi.infra.sql import Tx
from guanxi.team.model import PushDevice

MOST_DEVICES = 10  # of one agent; the oldest makes room


async def add_device(tx: Tx, agent_id: UUID, sign_in: bytes, wanted: PushDevice, sealer: Sealer) -> None:
    """Call the agent on this device, too; one that is known by its endpoint is called as it says now."""
    device_id = new_id()
    keys = sealer.seal(wanted.key + wanted.secret, f"push:{tx.workspace_id}:{wanted.endpoint}")
    await tx.execute(
        """insert into push_device (workspace_id, id, agent_id, sign_in, endpoint, keys, device, language, time_zone,
             shows_text, quiet_from, quiet_to, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
           on conflict (workspace_id, agent_id, endpoint) do update set sign_in = excluded.sign_in, keys = excluded.keys,
             device = excluded.device, language = excluded.language, time_zone = excluded.time_zone,
             shows_text = excluded.shows_text, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to""",
        tx.workspace_id,
        device_id,
        agent_id,
        sign_in,
        wanted.endpoint,
        keys,
        wanted.device,
        wanted.language,
        wanted.time_zone,
        wanted.shows_text,
        wanted.quiet_from,
        wanted.quiet_to,
        tx.now,
    )
    await tx.execute(
        """delete from push_device where workspace_id = $1 and agent_id = $2 and id not in (
             select id from push_device where workspace_id = $1 and agent_id = $2 order by created_at desc, id desc
             limit $3)""",
        tx.workspace_id,
        agent_id,
        MOST_DEVICES,
    )


async def remove_device(tx: Tx, agent_id: UUID, endpoint: str) -> None:
    """Call the agent on it no more."""
    await tx.execute(
        "delete from push_device where workspace_id = $1 and agent_id = $2 and endpoint = $3",
        tx.workspace_id,
        agent_id,
        endpoint,
    )


async def remove_devices_of(tx: Tx, sign_in: bytes) -> None:
    """The sign-in has ended, and nobody is called by it."""
    await tx.execute("delete from push_device where workspace_id = $1 and sign_in = $2", tx.workspace_id, sign_in)


async def forget_device(tx: Tx, device_id: UUID) -> None:
    """The push service knows it no more, or nobody is signed in on it."""
    await tx.execute("delete from push_device where workspace_id = $1 and id = $2", tx.workspace_id, device_id)
