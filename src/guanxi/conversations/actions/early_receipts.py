"""Receipts may overtake the answer to the send that they are about: they wait until its external id is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from guanxi.infra.sql import Tx

KEPT = timedelta(days=1)


async def keep(tx: Tx, inbox_id: UUID, receipts: Mapping[str, tuple[str, str]]) -> None:
    """Keep receipts (external id → status, reason) that name no message yet; the best status of each stands.

    Waits for a send that is settling under one of these ids; look for its message again afterwards.
    """
    await tx.execute(
        """insert into early_receipt as e (workspace_id, inbox_id, external_id, status, reason, at)
           select $1, $2, r.external_id, r.status, r.reason, $3
           from unnest($4::text[], $5::text[], $6::text[]) as r(external_id, status, reason) order by r.external_id
           on conflict (workspace_id, inbox_id, external_id) do update
             set status = excluded.status, reason = excluded.reason, at = excluded.at
             where array_position($7::text[], excluded.status) > array_position($7::text[], e.status)""",
        tx.workspace_id,
        inbox_id,
        tx.now,
        list(receipts),
        [status for status, _ in receipts.values()],
        [reason for _, reason in receipts.values()],
        ["", "sent", "failed", "delivered", "read"],
    )


async def take(tx: Tx, inbox_id: UUID, external_id: str) -> tuple[str, str] | None:
    """The (status, reason) that came early for this id, or None; nothing of it is left.

    Puts a row of its own under the key first, so that it waits for whoever is keeping a receipt there just now, and
    whoever comes later waits for us: one of the two always sees the other.
    """
    await tx.execute(
        """insert into early_receipt (workspace_id, inbox_id, external_id, status, at) values ($1, $2, $3, '', $4)
           on conflict (workspace_id, inbox_id, external_id) do nothing""",
        tx.workspace_id,
        inbox_id,
        external_id,
        tx.now,
    )
    row = await tx.fetchrow(
        """delete from early_receipt where workspace_id = $1 and inbox_id = $2 and external_id = $3
           returning status, reason""",
        tx.workspace_id,
        inbox_id,
        external_id,
    )
    return (row["status"], row["reason"]) if row is not None and row["status"] else None


async def forget_old(tx: Tx) -> int:
    """Receipts about what we never sent (another tool uses the account too) go after a day; returns how many."""
    return await tx.execute(
        "delete from early_receipt where workspace_id = $1 and at < $2", tx.workspace_id, tx.now - KEPT
    )
