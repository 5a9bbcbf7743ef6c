"""Conversations with one identity become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import contacts, team
from guanxi.conversations.actions.moving import move, places, take_deliveries_along, tell, waking, write_facts
from guanxi.conversations.merging import MOST_MERGED, Move, in_one, loads, renumbered, shifts, together, why_apart
from guanxi.conversations.model import SNOOZED, Conversation, Refused
from guanxi.conversations.queries import identity_of, lock
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import enqueue
from guanxi.infra.sql import Tx


async def merge(tx: Tx, survivor_id: UUID, other_ids: Sequence[UUID], *, agent_id: UUID | None) -> UUID:
    """Let the others go on in the survivor, which gets all that was said in them; returns the merge. Raises NotFound and
    Refused: 'merged' (one of them has been already), 'other_identity', 'other_post', 'nothing_to_merge', 'too_many_to_merge',
    'too_long_to_move'.

    What arrives, and what is being sent, locks the identity first, too: so nothing comes in between.
    """
    ids = sorted({survivor_id, *other_ids})
    identities = {await identity_of(tx, id_) for id_ in ids}
    if not 2 <= len(ids) <= MOST_MERGED:
        raise Refused("nothing_to_merge" if len(ids) < 2 else "too_many_to_merge")
    if len(identities) > 1:
        raise Refused("other_identity")
    await contacts.get_identity(tx, identities.pop(), lock=True)
    locked = {id_: await lock(tx, id_) for id_ in ids}
    survivor = locked[survivor_id]
    others = [locked[id_] for id_ in ids if id_ != survivor_id]
    before = await _standing(tx, survivor_id, ids)
    rows = {row["id"]: row for row in before["rows"]}
    for one in others:
        if why := why_apart(rows[survivor_id], rows[one.id]):
            raise Refused(why)
    moves = in_one(survivor_id, await places(tx, ids), survivor.last_seq + 2)
    merge_id = new_id()
    await move(tx, merge_id, moves)
    await take_deliveries_along(tx, moves)
    survivor.last_seq = max([survivor.last_seq, *(one.to_seq for one in moves)])
    await _let_go_on(tx, survivor_id, [one.id for one in others])
    await _keep_one_wish(tx, survivor_id, before["waits"])
    await _become(tx, survivor, others, moves, before)
    await _write_down(tx, merge_id, survivor, [one.id for one in others], before, agent_id)
    return merge_id


async def _standing(tx: Tx, survivor_id: UUID, ids: Sequence[UUID]) -> dict[str, Any]:
    """How they stand before it, with what hangs on the others."""
    others = [id_ for id_ in ids if id_ != survivor_id]
    rows = await tx.fetch(
        "select * from conversation where workspace_id = $1 and id = any($2::uuid[]) order by id", tx.workspace_id, ids
    )
    hanging: dict[str, Any] = {}
    hanging["ratings"] = await tx.fetch(
        "select id, conversation_id from rating where workspace_id = $1 and conversation_id = any($2::uuid[])",
        tx.workspace_id,
        others,
    )
    hanging["planned"] = await tx.fetch(
        "select id, conversation_id, seen_seq from planned where workspace_id = $1 and conversation_id = any($2::uuid[])",
        tx.workspace_id,
        ids,
    )
    hanging["waits"] = await tx.fetch(
        """select conversation_id, since, wish, told_at from customer_wait
           where workspace_id = $1 and conversation_id = any($2::uuid[])
           order by wish in ('call_back', 'later') desc, told_at desc""",
        tx.workspace_id,
        ids,
    )
    hanging["links"] = await tx.fetch(
        """select conversation_id, other_id, made_at from conversation_link
           where workspace_id = $1 and (conversation_id = any($2::uuid[]) or other_id = any($2::uuid[]))""",
        tx.workspace_id,
        ids,
    )
    hanging["followed"] = await tx.fetch(
        "select id, private_id from conversation where workspace_id = $1 and private_id = any($2::uuid[])",
        tx.workspace_id,
        others,
    )
    return {"rows": [dict(row) for row in rows]} | {name: [dict(row) for row in its] for name, its in hanging.items()}


async def _let_go_on(tx: Tx, survivor_id: UUID, others: Sequence[UUID]) -> None:
    """The others' rows stay, as signposts, and all that hangs on them comes along."""
    await tx.execute(
        """update conversation set state = 3, merged_into = $2, version = version + 1, due_at = null, promise_at = null,
             promise_state = 0, offered_until = null where workspace_id = $1 and id = any($3::uuid[])""",
        tx.workspace_id,
        survivor_id,
        others,
    )
    await tx.execute(
        "update rating set conversation_id = $2 where workspace_id = $1 and conversation_id = any($3::uuid[])",
        tx.workspace_id,
        survivor_id,
        others,
    )
    await tx.execute(
        "update conversation set private_id = $2 where workspace_id = $1 and private_id = any($3::uuid[])",
        tx.workspace_id,
        survivor_id,
        others,
    )
    await tx.execute(
        """insert into draft as d (workspace_id, agent_id, conversation_id, mode, text, version, changed_at)
           select $1, agent_id, $2, mode, string_agg(text, E'\n' order by changed_at), 1, max(changed_at) from draft
           where workspace_id = $1 and conversation_id = any($3::uuid[]) and text <> '' group by agent_id, mode
           on conflict (workspace_id, agent_id, conversation_id, mode) do update set version = d.version + 1,
             text = concat_ws(E'\n', nullif(d.text, ''), excluded.text), changed_at = excluded.changed_at""",
        tx.workspace_id,
        survivor_id,
        others,
    )
    await tx.execute(
        "delete from draft where workspace_id = $1 and conversation_id = any($2::uuid[])", tx.workspace_id, others
    )
    await tx.execute(
        "delete from search_message where workspace_id = $1 and conversation_id = any($2::uuid[]) and seq = 0",
        tx.workspace_id,
        others,
    )
    await tx.execute(
        """with gone as (delete from conversation_link
             where workspace_id = $1 and (conversation_id = any($3::uuid[]) or other_id = any($3::uuid[])) returning *)
           insert into conversation_link (workspace_id, conversation_id, other_id, made_at)
           select $1, a, b, min(made_at) from (select made_at,
               case when conversation_id = any($3::uuid[]) then $2 else conversation_id end as a,
               case when other_id = any($3::uuid[]) then $2 else other_id end as b from gone) g
           where a <> b group by a, b on conflict do nothing""",
        tx.workspace_id,
        survivor_id,
        others,
    )


async def _keep_one_wish(tx: Tx, survivor_id: UUID, waits: Sequence[Mapping[str, Any]]) -> None:
    """What a customer chose instead of waiting goes along; of several it is the one that was promised something."""
    await tx.execute(
        "delete from customer_wait where workspace_id = $1 and conversation_id = any($2::uuid[])",
        tx.workspace_id,
        [one["conversation_id"] for one in waits[1:]],
    )
    if waits:
        await tx.execute(
            "update customer_wait set conversation_id = $2 where workspace_id = $1 and conversation_id = $3",
            tx.workspace_id,
            survivor_id,
            waits[0]["conversation_id"],
        )


async def _become(
    tx: Tx, survivor: Conversation, others: Sequence[Conversation], moves: Sequence[Move], before: Mapping[str, Any]
) -> None:
    """Write what is true of the survivor from now on."""
    rows = {row["id"]: row for row in before["rows"]}
    its = rows[survivor.id]
    facts = together(its, [rows[one.id] for one in others])
    facts["contact_read_seq"] = renumbered(moves, survivor.id, its["contact_read_seq"], stays=True)
    facts["judged_from"] = renumbered(moves, survivor.id, its["judged_from"], stays=True)
    for planned in before["planned"]:
        source = planned["conversation_id"]
        await tx.execute(
            "update planned set conversation_id = $3, seen_seq = $4 where workspace_id = $1 and id = $2",
            tx.workspace_id,
            planned["id"],
            survivor.id,
            renumbered(moves, source, planned["seen_seq"], stays=source == survivor.id),
        )
    await team.shift_load(tx, shifts(loads(list(rows.values())), loads([its | facts])))
    await write_facts(tx, survivor.id, facts)
    if facts["state"] == SNOOZED and facts["snoozed_until"] is not None:
        await enqueue(tx, [waking(survivor.id, facts["snoozed_until"])])
    survivor.state, survivor.assignee_id = facts["state"], facts["assignee_id"]


async def _write_down(
    tx: Tx, merge_id: UUID, survivor: Conversation, others: Sequence[UUID], before: Mapping[str, Any], by: UUID | None
) -> None:
    """The line, the clocks, the event, the entry of the audit log; and how it was before, for taking them apart."""
    line = {"by": await team.name_of(tx, by), "details": {"merge": str(merge_id), "count": len(others)}}
    told = {"merge": str(merge_id), "from": others}
    await tell(tx, survivor, "merged", line, told, by)
    await tx.execute(
        """insert into merge (workspace_id, id, survivor_id, others, by_id, at, version, before)
           values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)""",
        tx.workspace_id,
        merge_id,
        survivor.id,
        list(others),
        by,
        tx.now,
        survivor.version,
        msgspec.json.encode(dict(before)).decode(),
    )
