"""Promises to a conversation: a rule says which hold, time passes over them, and they are reckoned anew."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from guanxi import events, promises, team
from guanxi.conversations.actions.write import add_line
from guanxi.conversations.model import Refused
from guanxi.conversations.queries import lock
from guanxi.infra.sql import Tx


async def promise(tx: Tx, conversation_id: UUID, policy_id: UUID | None, *, by: UUID | None) -> None:
    """Let this policy hold for it from now on, whatever its queue says; None: its queue's again. Raises
    Refused('unknown_policy')."""
    conversation = await lock(tx, conversation_id)
    found = await promises.policies(tx, policy_id) if policy_id is not None else []
    if policy_id is not None and not found:
        raise Refused("unknown_policy")
    touched = await tx.execute(
        """update conversation set policy_id = $3 where workspace_id = $1 and id = $2 and policy_id is distinct from $3""",
        tx.workspace_id,
        conversation_id,
        policy_id,
    )
    if not touched:
        return
    line = {"by": await team.name_of(tx, by), "details": {"text": found[0].name} if found else {}}
    await add_line(tx, conversation, "promised", line)
    conversation.version += 1
    await tx.execute(
        "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
        conversation.version,
        conversation.last_seq,
    )
    missed = (await promises.keep_one(tx, conversation_id)).missed
    told = events.Event(
        kind="conversation.promised",
        payload={"seq": conversation.last_seq, "policy": str(policy_id) if policy_id else None},
        conversation_id=conversation_id,
        version=conversation.version,
        agent_id=by,
    )
    await events.record_all(tx, [told, *missed])


async def pass_time(tx: Tx, most: int = 100) -> int:
    """Tell, once, of each promise that is nearly missed or has been missed; returns in how many conversations there was
    something to tell. What was put aside stays so: whose it is hears of it."""
    ids = sorted(await promises.passed(tx, most))
    for conversation_id in ids:
        await _pass_time(tx, conversation_id)
    return len(ids)


async def _pass_time(tx: Tx, conversation_id: UUID) -> None:
    looked = await promises.look(tx, conversation_id)
    if looked is None:
        return
    conversation = await lock(tx, conversation_id)
    one, warned, missed = looked
    told: list[events.Event] = []
    for clock in warned:
        conversation.version += 1
        more = {"seq": conversation.last_seq}
        told.append(promises.event_of("promise.warned", one, clock, conversation.version - one.version, **more))
    for clock in missed:
        conversation.version += 1
        await add_line(tx, conversation, f"missed_{clock.promise}", {})
        more = {"seq": conversation.last_seq}
        told.append(promises.event_of("promise.missed", one, clock, conversation.version - one.version, **more))
    await tx.execute(
        "update conversation set last_seq = $3 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
        conversation.last_seq,
    )
    await promises.tell(tx, one, conversation.version)
    await events.record_all(tx, told)


async def reckon_anew(
    tx: Tx, state: int, after: tuple[datetime, UUID] | None, most: int = 200
) -> tuple[datetime, UUID] | None:
    """Reckon the clocks of the next conversations in this state, those that were spoken in longest ago first: whatever
    moves meanwhile moves to the end, and is reached. Returns where to go on; None: these were all."""
    rows = await tx.fetch(
        """select id, last_at from conversation where workspace_id = $1 and state = $2 and (last_at, id) > ($3, $4)
           order by last_at, id limit $5""",
        tx.workspace_id,
        state,
        *(after or (datetime.fromisoformat("0001-01-02T00:00:00+00:00"), UUID(int=0))),
        most,
    )
    ids = sorted(row["id"] for row in rows)
    await tx.execute(
        "select from conversation where workspace_id = $1 and id = any($2::uuid[]) order by id for update",
        tx.workspace_id,
        ids,
    )
    await events.record_all(tx, await promises.reckon_some(tx, ids))
    return (rows[-1]["last_at"], rows[-1]["id"]) if len(rows) == most else None
