"""What conversations are judged by, and how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.judging.model import AlarmWord, Facts, Mood, Reason, Said, Urgency

WEEK = timedelta(days=7)
LAST = 30  # messages that are looked at
TOGETHER = timedelta(minutes=1)

STANDS = """select c.id, c.urgency, c.mood, c.reasons, c.by_hand, c.judged_from, c.judged_at, c.waiting_since, p.is_vip,
    (select count(*) from (
       select from identity i join conversation o on o.workspace_id = $1 and o.identity_id = i.id and o.id <> c.id
         and o.last_at > $3 and o.opened_at > $3
       where i.workspace_id = $1 and i.contact_id = d.contact_id limit 9) few) as again, m.said
  from conversation c
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id
  cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object('seq', seq, 'author', author, 'at', created_at,
      'language', language, 'text', left(coalesce(content ->> 'text', ''), 2000)) order by seq), '[]') as said
    from (select seq, author, created_at, language, content from message
      where workspace_id = $1 and conversation_id = c.id and not is_note and author <> 'system' and state <> 'unsent'
      order by seq desc limit $4) l) m
  where c.workspace_id = $1 and c.id = any($2::uuid[]) and c.state < 2 order by c.id"""


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """How a conversation is judged now, and by what it is to be judged anew. What an agent set stands until the contact
    says something new: only that is in the facts then."""

    id: UUID
    urgency: Urgency
    mood: Mood
    reasons: tuple[Reason, ...]
    by_hand: list[str]
    judged_from: int
    facts: Facts


async def stands(tx: Tx, ids: Sequence[UUID]) -> list[Stand]:
    """Of these conversations those that are not resolved, by their ids."""
    rows = await tx.fetch(STANDS, tx.workspace_id, list(ids), tx.now - WEEK, LAST)
    return [_stand(row, tx.now) for row in rows]


def _stand(row: Any, now: datetime) -> Stand:
    said = [one for one in row["said"] if one["seq"] > row["judged_from"]]
    answered = max((one["seq"] for one in row["said"] if one["author"] == "agent"), default=0)
    theirs = [
        Said(one["seq"], one["text"], msgspec.convert(one["at"], datetime), one["language"])
        for one in said
        if one["author"] == "contact"
    ]
    waits_from = max((at for at in (row["waiting_since"], row["judged_at"]) if at is not None), default=now)
    by_hand = bool({"urgency", "mood"} & {*row["by_hand"]})
    return Stand(
        id=row["id"],
        urgency=row["urgency"],
        mood=row["mood"],
        reasons=msgspec.convert(row["reasons"], tuple[Reason, ...]),
        by_hand=row["by_hand"],
        judged_from=row["judged_from"],
        facts=Facts(
            said=tuple(one for one in theirs if one.at > now - WEEK),
            unanswered=_times([one.at for one in theirs if one.seq > answered]),
            waiting=int((now - waits_from).total_seconds() // 60) if row["waiting_since"] is not None else 0,
            again=0 if by_hand else row["again"],
            is_vip=row["is_vip"] and not by_hand,
        ),
    )


def _times(written: Sequence[datetime]) -> int:
    """How often somebody wrote: what follows within a minute belongs together, for many say one thing in three lines."""
    return sum(not n or at - written[n - 1] >= TOGETHER for n, at in enumerate(written))


async def alarm_words(tx: Tx) -> list[AlarmWord]:
    """The workspace's own words."""
    kept = await tx.fetchval("select alarm_words from workspace where id = $1", tx.workspace_id)
    return msgspec.convert(kept, list[AlarmWord])
