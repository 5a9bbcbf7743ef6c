"""Entries are written, each in the transaction of what it tells; old ones go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from guanxi.audit.queries import standing
from guanxi.audit.rules import differences
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Caller, Tx

HOUSE = Caller("house")


async def record(
    tx: Tx,
    action: str,
    *,
    by: UUID | None = None,
    kind: str = "",
    about_id: object = "",
    about: str = "",
    details: Mapping[str, Any] | None = None,
    workspace_id: UUID | None = None,
) -> None:
    """Write down that somebody did this: `action` begins with one of AREAS. Who, by which means and from where is what
    the transaction's caller says; `by` where it says nobody. `details` hold no secret and no word of a customer."""
    caller = tx.caller or HOUSE
    await tx.execute(
        """insert into audit_entry (workspace_id, id, at, area, action, agent_id, name, means, address, kind, about_id,
             about, details) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb)""",
        workspace_id or tx.workspace_id,
        new_id(),
        tx.now,
        action.partition(".")[0],
        action,
        caller.agent_id or by,
        caller.name[:80],
        "desk" if caller is HOUSE and by else caller.means,
        caller.address[:64],
        kind,
        str(about_id),
        about[:200],
        dict(details or {}),
    )


async def add(tx: Tx, kind: str, id_: UUID, *, by: UUID | None = None) -> None:
    """Write down that this thing is new."""
    await changed(tx, kind, id_, None, by=by)


async def changed(
    tx: Tx,
    kind: str,
    id_: UUID,
    was: Mapping[str, Any] | None,
    *,
    by: UUID | None = None,
    action: str = "",
    more: Mapping[str, Any] | None = None,
) -> None:
    """Write down what has become of a thing that stood as `was` (see `standing`; None: it is new). Nothing is written
    when nothing has changed. `more` are changes that its row does not show."""
    now = await standing(tx, kind, id_)
    changes = differences(was or {}, now or {}) | dict(more or {})
    if not changes:
        return
    is_gone = now is None or (bool(now.get("removed")) and not (was or {}).get("removed"))
    what = "removed" if is_gone else "added" if was is None else "changed"
    if is_gone:
        changes = {}
    if was is None:  # its name is what the entry is about, and what it is not is no news
        changes = {key: both for key, both in changes.items() if key != "name" and both[1] is not False}
    about = str((now or was or {}).get("name", ""))
    await record(
        tx,
        action or f"{kind}.{what}",
        by=by,
        kind=kind,
        about_id=id_,
        about=about,
        details={"changes": changes} if changes else {},
    )


async def of_person(
    directory: Tx,
    person_id: UUID,
    action: str,
    *,
    address: str = "",
    workspace_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down what a person did about his own ways in, for each workspace that he serves in, or for one. By the
    directory's role."""
    caller = directory.caller or Caller("desk", address=address)
    places = await directory.fetch(
        """select a.workspace_id, a.id, a.name, coalesce(b.id, a.id) as by from agent a
           left join agent b on b.workspace_id = a.workspace_id and b.id = $3
           where a.person_id = $1 and a.removed_at is null and a.workspace_id = coalesce($2, a.workspace_id)""",
        person_id,
        workspace_id,
        caller.agent_id,
    )
    was = directory.caller
    for place in places:
        directory.caller = Caller(caller.means, place["by"], caller.address or address, caller.name)
        await record(
            directory,
            action,
            kind="agent",
            about_id=place["id"],
            about=place["name"],
            details=details,
            workspace_id=place["workspace_id"],
        )
    directory.caller = was


async def forget_old(tx: Tx, before: datetime, most: int) -> int:
    """Entries from before then go, up to `most`; returns how many. Those of the last thirty days never do."""
    gone: int = await tx.fetchval("select forget_audit($1, $2)", before, most)
    return gone
