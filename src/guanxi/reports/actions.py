"""Events are added to the day rows, together with the cursor that says they were heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from guanxi.events import Happened
from guanxi.infra.sql import Tx

MEASURES = {"conversation.opened": "opened", "conversation.resolved": "resolved", "message.sent": "sent"}


def measure_of(event: Happened) -> str:
    """Which column of the day this event counts in; '' for none."""
    if event.kind == "message.received":
        return "received" if event.payload.get("author") == "contact" else ""
    return MEASURES.get(event.kind, "")


async def count(tx: Tx, happened: Sequence[Happened]) -> None:
    """Add events to the day rows. Days are those of the workspace's time zone."""
    measured = [(event, measure) for event in happened if (measure := measure_of(event)) and event.conversation_id]
    if not measured:
        return
    zone = await tx.fetchval("select time_zone from workspace where id = $1", tx.workspace_id)
    rows = await tx.fetch(
        """select e.n, (e.at at time zone $2)::date as day, c.channel
           from unnest($3::uuid[], $4::timestamptz[]) with ordinality as e(conversation_id, at, n)
           join conversation c on c.workspace_id = $1 and c.id = e.conversation_id""",
        tx.workspace_id,
        zone,
        [event.conversation_id for event, _ in measured],
        [event.at for event, _ in measured],
    )
    totals: dict[tuple[object, str], Counter[str]] = {}
    for row in rows:
        totals.setdefault((row["day"], row["channel"]), Counter())[measured[row["n"] - 1][1]] += 1
    keys = sorted(totals, key=str)
    await tx.execute(
        """insert into report_day as r (workspace_id, day, channel, received, sent, opened, resolved)
           select $1, d.day, d.channel, d.received, d.sent, d.opened, d.resolved
           from unnest($2::date[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
             as d(day, channel, received, sent, opened, resolved)
           on conflict (workspace_id, day, channel) do update set received = r.received + excluded.received,
             sent = r.sent + excluded.sent, opened = r.opened + excluded.opened,
             resolved = r.resolved + excluded.resolved""",
        tx.workspace_id,
        [day for day, _ in keys],
        [channel for _, channel in keys],
        *[[totals[key][name] for key in keys] for name in ("received", "sent", "opened", "resolved")],
    )
