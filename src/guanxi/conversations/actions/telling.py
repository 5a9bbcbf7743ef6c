"""A platform is told how far we are with a customer: that he was read, that the talk is over; where the inbox wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from guanxi.conversations.model import RESOLVED
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx

LOOKED_BACK = 500  # messages


async def want_read_marks(tx: Tx, seen: Mapping[UUID, int], channels: list[str]) -> None:
    """Of each conversation in one of these channels, everything up to `seq` has been seen: tell its platform so, once.

    The newest token stands for all before it; what is told is forgotten.
    """
    rows = await tx.fetch(
        """with due as (
             update message m set read_token = null
             from unnest($2::uuid[], $3::bigint[]) as s(conversation_id, seq)
               join conversation c on c.workspace_id = $1 and c.id = s.conversation_id and c.channel = any($4::text[])
               join inbox i on i.workspace_id = $1 and i.id = c.inbox_id and i.settings ->> 'mark_read' = 'true',
             lateral (select o.seq, o.read_token from message o where o.workspace_id = $1
               and o.conversation_id = s.conversation_id and o.seq <= s.seq and o.seq > s.seq - $5
               and o.read_token is not null) told
             where m.workspace_id = $1 and m.conversation_id = s.conversation_id and m.seq = told.seq
             returning m.conversation_id, m.inbox_id, m.seq, told.read_token)
           select distinct on (conversation_id) conversation_id, inbox_id, read_token from due
           order by conversation_id, seq desc""",
        tx.workspace_id,
        list(seen),
        list(seen.values()),
        channels,
        LOOKED_BACK,
    )
    await enqueue(
        tx,
        [
            Wanted(
                lane=f"seen:{row['conversation_id']}",
                pool=f"seen:{row['inbox_id']}",
                kind="mark_read",
                args={"inbox": str(row["inbox_id"]), "token": row["read_token"]},
            )
            for row in rows
        ],
    )


async def want_endings(tx: Tx, resolved: Sequence[UUID], channels: list[str]) -> None:
    """These conversations have been resolved: the platforms of those in these channels are told that the talk is over."""
    rows = await tx.fetch(
        """select c.id, c.inbox_id from conversation c
             join inbox i on i.workspace_id = $1 and i.id = c.inbox_id and i.settings ->> 'end_on_resolve' = 'true'
           where c.workspace_id = $1 and c.id = any($2::uuid[]) and c.channel = any($3::text[])""",
        tx.workspace_id,
        resolved,
        channels,
    )
    wanted = [
        Wanted(
            lane=f"end:{row['id']}",
            pool=f"seen:{row['inbox_id']}",
            kind="end_talk",
            args={"inbox": str(row["inbox_id"]), "conversation": str(row["id"])},
        )
        for row in rows
    ]
    await enqueue(tx, wanted)


async def want_hand_overs(tx: Tx, written: Sequence[UUID], channels: list[str]) -> None:
    """In these conversations somebody has written and nobody is here: the platforms of those in these channels, where the
    inbox wants it, have agents of their own."""
    rows = await tx.fetch(
        """select c.id, c.inbox_id from conversation c
             join inbox i on i.workspace_id = $1 and i.id = c.inbox_id and i.settings ->> 'hand_over' = 'true'
           where c.workspace_id = $1 and c.id = any($2::uuid[]) and c.channel = any($3::text[]) and c.state = 0""",
        tx.workspace_id,
        written,
        channels,
    )
    wanted = [
        Wanted(
            lane=f"over:{row['id']}",
            pool=f"seen:{row['inbox_id']}",
            kind="hand_over",
            args={"inbox": str(row["inbox_id"]), "conversation": str(row["id"])},
        )
        for row in rows
    ]
    await enqueue(tx, wanted)


async def waiting_there(tx: Tx, conversation_id: UUID, kinds: Sequence[str]) -> int:
    """How many of the same inbox, with an open conversation, have waited at the platform for longer: reply windows of these
    kinds stand with them."""
    return int(
        await tx.fetchval(
            """select count(*) from (select from conversation mine join conversation c on c.workspace_id = $1
                 and c.inbox_id = mine.inbox_id and c.state = 0 and c.id <> mine.id
               join identity d on d.workspace_id = $1 and d.id = c.identity_id
               where mine.workspace_id = $1 and mine.id = $2 and exists (select from jsonb_array_elements(d.windows) w
                 where w ->> 'by' = any($3::text[]) and (w ->> 'expires_at')::timestamptz > $4) limit $5) there""",
            tx.workspace_id,
            conversation_id,
            list(kinds),
            tx.now,
            LOOKED_BACK,
        )
    )


async def whom_to_leave(tx: Tx, conversation_id: UUID, *, state: int = RESOLVED) -> Any:
    """(identity_id, external_id, is_busy) of a conversation that is still in this state, else None. `is_busy`: something
    that we wrote is still on its way, and has to arrive before the talk is another's."""
    return await tx.fetchrow(
        """select d.id as identity_id, d.external_id, exists (select from message m where m.workspace_id = $1
             and m.conversation_id = c.id and m.state in ('waiting', 'sending') and m.seq > c.last_seq - $3) as is_busy
           from conversation c join identity d on d.workspace_id = $1 and d.id = c.identity_id
           where c.workspace_id = $1 and c.id = $2 and c.state = $4""",
        tx.workspace_id,
        conversation_id,
        LOOKED_BACK,
        state,
    )
