"""Customers are shown that somebody has read what they wrote, where their platform and the inbox want it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

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
