"""Conversations are judged when something is said, and corrected when the judgement errs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi import audit, contacts, conversations, events
from guanxi.conversations import HEARD
from guanxi.infra.sql import Tx
from guanxi.judging.model import AlarmWord, Judgement, Mood, Refused, Urgency
from guanxi.judging.queries import Stand, alarm_words, stands
from guanxi.judging.rules import judged, plain

MOST_WORDS = 200
MOST_TOLD = 400  # characters, in the audit log


async def judge(tx: Tx, ids: Sequence[UUID]) -> None:
    """Judge these conversations by what is known now. Only what changes is written, with one event each."""
    looked_at = await stands(tx, ids)
    if not looked_at:
        return
    own = await alarm_words(tx)
    changed = [(stand, after) for stand in looked_at if (after := _after(stand, own)) is not None]
    if not changed:
        return
    rows = await tx.fetch(
        """with u as (
             select * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
               as u(id, urgency, mood, reasons, by_hand, judged_from)
           ), locked as (
             select c.id from conversation c join u on u.id = c.id
             where c.workspace_id = $1 and c.judged_from = u.judged_from order by c.id for update of c
           )
           update conversation c set urgency = u.urgency, mood = u.mood, reasons = u.reasons::jsonb,
             by_hand = string_to_array(u.by_hand, ' '), version = c.version + 1
           from u join locked l on l.id = u.id where c.workspace_id = $1 and c.id = u.id returning c.id, c.version""",
        tx.workspace_id,
        [stand.id for stand, _ in changed],
        [after.urgency for _, after in changed],
        [after.mood for _, after in changed],
        [msgspec.json.encode(after.reasons).decode() for _, after in changed],
        [" ".join(_still_by_hand(stand, after)) for stand, after in changed],
        [stand.judged_from for stand, _ in changed],
    )
    versions = {row["id"]: row["version"] for row in rows}
    await events.record_all(
        tx,
        [
            events.Event(
                kind="conversation.judged", conversation_id=stand.id, version=versions[stand.id],
                payload={"urgency": after.urgency, "mood": after.mood, "urgency_before": stand.urgency,
                         "mood_before": stand.mood, "reasons": msgspec.to_builtins(after.reasons)},
            )
            for stand, after in changed if stand.id in versions
        ],
    )  # fmt: skip


async def correct(
    tx: Tx,
    conversation_id: UUID,
    *,
    language: str | None = None,
    urgency: Urgency | None = None,
    mood: Mood | None = None,
    agent_id: UUID,
) -> None:
    """An agent knows better. The language ('' gives it back to what is heard) is remembered for the contact and stands;
    urgency and mood stand until the contact says something new. Raises conversations.NotFound, Refused('unknown_language')."""
    if language and language not in HEARD:
        raise Refused("unknown_language")
    if language is not None:
        await contacts.remember_spoken(tx, await conversations.identity_of(tx, conversation_id), language)
    conversation = await conversations.lock(tx, conversation_id)
    row = await tx.fetchrow(
        "select urgency, mood, reasons, by_hand from conversation where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
    )
    assert row is not None
    given = {name: value for name, value in (("urgency", urgency), ("mood", mood)) if value is not None}
    by_hand = {*row["by_hand"], *given}
    if language is not None:
        by_hand = by_hand | {"language"} if language else by_hand - {"language"}
        conversation.language = language or conversations.spoken(conversation.heard, "")[0]
    conversation.version += 1
    await tx.execute(
        """update conversation set language = $3, urgency = $4, mood = $5, reasons = $6::jsonb, by_hand = $7::text[],
             judged_from = case when $8 then last_seq else judged_from end,
             judged_at = case when $8 then $9 else judged_at end, version = $10 where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        conversation_id,
        conversation.language,
        given.get("urgency", row["urgency"]),
        given.get("mood", row["mood"]),
        [one for one in row["reasons"] if one["about"] not in given],
        sorted(by_hand),
        bool(given),
        tx.now,
        conversation.version,
    )
    told: dict[str, Any] = dict(given) | ({} if language is None else {"language": conversation.language})
    await events.record(
        tx, "conversation.corrected", told, conversation=conversation_id, version=conversation.version, agent=agent_id
    )


async def set_alarm_words(
    tx: Tx, words: Sequence[AlarmWord], *, by: UUID, seen: Sequence[AlarmWord] | None = None
) -> None:
    """The workspace's own words; they count for what is judged from then on, everywhere, for each judging reads them. `seen`
    are those that were looked at. Raises Refused: too_many_words, empty_word, word_twice, unknown_language, stale."""
    if len(words) > MOST_WORDS:
        raise Refused("too_many_words")
    names = [(plain(one.word).strip(), one.language) for one in words]
    if not all(word for word, _ in names):
        raise Refused("empty_word")
    if len({*names}) < len(names):
        raise Refused("word_twice")
    if not {language for _, language in names} <= {"", "zh", *HEARD}:
        raise Refused("unknown_language")
    await tx.execute("select from workspace where id = $1 for update", tx.workspace_id)
    was = await alarm_words(tx)
    if seen is not None and [*seen] != was:
        raise Refused("stale")
    if was == [*words]:
        return
    await tx.execute(
        "update workspace set alarm_words = $2::jsonb where id = $1",
        tx.workspace_id,
        [msgspec.to_builtins(one) for one in words],
    )
    both = [", ".join(_said(one) for one in some if one not in other) for some, other in ((was, words), (words, was))]
    await audit.record(
        tx, "workspace.alarm_words", by=by, kind="workspace", about_id=tx.workspace_id,
        details={"changes": {"alarm_words": [text[:MOST_TOLD] or None for text in both]}},
    )  # fmt: skip
    await events.record(tx, "workspace.changed", {}, agent=by)


def _said(one: AlarmWord) -> str:
    return f"{one.word} ({one.means}{f', {one.language}' if one.language else ''})"


def _after(stand: Stand, own: Sequence[AlarmWord]) -> Judgement | None:
    """How it is to be judged, or None when that changes nothing. By hand stands what nothing new speaks against."""
    fresh = judged(stand.facts, own)
    news = {reason.about for reason in fresh.reasons}
    kept = [one for one in ("urgency", "mood") if one in stand.by_hand and one not in news]
    after = msgspec.structs.replace(
        fresh,
        urgency=stand.urgency if "urgency" in kept else fresh.urgency,
        mood=stand.mood if "mood" in kept else fresh.mood,
    )
    now = Judgement(urgency=stand.urgency, mood=stand.mood, reasons=stand.reasons)
    return None if after == now else after


def _still_by_hand(stand: Stand, after: Judgement) -> list[str]:
    news = {reason.about for reason in after.reasons}
    return sorted(one for one in stand.by_hand if one not in news)
