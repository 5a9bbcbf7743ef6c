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
from guanxi.views.sight import Sight, seen


async def conversation(tx: Tx, conversation_id: UUID, sight: Sight | None = None) -> bytes | None:
    """The detail of one conversation, or None. With a sight, of the linked ones only those that he sees."""
    row = (await rows_by_id(tx, [conversation_id])).get(conversation_id)
    if row is None:
        return None
    members = besides(row, tx)
    if sight is not None:
        linked = msgspec.json.decode(row["linked"])
        shown = await seen(tx, sight, [UUID(one["id"]) for one in linked])
        members["linked"] = msgspec.json.encode([one for one in linked if UUID(one["id"]) in shown]).decode()
    more = ",".join(f'"{name}":{value}' for name, value in members.items())
    return f"{row['row'][:-1]},{more}}}".encode()


def besides(row: Any, tx: Tx) -> dict[str, str]:
    """What only the open conversation shows, each as JSON: contact_read_seq, attributes, linked, wrap_up, planned, translation, reply."""
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
