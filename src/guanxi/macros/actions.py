"""Macros are kept; rehearsed, which changes nothing; and run, all of it or nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import msgspec

from guanxi import automation, conversations, events, routing, team
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.macros.model import AskRating, Macro, MacroAction, NotFound, Refused, Rehearsed, Step
from guanxi.macros.rules import MOST_ACTIONS, MOST_MACROS, NEEDS

# Asks a contact for a rating in an agent's name: '' when it is asked, else why not.
Asking = Callable[[Tx, UUID, UUID], Awaitable[str]]


async def add(tx: Tx, *, name: str, key: str, actions: Sequence[MacroAction], personal: bool, by: UUID) -> UUID:
    """A new macro, of the company or (`personal`) only of who writes it. Raises Refused."""
    await _check(tx, actions)
    if await tx.fetchval("select count(*) from macro where workspace_id = $1", tx.workspace_id) >= MOST_MACROS:
        raise Refused("too_many_macros")
    id_ = new_id()
    try:
        await tx.execute(
            """insert into macro (workspace_id, id, name, agent_id, key, actions, created_at)
               values ($1, $2, $3, $4, $5, $6::jsonb, $7)""",
            tx.workspace_id,
            id_,
            name,
            by if personal else None,
            key,
            _json(actions),
            tx.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("key_taken") from error
    await events.record(tx, "macro.changed", {"macro_id": str(id_)}, agent=by)
    return id_


async def change(
    tx: Tx, macro_id: UUID, *, name: str | None, key: str | None, actions: Sequence[MacroAction] | None, by: UUID
) -> None:
    """Change what is given. Raises NotFound (a colleague's own is not there), Refused."""
    if actions is not None:
        await _check(tx, actions)
    try:
        touched = await tx.execute(
            """update macro set name = coalesce($4, name), key = coalesce($5, key), actions = coalesce($6::jsonb, actions)
               where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3)""",
            tx.workspace_id,
            macro_id,
            by,
            name,
            key,
            None if actions is None else _json(actions),
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("key_taken") from error
    if not touched:
        raise NotFound(macro_id)
    await events.record(tx, "macro.changed", {"macro_id": str(macro_id)}, agent=by)


async def remove(tx: Tx, macro_id: UUID, *, by: UUID) -> None:
    """Raises NotFound; a colleague's own is not there."""
    gone = await tx.execute(
        "delete from macro where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3)",
        tx.workspace_id,
        macro_id,
        by,
    )
    if not gone:
        raise NotFound(macro_id)
    await events.record(tx, "macro.changed", {"macro_id": str(macro_id), "what": "removed"}, agent=by)


async def rehearse(tx: Tx, macro: Macro, talk: UUID, *, by: UUID, ask: Asking) -> None:
    """Do it all, and raise Rehearsed with what each step would say and change, or why it cannot: exactly what running it
    would come to, and nothing of it stays when the transaction ends by that. Raises conversations.NotFound."""
    raise Rehearsed(await _do_all(tx, macro, talk, id=new_id(), by=by, ask=ask, without=()))


async def run(
    tx: Tx, macro: Macro, talk: UUID, *, id: UUID, by: UUID, ask: Asking, without: Collection[int] = ()
) -> None:
    """Do its steps in their order, but for those `without`. Raises Refused('step_refused') where one cannot be done; then
    none is. `id` is the run's own: the same one again writes no message a second time."""
    steps = await _do_all(tx, macro, talk, id=id, by=by, ask=ask, without=without)
    for number, step in enumerate(steps):
        if step.problem:
            raise Refused("step_refused", number, step.problem)


async def _do_all(
    tx: Tx, macro: Macro, talk: UUID, *, id: UUID, by: UUID, ask: Asking, without: Collection[int]
) -> list[Step]:
    values = await automation.values_in(tx, talk, by)
    rights: Collection[str] = await team.find_rights(tx, by) or ()
    await conversations.lock(tx, talk)
    steps: list[Step] = []
    for number, action in enumerate(macro.actions):
        missing: list[str] = []
        if isinstance(text := getattr(action, "text", None), str):
            said, missing = automation.filled(text, values)
            action = msgspec.structs.replace(action, text=said)
        problem = "" if number in without else "unfilled" if missing else ""
        needs = NEEDS.get(str(action.__struct_config__.tag), "serve")
        if not problem and number not in without and needs not in rights:
            problem = "not_allowed"
        if not problem and number not in without:
            problem = await _do(tx, talk, action, id=uuid5(id, str(number)), by=by, ask=ask)
        steps.append(Step(action=action, problem=problem, missing=missing))
    return steps


async def _do(tx: Tx, talk: UUID, action: MacroAction, *, id: UUID, by: UUID, ask: Asking) -> str:
    """Why it could not be done; '' when it was."""
    try:
        async with tx.savepoint():
            if not isinstance(action, AskRating):
                await automation.do(tx, talk, action, id=id, by=by)
            elif problem := await ask(tx, talk, by):
                return problem
    except (automation.Refused, conversations.Refused, routing.Refused) as error:
        return error.code
    except routing.NotFound:
        return "gone"
    return ""


async def _check(tx: Tx, actions: Sequence[MacroAction]) -> None:
    if not 0 < len(actions) <= MOST_ACTIONS:
        raise Refused("no_actions" if not actions else "too_many_actions")
    for action in actions:
        if isinstance(action, automation.CallWebhook):
            raise Refused("cannot_be_done_here")
        if not isinstance(action, AskRating):
            await automation.check_named(tx, action)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
