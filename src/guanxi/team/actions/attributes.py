"""Attributes: what a workspace wants to know of its contacts and conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from guanxi import audit, events
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.model import Kind, NotFound, Refused, Subject, WrongValues
from guanxi.team.queries import attributes
from guanxi.team.rules import key_for, wrong_values

MOST = 60  # of each subject


async def add_attribute(
    tx: Tx, *, subject: Subject, name: str, kind: Kind, choices: Sequence[str] = (), key: str = "", by: UUID
) -> UUID:
    """A new attribute, last in its list. Its key and its kind stay. Raises Refused: key_taken, too_many,
    choices_needed, no_key."""
    id_ = new_id()
    chosen = key_for(key or name)
    if not chosen:
        raise Refused("no_key")
    known = await attributes(tx, subject)
    if len(known) >= MOST:
        raise Refused("too_many")
    try:
        await tx.execute(
            """insert into attribute (workspace_id, id, subject, key, name, kind, choices, position, created_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
            tx.workspace_id,
            id_,
            subject,
            chosen,
            name.strip(),
            kind,
            _choices(kind, choices),
            max((one.position for one in known), default=0) + 1,
            tx.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("key_taken") from error
    await _say(tx, id_, by)
    await audit.add(tx, "attribute", id_, by=by)
    return id_


async def change_attribute(
    tx: Tx,
    attribute_id: UUID,
    *,
    name: str | None = None,
    choices: Sequence[str] | None = None,
    position: int | None = None,
    by: UUID,
) -> None:
    """Change what is given. Values that were chosen before stay as they are. Raises NotFound, Refused."""
    was = await audit.standing(tx, "attribute", attribute_id)
    kind = await tx.fetchval(
        "select kind from attribute where workspace_id = $1 and id = $2 for update", tx.workspace_id, attribute_id
    )
    if kind is None:
        raise NotFound(attribute_id)
    await tx.execute(
        """update attribute set name = coalesce($3, name), choices = coalesce($4, choices),
             position = coalesce($5, position) where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        attribute_id,
        name.strip() if name else None,
        None if choices is None else _choices(kind, choices),
        position,
    )
    await _say(tx, attribute_id, by)
    await audit.changed(tx, "attribute", attribute_id, was, by=by)


async def remove_attribute(tx: Tx, attribute_id: UUID, *, by: UUID) -> None:
    """Nobody is asked for it any more; the values that there are stay, as free text. Raises NotFound."""
    was = await audit.standing(tx, "attribute", attribute_id)
    if not await tx.execute("delete from attribute where workspace_id = $1 and id = $2", tx.workspace_id, attribute_id):
        raise NotFound(attribute_id)
    await _say(tx, attribute_id, by)
    await audit.changed(tx, "attribute", attribute_id, was, by=by)


async def settled(tx: Tx, subject: Subject, before: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    """`before` with what changed, each value in its one form; an empty one goes. What stays as it was is not judged.
    Raises WrongValues."""
    new = {key: text for key, text in changed.items() if before.get(key) != text}
    values, wrong = wrong_values(await attributes(tx, subject), new)
    if wrong:
        raise WrongValues(wrong)
    return {key: value for key, value in {**before, **values}.items() if value}


def _choices(kind: str, choices: Sequence[str]) -> list[str]:
    if kind != "choice":
        return []
    cleaned = list(dict.fromkeys(" ".join(one.split()) for one in choices if one.strip()))
    if not cleaned:
        raise Refused("choices_needed")
    return cleaned


async def _say(tx: Tx, attribute_id: UUID, by: UUID) -> None:
    await events.record(tx, "attribute.changed", {"attribute_id": str(attribute_id)}, agent=by)
