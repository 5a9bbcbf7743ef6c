"""One conversation as its thread's header shows it: the list's row, and whether and how it can be answered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from guanxi import channels
from guanxi.channel_kit import Manifest, is_public, limits_as_set, rating_way
from guanxi.conversations import ReplyPossibility, reply_possibility
from guanxi.infra.sql import Tx
from guanxi.views.lists import rows_by_id


async def conversation(tx: Tx, conversation_id: UUID) -> bytes | None:
    """The detail of one conversation, or None."""
    row = (await rows_by_id(tx, [conversation_id])).get(conversation_id)
    return None if row is None else detailed(row, tx).encode()


def detailed(row: Any, tx: Tx) -> str:
    """The row's JSON with the members that only the open conversation shows."""
    more = ",".join(f'"{name}":{value}' for name, value in besides(row, tx).items())
    return f"{row['row'][:-1]},{more}}}"


def besides(row: Any, tx: Tx) -> dict[str, str]:
    """Those members, each as JSON: contact_read_seq, attributes, linked, wrap_up, planned, translation, reply."""
    return {
        "contact_read_seq": str(row["contact_read_seq"]),
        "attributes": msgspec.json.encode(row["attributes"]).decode(),
        "linked": row["linked"],
        "was_merged": "true" if row["was_merged"] else "false",
        "wrap_up": row["wrap_up"] or "null",
        "planned": row["planned"],
        "translation": row["translation"] or "null",
        "reply": msgspec.json.encode(reply_of(row, tx)).decode(),
    }


def reply_of(row: Any, tx: Tx) -> ReplyPossibility:
    """Whether this conversation can be answered now."""
    manifest = manifest_of(row["channel"])
    if manifest is None:
        return _impossible("channel_missing", is_public(row["medium"]))
    public = is_public(row["medium"])
    can = limits_as_set(manifest, row["inbox_settings"])
    possible = reply_possibility(can, row["windows"], tx.now, public=public)
    if not public and row["identity_kind"] == "person" and rating_way(manifest, row["inbox_settings"]):
        possible = msgspec.structs.replace(possible, rating=row["rating_asked"] or "can")
    if row["inbox_state"] == "removed":
        return msgspec.structs.replace(possible, can=False, reason="inbox_removed", outside=())
    if not row["followed"] and not public:
        reason = "not_in_group" if row["identity_kind"] == "group" else "not_followed"
        return msgspec.structs.replace(possible, can=False, reason=reason, outside=())
    return msgspec.structs.replace(possible, paused=row["inbox_state"] == "paused")


def manifest_of(channel: str) -> Manifest | None:
    """The manifest of a channel, or None when its package is not installed (any more)."""
    found = channels.all_channels().get(channel)
    return None if found is None else found.manifest


def _impossible(reason: str, public: bool) -> ReplyPossibility:
    return ReplyPossibility(can=False, reason=reason, window=None, sends={}, public=public)
