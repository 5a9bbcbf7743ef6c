"""Wrap-up codes: what a matter was about, in the workspace's own words, said when it is resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import audit, events
from guanxi.conversations.model import Conversation, Refused
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx

MOST_CODES = 300


class GivenCode(msgspec.Struct, frozen=True):
    """A code as it is written: with the id that it has, or as a new one."""

    name: str
    id: UUID | None = None
    codes: tuple[GivenCode, ...] = ()


async def set_wrap_ups(tx: Tx, *, needed: bool, codes: Sequence[GivenCode], by: UUID) -> None:
    """Write down all codes in their order, and whether nothing is resolved without one. What is left out is chosen no
    more; what was resolved with it keeps it. Raises Refused: 'no_codes', 'too_many_codes', 'unknown_code'."""
    flat = [*codes, *(inner for one in codes for inner in one.codes)]
    if needed and not codes:
        raise Refused("no_codes")
    if len(flat) > MOST_CODES:
        raise Refused("too_many_codes")
    was = await audit.standing(tx, "workspace", tx.workspace_id)
    await tx.execute("update workspace set wrap_up_needed = $2 where id = $1", tx.workspace_id, needed)
    before = await wrap_ups(tx)
    known = {code.id for code in before}
    given = [one.id for one in flat if one.id is not None]
    if not known.issuperset(given) or len(set(given)) < len(given) or any(i.codes for one in codes for i in one.codes):
        raise Refused("unknown_code")
    tops = [await _keep(tx, one, None, place) for place, one in enumerate(codes)]
    kept = [*tops]
    for above, one in zip(tops, codes, strict=True):
        kept += [await _keep(tx, inner, above, place) for place, inner in enumerate(one.codes)]
    await tx.execute(
        """update wrap_up set removed_at = $3 where workspace_id = $1 and removed_at is null
             and not id = any($2::uuid[])""",
        tx.workspace_id,
        kept,
        tx.now,
    )
    names = [sorted(code.name for code in before), sorted(one.name for one in flat)]
    more = {"wrap_up_codes": [", ".join(names[0]), ", ".join(names[1])]} if names[0] != names[1] else {}
    await audit.changed(tx, "workspace", tx.workspace_id, was, by=by, more=more)
    await events.record(tx, "wrap_up.changed", {}, agent=by)


async def _keep(tx: Tx, code: GivenCode, above: UUID | None, place: int) -> UUID:
    id_ = code.id or new_id()
    await tx.execute(
        """insert into wrap_up (workspace_id, id, name, group_id, position) values ($1, $2, $3, $4, $5)
           on conflict (workspace_id, id) do update set name = excluded.name, group_id = excluded.group_id,
             position = excluded.position""",
        tx.workspace_id,
        id_,
        code.name.strip(),
        above,
        place,
    )
    return id_


async def settle_wrap_up(tx: Tx, conversation: Conversation, wrap_up_id: UUID | None) -> tuple[UUID | None, str]:
    """The code that this resolving ends with, and its name in full; without one given, the one of an earlier resolving.
    Raises Refused: 'wrap_up_needed' where the workspace wants one, 'unknown_code' for one that is not chosen (any more)
    or only groups others."""
    row = await wrap_up_named(tx, conversation.id, wrap_up_id)
    if wrap_up_id is not None and not row["may_be_chosen"]:
        raise Refused("unknown_code")
    if row["id"] is None and row["is_needed"]:
        raise Refused("wrap_up_needed")
    if wrap_up_id is not None:
        await tx.execute(
            "update conversation set wrap_up_id = $3 where workspace_id = $1 and id = $2",
            tx.workspace_id,
            conversation.id,
            wrap_up_id,
        )
    return row["id"], row["name"] or ""


class WrapUp(msgspec.Struct, frozen=True, kw_only=True):
    """A wrap-up code that can be chosen, or a group of such."""

    id: UUID
    name: str
    group_id: UUID | None


async def wrap_ups(tx: Tx) -> list[WrapUp]:
    """Those that are not removed: groups and lone codes in their order, behind each group its own."""
    rows = await tx.fetch(
        """select k.id, k.name, k.group_id from wrap_up k left join wrap_up g on g.workspace_id = $1 and g.id = k.group_id
           where k.workspace_id = $1 and k.removed_at is null
           order by coalesce(g.position, k.position), coalesce(g.id, k.id), k.group_id is not null, k.position""",
        tx.workspace_id,
    )
    return [msgspec.convert(dict(row), WrapUp) for row in rows]


async def wrap_up_needed(tx: Tx) -> bool:
    """Is nothing resolved here without a code?"""
    return bool(await tx.fetchval("select wrap_up_needed from workspace where id = $1", tx.workspace_id))


async def wrap_up_named(tx: Tx, conversation_id: UUID, wrap_up_id: UUID | None) -> Any:
    """The code of this id, else the one that the conversation has: id, name (with its group's), may_be_chosen; and whether
    one is_needed."""
    return await tx.fetchrow(
        """select k.id, concat_ws(' / ', g.name, k.name) as name, w.wrap_up_needed as is_needed,
             k.id is not null and k.removed_at is null and not exists (select from wrap_up inner_one
               where inner_one.workspace_id = $1 and inner_one.group_id = k.id and inner_one.removed_at is null) as may_be_chosen
           from workspace w
           join conversation c on c.workspace_id = $1 and c.id = $2
           left join wrap_up k on k.workspace_id = $1 and k.id = coalesce($3, c.wrap_up_id)
           left join wrap_up g on g.workspace_id = $1 and g.id = k.group_id
           where w.id = $1""",
        tx.workspace_id,
        conversation_id,
        wrap_up_id,
    )
