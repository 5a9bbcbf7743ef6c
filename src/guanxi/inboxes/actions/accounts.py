"""Inboxes are connected, changed, paused, resumed, removed; what arrives at them is kept."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import audit, events
from guanxi.channel_kit import LIMIT_PREFIX, Manifest, limits_said
from guanxi.inboxes.actions.cursors import pull_again
from guanxi.inboxes.model import Door, NotFound, Refused
from guanxi.inboxes.queries import about, find_door
from guanxi.inboxes.rules import limits_sorted_out, sorted_out
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import free_pool, hold_pool
from guanxi.infra.secrets import Sealer
from guanxi.infra.sql import Tx

BY_HAND = "by_hand"


async def connect(
    tx: Tx,
    manifest: Manifest,
    *,
    name: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    sealer: Sealer,
    by: UUID | None,
    greeting: str = "",
    away_text: str = "",
) -> UUID:
    """Connect an account. Raises Refused('invalid') with the fields that are wrong."""
    plain, sealed, problems = sorted_out(manifest, settings, secrets, {})
    if not name.strip():
        problems["name"] = "missing"
    if problems:
        raise Refused("invalid", problems)
    inbox_id = new_id()
    queue_id = await tx.fetchval(
        "select id from queue where workspace_id = $1 and removed_at is null order by position, created_at, id limit 1",
        tx.workspace_id,
    )
    await tx.execute(
        """insert into inbox (workspace_id, id, channel, name, address, settings, secrets, queue_id, greeting, away_text, created_at)
           values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)""",
        tx.workspace_id,
        inbox_id,
        manifest.key,
        name.strip(),
        randomness.token_urlsafe(18),
        plain,
        sealer.seal(msgspec.json.encode(sealed), about(tx.workspace_id, inbox_id)),
        queue_id,
        greeting,
        away_text,
        tx.now,
    )
    await tx.execute("insert into inbound_lane (workspace_id, inbox_id) values ($1, $2)", tx.workspace_id, inbox_id)
    await events.record(tx, "inbox.changed", {"inbox_id": str(inbox_id)}, agent=by)
    await audit.changed(tx, "inbox", inbox_id, None, by=by, more=_secrets_set(secrets))
    return inbox_id


async def change(
    tx: Tx,
    manifest: Manifest,
    inbox_id: UUID,
    *,
    sealer: Sealer,
    by: UUID | None,
    name: str | None = None,
    settings: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    limits: Mapping[str, int | None] | None = None,
    greeting: str | None = None,
    away_text: str | None = None,
) -> None:
    """Change what is given; a secret that is left empty stays, and a limit of None is the channel's again. Raises NotFound or
    Refused('invalid')."""
    was = await audit.standing(tx, "inbox", inbox_id)
    door = await _get(tx, inbox_id, sealer)
    own = {key: value for key, value in door.settings.items() if not key.startswith(LIMIT_PREFIX)}
    plain, sealed, problems = sorted_out(manifest, own | dict(settings or {}), secrets or {}, door.secrets)
    said, wrong = limits_sorted_out(manifest, limits or {}, limits_said(manifest, door.settings))
    plain, problems = plain | said, problems | wrong
    if name is not None and not name.strip():
        problems["name"] = "missing"
    if problems:
        raise Refused("invalid", problems)
    await tx.execute(
        """update inbox set name = coalesce($3, name), settings = $4::jsonb, secrets = $5,
             greeting = coalesce($6, greeting), away_text = coalesce($7, away_text), version = version + 1
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        inbox_id,
        name.strip() if name is not None else None,
        plain,
        sealer.seal(msgspec.json.encode(sealed), about(tx.workspace_id, inbox_id)),
        greeting,
        away_text,
    )
    await events.record(tx, "inbox.changed", {"inbox_id": str(inbox_id)}, agent=by)
    await audit.changed(tx, "inbox", inbox_id, was, by=by, more=_secrets_set(secrets or {}))


async def arrange(tx: Tx, inbox_id: UUID, extras: Mapping[str, Any], *, by: UUID) -> None:
    """Keep what the channel's own page arranges, in the channel's own shape. Raises NotFound."""
    was = await audit.standing(tx, "inbox", inbox_id)
    touched = await tx.execute(
        """update inbox set extras = $3::jsonb, version = version + 1
           where workspace_id = $1 and id = $2 and state <> 'removed'""",
        tx.workspace_id,
        inbox_id,
        dict(extras),
    )
    if not touched:
        raise NotFound(inbox_id)
    await events.record(tx, "inbox.changed", {"inbox_id": str(inbox_id)}, agent=by)
    await audit.changed(tx, "inbox", inbox_id, was, by=by)


async def pause(tx: Tx, inbox_id: UUID, reason: str, *, by: UUID | None = None) -> None:
    """Send nothing more until `resume`; what waits is kept. `reason` is BY_HAND or a code of the channel's words.
    A removed inbox stays removed; one that stands already keeps its reason, unless a platform's own comes."""
    was = await audit.standing(tx, "inbox", inbox_id)
    touched = await tx.execute(
        """update inbox set state = 'paused', state_reason = $3, version = version + 1
           where workspace_id = $1 and id = $2 and state <> 'removed' and (state <> 'paused' or $3 <> $4)""",
        tx.workspace_id,
        inbox_id,
        reason[:200],
        BY_HAND,
    )
    if not touched:
        return
    await hold_pool(tx, f"out:{inbox_id}", reason[:200], after=None)
    await events.record(tx, "inbox.changed", {"inbox_id": str(inbox_id), "paused": reason[:200]}, agent=by)
    await audit.changed(tx, "inbox", inbox_id, was, by=by)


async def resume(tx: Tx, inbox_id: UUID, *, by: UUID | None) -> None:
    """Send again, first what waited. Raises NotFound."""
    was = await audit.standing(tx, "inbox", inbox_id)
    touched = await tx.execute(
        """update inbox set state = 'active', state_reason = '', version = version + 1
           where workspace_id = $1 and id = $2 and state <> 'removed'""",
        tx.workspace_id,
        inbox_id,
    )
    if not touched:
        raise NotFound(inbox_id)
    await free_pool(tx, f"out:{inbox_id}")
    await pull_again(tx, inbox_id)
    await events.record(tx, "inbox.changed", {"inbox_id": str(inbox_id)}, agent=by)
    await audit.changed(tx, "inbox", inbox_id, was, by=by)


async def remove(tx: Tx, inbox_id: UUID, *, by: UUID | None) -> None:
    """Disconnect: its address is forgotten and its secrets are gone; its conversations stay, and what waits to be sent
    fails. Raises NotFound."""
    was = await audit.standing(tx, "inbox", inbox_id)
    touched = await tx.execute(
        """update inbox set state = 'removed', secrets = null, address = $3, version = version + 1
           where workspace_id = $1 and id = $2 and state <> 'removed'""",
        tx.workspace_id,
        inbox_id,
        f"removed-{inbox_id}",
    )
    if not touched:
        raise NotFound(inbox_id)
    await pull_again(tx, inbox_id)
    await free_pool(tx, f"out:{inbox_id}")  # also a paused one: its messages are taken up, and say that they failed
    await events.record(tx, "inbox.changed", {"inbox_id": str(inbox_id), "removed": True}, agent=by)
    await audit.changed(tx, "inbox", inbox_id, was, by=by)


async def keep_all(connection: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep raw requests of any workspaces with one commit, by the role that may only insert.

    A row is (workspace, inbox, id, method, query as JSON text, headers as JSON text, body).
    """
    columns = list(zip(*rows, strict=True))
    await connection.execute(
        """insert into inbound_event (workspace_id, inbox_id, id, method, query, headers, body)
           select w, i, id, m, q::jsonb, h::jsonb, b
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[])
             as r(w, i, id, m, q, h, b)""",
        *[list(column) for column in columns],
    )


async def _get(tx: Tx, inbox_id: UUID, sealer: Sealer) -> Door:
    door = await find_door(tx, inbox_id, sealer)
    if door is None or door.state == "removed":
        raise NotFound(inbox_id)
    return door


async def lead_to(tx: Tx, inbox_id: UUID, queue_id: UUID, *, by: UUID | None) -> None:
    """What comes by this inbox from now on waits in that queue. Raises NotFound for either."""
    was = await audit.standing(tx, "inbox", inbox_id)
    touched = await tx.execute(
        """update inbox set queue_id = $3, version = version + 1 where workspace_id = $1 and id = $2 and state <> 'removed'
             and exists (select from queue where workspace_id = $1 and id = $3 and removed_at is null)""",
        tx.workspace_id,
        inbox_id,
        queue_id,
    )
    if not touched:
        raise NotFound(inbox_id)
    await events.record(tx, "inbox.changed", {"inbox_id": str(inbox_id)}, agent=by)
    await audit.changed(tx, "inbox", inbox_id, was, by=by)


def _secrets_set(secrets: Mapping[str, str]) -> dict[str, Any]:
    """Which secrets were given, for the audit log; what they are is nobody's business."""
    return {f"secrets.{key}": [None, audit.MASK] for key, value in sorted(secrets.items()) if value}
