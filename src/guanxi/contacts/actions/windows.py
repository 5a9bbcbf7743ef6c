"""Reply windows of identities open, are spent and given back; and who follows the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import events
from guanxi.channel_kit import Opening, ReplyWindow
from guanxi.contacts.model import Identity, Window
from guanxi.contacts.rules import opened
from guanxi.infra.sql import Tx


async def open_windows(
    tx: Tx, openings: Sequence[tuple[Identity, Sequence[Opening], Sequence[ReplyWindow], Any, Sequence[str]]]
) -> None:
    """Open and close reply windows of identities that this transaction has locked: (identity, openings, kinds, at,
    names of those that are over)."""
    changed: dict[UUID, Identity] = {}
    for identity, new, kinds, at, over in openings:
        if over:
            identity.windows = [window for window in identity.windows if window.by not in over]
            changed[identity.id] = identity
        if new:
            identity.windows = opened(identity.windows, new, kinds, at, tx.now)
            changed[identity.id] = identity
    if changed:
        await tx.execute(
            """update identity i set windows = u.windows::jsonb from unnest($2::uuid[], $3::text[]) as u(id, windows)
               where i.workspace_id = $1 and i.id = u.id""",
            tx.workspace_id,
            list(changed),
            [msgspec.json.encode(identity.windows).decode() for identity in changed.values()],
        )


async def close_windows(tx: Tx, identity: Identity) -> None:
    """All reply windows of a locked identity are over."""
    identity.windows = []
    await tx.execute(
        "update identity set windows = '[]'::jsonb where workspace_id = $1 and id = $2", tx.workspace_id, identity.id
    )


async def note_following(tx: Tx, followed: Sequence[tuple[Identity, bool]]) -> None:
    """Who follows the account, of identities that this transaction has locked; the last word on each stands."""
    told = {identity.id: (identity, follows) for identity, follows in followed}
    changed = [(identity, follows) for identity, follows in told.values() if identity.followed != follows]
    if not changed:
        return
    for identity, follows in changed:
        identity.followed = follows
    await tx.execute(
        """update identity i set followed = u.followed from unnest($2::uuid[], $3::boolean[]) as u(id, followed)
           where i.workspace_id = $1 and i.id = u.id""",
        tx.workspace_id,
        [identity.id for identity, _ in changed],
        [follows for _, follows in changed],
    )
    contact_ids = {identity.contact_id for identity, _ in changed}
    await events.record_all(
        tx, [events.Event(kind="contact.changed", payload={"contact_id": str(one)}) for one in sorted(contact_ids)]
    )


async def spend_window(
    tx: Tx, identity: Identity, window: Window, *, close: bool = False, kinds: Sequence[ReplyWindow] = ()
) -> None:
    """One reply of this window is spent (or, with `close`, all of it: the platform says that it is shut). One of those
    `kinds` that say that somebody waits stands on with nothing left."""
    keep = any(kind.by == window.by and kind.waits for kind in kinds)
    left = []
    for one in identity.windows:
        if one != window:
            left.append(one)
        elif not close and (keep or one.left is None or one.left > 1):
            left.append(msgspec.structs.replace(one, left=None if one.left is None else one.left - 1))
    identity.windows = left
    await tx.execute(
        "update identity set windows = $3::jsonb where workspace_id = $1 and id = $2",
        tx.workspace_id,
        identity.id,
        msgspec.json.encode(left).decode(),
    )


async def give_back_window(tx: Tx, identity: Identity, window: Window) -> None:
    """A reply that spent this window was definitely not sent. A newer opening of the same kind stays as it is."""
    standing = [one for one in identity.windows if one.by == window.by and one.token == window.token]
    if standing and standing[0].opened_at != window.opened_at:
        return
    identity.windows = [*(one for one in identity.windows if one not in standing), window]
    await tx.execute(
        "update identity set windows = $3::jsonb where workspace_id = $1 and id = $2",
        tx.workspace_id,
        identity.id,
        msgspec.json.encode(identity.windows).decode(),
    )
