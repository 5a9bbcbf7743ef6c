"""Somebody has told a platform that we may know who he is: his name and picture go to the identity that we have."""

from __future__ import annotations

from typing import Literal

import msgspec

from guanxi import contacts
from guanxi.channel_kit import Introduced
from guanxi.inboxes import Door
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx

Standing = Literal["unknown", "nameless", "known", "introduced"]


async def introduce(tx: Tx, door: Door, told: Introduced) -> Standing:
    """unknown: he has never written here, and nothing is kept of him. Without a profile: known, when we have name and
    picture already, else nameless. With one: introduced; the hands fetch the picture and save both."""
    found = await contacts.find_introduced(tx, door.inbox_id, told.external_id)
    if found is None:
        return "unknown"
    identity_id, is_known = found
    if told.profile is None:
        return "known" if is_known else "nameless"
    profile = msgspec.to_builtins(told.profile)
    args = {"inbox": str(door.inbox_id), "identity": str(identity_id), "told": profile}
    lane, pool = f"profile:{identity_id}", f"profile:{door.inbox_id}"
    await enqueue(tx, [Wanted(lane=lane, pool=pool, kind="fetch_profile", args=args)])
    return "introduced"
