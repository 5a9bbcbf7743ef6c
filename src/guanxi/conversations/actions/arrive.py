"""Messages arrive: join or open the conversation, append, count. Whole batches at once, under sorted locks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from guanxi import content as contents
from guanxi import events, promises
from guanxi.conversations.actions.publicly import keep_posts
from guanxi.conversations.actions.whereabouts import lock_survivors
from guanxi.conversations.hearing import language_of, spoken
from guanxi.conversations.model import OPEN, RESOLVED, SNOOZED, Arrival, Conversation, Wish
from guanxi.conversations.queries import lock_current, lock_latest_resolved, read_conversation
from guanxi.conversations.rules import PART, PREVIEW, clamp, plain, preview
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def join(tx: Tx, wishes: Sequence[Wish], *, reopen: timedelta) -> dict[tuple[UUID, str], Conversation]:
    """The conversation of each wish, by (identity, thread): the one that is not resolved, else the one resolved less
    than `reopen` ago, else a new one. One that was merged is the one that it goes on in; where none is left, what was split
    from it and is not resolved stands for it. All of them are locked."""
    wanted = {(wish.identity_id, wish.thread): wish for wish in wishes}
    current = await lock_current(tx, list({identity for identity, _ in wanted}))
    found = _by_key(current)
    missing = [key for key in wanted if key not in found]
    merged = await lock_survivors(tx, missing, tx.now - reopen) if missing else {}
    same = {one.id: one for one in current}  # each row is one struct, which is changed in place
    merged = {key: same.setdefault(one.id, one) for key, one in merged.items()}
    found |= {key: one for key, one in merged.items() if one.state != RESOLVED}
    missing = [key for key in missing if key not in found]
    if missing:
        resolved = await lock_latest_resolved(tx, list({identity for identity, _ in missing}), tx.now - reopen)
        for key, conversation in _by_key([same.setdefault(one.id, one) for one in resolved]).items():
            if key in wanted and key not in found:
                conversation.was_reopened = not wanted[key].is_blocked
                found[key] = conversation
        for key in [key for key in missing if key not in found and key in merged]:
            merged[key].was_reopened = not wanted[key].is_blocked
            found[key] = merged[key]
        parts = {(one.identity_id, plain(one.thread)): one for one in current if one.thread.startswith(PART)}
        found |= {key: parts[key] for key in missing if key not in found and key in parts}
        missing = [key for key in wanted if key not in found]
    if missing:
        found |= await _open(tx, [wanted[key] for key in missing])
    return {key: found[key] for key in wanted}


def _by_key(conversations: Sequence[Conversation]) -> dict[tuple[UUID, str], Conversation]:
    return {(one.identity_id, one.thread): one for one in conversations}


async def _open(tx: Tx, wishes: Sequence[Wish]) -> dict[tuple[UUID, str], Conversation]:
    posts = await _posts(tx, wishes)
    rows = await tx.fetch(
        """insert into conversation (workspace_id, id, identity_id, inbox_id, channel, medium, thread, queue_id, state,
             last_at, opened_at, resolved_at, post_id, queued_at, weight, language, by_hand)
           select $1, w.id, w.identity_id, w.inbox_id, w.channel, w.medium, w.thread, w.queue_id, w.state, $2, $2,
             case when w.state = 2 then $2::timestamptz end, w.post_id, $2,
             coalesce((select (weights ->> w.medium)::smallint from workspace where id = $1), 1), p.spoken,
             case when p.spoken = '' then '{}' else array['language'] end
           from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::smallint[],
             $11::uuid[]) as w(id, identity_id, inbox_id, channel, medium, thread, queue_id, state, post_id)
           join identity d on d.workspace_id = $1 and d.id = w.identity_id
           join contact p on p.workspace_id = $1 and p.id = d.contact_id
           on conflict (workspace_id, identity_id, thread) where state < 2 do nothing
           returning id, identity_id, inbox_id, channel, medium, thread, state, queue_id, assignee_id, version, last_seq, last_at,
             unread, waiting_since, contact_read_seq, weight, needs, sleeps_through, language, heard, by_hand""",
        tx.workspace_id,
        tx.now,
        [new_id() for _ in wishes],
        [wish.identity_id for wish in wishes],
        [wish.inbox_id for wish in wishes],
        [wish.channel for wish in wishes],
        [wish.medium for wish in wishes],
        [wish.thread for wish in wishes],
        [wish.queue_id for wish in wishes],
        [RESOLVED if wish.is_blocked else OPEN for wish in wishes],
        [posts[wish.inbox_id, wish.post.external_id] if wish.post else None for wish in wishes],
    )
    opened = _by_key([read_conversation(row) for row in rows])
    for conversation in opened.values():
        conversation.is_new = True
    lost = [wish.identity_id for wish in wishes if (wish.identity_id, wish.thread) not in opened]
    if lost:  # another transaction opened it between our look and our insert, and has committed since
        opened |= _by_key(await lock_current(tx, lost))
    return opened


async def _posts(tx: Tx, wishes: Sequence[Wish]) -> dict[tuple[UUID, str], UUID]:
    posts: dict[tuple[UUID, str], UUID] = {}
    for inbox_id in sorted({wish.inbox_id for wish in wishes if wish.post is not None}):
        theirs = [wish.post for wish in wishes if wish.inbox_id == inbox_id and wish.post is not None]
        kept = await keep_posts(tx, inbox_id, theirs)
        posts |= {(inbox_id, external_id): id_ for external_id, id_ in kept.items()}
    return posts


async def append(tx: Tx, fresh: Sequence[Arrival]) -> None:
    """Write what arrived behind what is there, bring each touched conversation up to date, and record what happened.
    Each conversation's `seq` stays gapless.

    The conversations are locked by `join`; what is known already was sorted out before (`known_external_ids`).
    """
    if not fresh:
        return
    touched: dict[UUID, Conversation] = {}
    newest: dict[UUID, Arrival] = {}
    happened: list[events.Event] = []
    starts: set[UUID] = set()
    for one in fresh:
        conversation = one.conversation
        conversation.last_seq += 1
        one.seq = conversation.last_seq
        one.sent_at = clamp(one.sent_at, tx.now)
        if conversation.id not in touched:
            touched[conversation.id] = conversation
            happened += _opening(conversation)
        if one.calls:
            happened += _waking(conversation)
            if conversation.waiting_since is None or conversation.was_reopened:
                starts.add(conversation.id)
            conversation.waiting_since = conversation.waiting_since or tx.now
        conversation.version += 1
        if one.content is not None or one.calls:
            newest[conversation.id] = one
        if one.content is not None:
            conversation.unread += one.calls
            _listen(one)
        kind = "message.received"
        happened.append(_event(conversation, kind, {"seq": one.seq, "author": "contact" if one.content else "system"}))
    await _write(tx, fresh, [(conversation, newest.get(conversation.id)) for conversation in touched.values()])
    if starts:
        for id_, kept in (await promises.keep(tx, sorted(starts))).items():
            touched[id_].version += len(kept.missed)
            happened += kept.missed
    await events.record_all(tx, happened)


async def _write(tx: Tx, fresh: Sequence[Arrival], rows: Sequence[tuple[Conversation, Arrival | None]]) -> None:
    """One statement for all: agents wait for every round trip."""
    await tx.execute(
        """with said as (
             insert into message (workspace_id, conversation_id, seq, id, inbox_id, external_id, author,
               sender_identity_id, kind, content, sent_at, created_at, inbound_seq, quotes, quote_token, read_token, language)
             select $1, m.conversation_id, m.seq, m.id, m.inbox_id, m.external_id, m.author, m.sender, m.kind,
               m.content::jsonb, m.sent_at, $2, m.inbound_seq, nullif(m.quotes, ''), nullif(m.quote_token, ''),
               nullif(m.read_token, ''), m.language
             from unnest($3::uuid[], $4::bigint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::uuid[],
               $10::text[], $11::text[], $12::timestamptz[], $13::bigint[], $24::text[], $25::text[], $26::text[],
               $27::text[])
               as m(conversation_id, seq, id, inbox_id, external_id, author, sender, kind, content, sent_at, inbound_seq,
                 quotes, quote_token, read_token, language)
           )
           update conversation c set version = u.version, last_seq = u.last_seq, state = u.state, unread = u.unread,
             waiting_since = u.waiting_since, snoozed_until = case when u.state = 0 then null else c.snoozed_until end,
             woken_by = case when c.state = 1 and u.state = 0 then 'contact' else c.woken_by end,
             resolved_at = case when u.state = 2 then c.resolved_at end, assignee_id = u.assignee_id,
             last_at = greatest(c.last_at, coalesce(u.last_at, c.last_at)),
             last_text = coalesce(u.last_text, c.last_text), last_kind = coalesce(u.last_kind, c.last_kind),
             last_author = case when u.last_text is null then c.last_author else 'contact' end,
             language = u.language, heard = u.heard
           from unnest($14::uuid[], $15::bigint[], $16::bigint[], $17::smallint[], $18::integer[], $19::timestamptz[],
             $20::timestamptz[], $21::text[], $22::text[], $23::uuid[], $28::text[], $29::text[])
             as u(id, version, last_seq, state, unread, waiting_since, last_at, last_text, last_kind, assignee_id, language, heard)
           where c.workspace_id = $1 and c.id = u.id""",
        tx.workspace_id,
        tx.now,
        [one.conversation.id for one in fresh],
        [one.seq for one in fresh],
        [one.id for one in fresh],
        [one.conversation.inbox_id for one in fresh],
        [one.external_id for one in fresh],
        ["contact" if one.content is not None else "system" for one in fresh],
        [one.sender_identity_id for one in fresh],
        [contents.kind_of(one.content) if one.content is not None else "event" for one in fresh],
        [_encoded(one) for one in fresh],
        [one.sent_at for one in fresh],
        [one.inbound_seq for one in fresh],
        [one.id for one, _ in rows],
        [one.version for one, _ in rows],
        [one.last_seq for one, _ in rows],
        [one.state for one, _ in rows],
        [one.unread for one, _ in rows],
        [one.waiting_since for one, _ in rows],
        [tx.now if last else None for _, last in rows],
        [_shown(last)[0] if last else None for _, last in rows],
        [_shown(last)[1] if last else None for _, last in rows],
        [one.assignee_id for one, _ in rows],
        [one.quotes for one in fresh],
        [one.quote_token for one in fresh],
        [one.read_token for one in fresh],
        [one.language for one in fresh],
        [one.language for one, _ in rows],
        [one.heard for one, _ in rows],
    )


def _listen(one: Arrival) -> None:
    """Hear in which language it is said, and which one the conversation is held in; what an agent said of it stands."""
    conversation = one.conversation
    one.language = language_of(str(getattr(one.content, "text", "")), conversation.language)
    language, conversation.heard = spoken(conversation.heard, one.language)
    if not conversation.language_by_hand:
        conversation.language = language


def _shown(one: Arrival) -> tuple[str, str]:
    """What lists show of it, and of which kind it is: of a line what happened, and to what."""
    if one.content is not None:
        return preview(one.content), contents.kind_of(one.content)
    details: Any = (one.line or {}).get("details") or {}
    what = str((one.line or {}).get("what", "event"))
    return str(details.get("title") or details.get("text") or details.get("scene") or "")[:PREVIEW], what[:60]


def _encoded(one: Arrival) -> str:
    if one.content is not None:
        return contents.encode(one.content).decode()
    return msgspec.json.encode({"kind": "event", **(one.line or {})}).decode()


def _opening(conversation: Conversation) -> list[events.Event]:
    if conversation.is_new:
        return [
            _event(
                conversation,
                "conversation.opened",
                {"channel": conversation.channel, "medium": conversation.medium}
                | ({"goes_on": True} if conversation.goes_on else {}),
            )
        ]
    if conversation.was_reopened:
        conversation.state = OPEN
        conversation.version += 1
        return [_event(conversation, "conversation.reopened", {"by": "contact"})]
    return []


def _waking(conversation: Conversation) -> list[events.Event]:
    if conversation.state != SNOOZED or conversation.sleeps_through:
        return []
    conversation.was_woken = True
    conversation.state = OPEN
    conversation.version += 1
    return [_event(conversation, "conversation.woken", {"by": "contact"})]


def _event(conversation: Conversation, kind: str, payload: dict[str, Any]) -> events.Event:
    return events.Event(kind=kind, payload=payload, conversation_id=conversation.id, version=conversation.version)
