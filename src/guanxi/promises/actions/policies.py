"""Policies are written down, changed, removed; and everything that runs is reckoned by them."""

from __future__ import annotations

from uuid import UUID

from guanxi import audit, events
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.promises.actions.clocks import want_reckoning
from guanxi.promises.model import NotFound, PolicyWishes, Refused
from guanxi.promises.queries import policies
from guanxi.promises.rules import MOST_POLICIES


async def add_policy(tx: Tx, wishes: PolicyWishes, *, is_default: bool, by: UUID | None) -> UUID:
    """A new policy. Raises Refused, NotFound (the hours)."""
    if len(await policies(tx)) >= MOST_POLICIES:
        raise Refused("too_many_policies")
    id_ = new_id()
    await tx.execute(
        "insert into policy (workspace_id, id, name, created_at) values ($1, $2, $3, $4)",
        tx.workspace_id,
        id_,
        wishes.name,
        tx.now,
    )
    await _write(tx, id_, wishes, is_default=is_default, by=by)
    await audit.add(tx, "policy", id_, by=by)
    return id_


async def change_policy(tx: Tx, policy_id: UUID, wishes: PolicyWishes, *, is_default: bool, by: UUID | None) -> None:
    """Write it anew; it holds for what runs already, too. Raises NotFound, Refused('no_target'),
    Refused('warns_too_early') when somebody would be told before the clock is seen."""
    if not await policies(tx, policy_id):
        raise NotFound(policy_id)
    was = await audit.standing(tx, "policy", policy_id)
    await _write(tx, policy_id, wishes, is_default=is_default, by=by)
    await audit.changed(tx, "policy", policy_id, was, by=by)


async def _write(tx: Tx, policy_id: UUID, wishes: PolicyWishes, *, is_default: bool, by: UUID | None) -> None:
    if wishes.first_minutes is wishes.next_minutes is wishes.resolve_minutes is None:
        raise Refused("no_target")
    if wishes.warn_percent < wishes.amber_percent:
        raise Refused("warns_too_early")
    if wishes.hours_id is not None and not await tx.fetchval(
        "select true from hours where workspace_id = $1 and id = $2", tx.workspace_id, wishes.hours_id
    ):
        raise NotFound(wishes.hours_id)
    await tx.execute(
        """update policy set name = $3, first_minutes = $4, next_minutes = $5, resolve_minutes = $6, hours_id = $7,
             pauses = $8, amber_percent = $9, warn_percent = $10, version = version + 1
           where workspace_id = $1 and id = $2 and removed_at is null""",
        tx.workspace_id,
        policy_id,
        wishes.name,
        wishes.first_minutes,
        wishes.next_minutes,
        wishes.resolve_minutes,
        wishes.hours_id,
        wishes.pauses,
        wishes.amber_percent,
        wishes.warn_percent,
    )
    await tx.execute(
        """update workspace set policy_id = case when $3 then $2 end
           where id = $1 and ($3 or policy_id = $2)""",
        tx.workspace_id,
        policy_id,
        is_default,
    )
    await _changed(tx, policy_id, by)


async def remove_policy(tx: Tx, policy_id: UUID, *, by: UUID) -> None:
    """It goes, and what a rule had put under it stands under its queue's again. Raises NotFound, and Refused('in_use')
    while a queue has it or it is the default."""
    used = await tx.fetchval(
        """select exists (select from queue where workspace_id = $1 and policy_id = $2 and removed_at is null)
             or exists (select from workspace where id = $1 and policy_id = $2)""",
        tx.workspace_id,
        policy_id,
    )
    if used:
        raise Refused("in_use")
    was = await audit.standing(tx, "policy", policy_id)
    if not await tx.execute(
        "update policy set removed_at = $3 where workspace_id = $1 and id = $2 and removed_at is null",
        tx.workspace_id,
        policy_id,
        tx.now,
    ):
        raise NotFound(policy_id)
    await _changed(tx, policy_id, by)
    await audit.changed(tx, "policy", policy_id, was, by=by)


async def _changed(tx: Tx, policy_id: UUID, by: UUID | None) -> None:
    await events.record(tx, "policy.changed", {"policy_id": str(policy_id)}, agent=by)
    await want_reckoning(tx)
