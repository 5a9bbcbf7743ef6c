"""Finding conversations and messages, with the locks that a change needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from guanxi.channel_kit import PUBLIC
from guanxi.conversations.model import MERGED, Conversation, NotFound, Refused
from guanxi.infra.sql import Tx


def read_conversation(row: Any) -> Conversation:
    return Conversation(
        id=row["id"],
        identity_id=row["identity_id"],
        inbox_id=row["inbox_id"],
        channel=row["channel"],
        medium=row["medium"],
        thread=row["thread"],
        state=row["state"],
        queue_id=row["queue_id"],
        assignee_id=row["assignee_id"],
        version=row["version"],
        last_seq=row["last_seq"],
        last_at=row["last_at"],
        unread=row["unread"],
        waiting_since=row["waiting_since"],
        contact_read_seq=row["contact_read_seq"],
        weight=row["weight"],
        needs=row["needs"],
        sleeps_through=row["sleeps_through"],
        language=row["language"],
        heard=row["heard"],
        language_by_hand="language" in row["by_hand"],
    )


async def lock(tx: Tx, conversation_id: UUID) -> Conversation:
    """The conversation, its row locked until the transaction ends. Raises NotFound, and Refused('merged') with the id of
    the one that it goes on in."""
    row = await tx.fetchrow(
        """select id, identity_id, inbox_id, channel, medium, thread, state, queue_id, assignee_id, version, last_seq, last_at,
             unread, waiting_since, contact_read_seq, weight, needs, sleeps_through, language, heard, by_hand
           from conversation where workspace_id = $1 and id = $2 for update""",
        tx.workspace_id,
        conversation_id,
    )
    if row is None:
        raise NotFound(conversation_id)
    if row["state"] == MERGED:
        raise Refused("merged", conversation_id=str(await survivor_of(tx, conversation_id)))
    return read_conversation(row)


async def survivor_of(tx: Tx, conversation_id: UUID) -> UUID:
    """The conversation that this one goes on in, by however many merges: itself, where there was none."""
    found = await tx.fetchval(
        """with recursive up as (
             select id, merged_into from conversation where workspace_id = $1 and id = $2
             union all
             select c.id, c.merged_into from up join conversation c on c.workspace_id = $1 and c.id = up.merged_into)
           select id from up where merged_into is null""",
        tx.workspace_id,
        conversation_id,
    )
    return UUID(str(found)) if found is not None else conversation_id


async def lock_current(tx: Tx, identity_ids: Sequence[UUID]) -> list[Conversation]:
    """The conversations of these identities that are not resolved, locked in the order of their ids."""
    rows = await tx.fetch(
        """select id, identity_id, inbox_id, channel, medium, thread, state, queue_id, assignee_id, version, last_seq, last_at,
             unread, waiting_since, contact_read_seq, weight, needs, sleeps_through, language, heard, by_hand
           from conversation where workspace_id = $1 and identity_id = any($2::uuid[]) and state < 2
           order by id for update""",
        tx.workspace_id,
        list(identity_ids),
    )
    return [read_conversation(row) for row in rows]


async def lock_waiting(tx: Tx, ids: Sequence[UUID]) -> list[Conversation]:
    """Those of these that still wait for somebody, locked in the order of their ids; what others hold is left to them."""
    rows = await tx.fetch(
        """select id, identity_id, inbox_id, channel, medium, thread, state, queue_id, assignee_id, version, last_seq, last_at,
             unread, waiting_since, contact_read_seq, weight, needs, sleeps_through, language, heard, by_hand
           from conversation where workspace_id = $1 and id = any($2::uuid[]) and state = 0 and assignee_id is null
             and waiting_since is not null
           order by id for update skip locked""",
        tx.workspace_id,
        list(ids),
    )
    return [read_conversation(row) for row in rows]


async def lock_named(
    tx: Tx,
    inbox_id: UUID,
    *,
    identity_ids: Sequence[UUID],
    external_ids: Sequence[str],
    readers: Sequence[str],
    rating_ids: Sequence[UUID] = (),
) -> None:
    """Lock, in the order of their ids, all conversations that a batch is about: those of these identities that are
    not resolved, those with messages of these external ids, the latest of each reader (an external id), and those of
    these ratings."""
    await tx.execute(
        """select from conversation c where c.workspace_id = $1 and c.id in (
             select id from conversation where workspace_id = $1 and identity_id = any($3::uuid[]) and state < 2
             union all
             select conversation_id from message where workspace_id = $1 and inbox_id = $2 and external_id = any($4::text[])
             union all
             select l.id from identity i cross join lateral (
               select id from conversation where workspace_id = $1 and identity_id = i.id and medium <> all($6::text[]) and state < 3
               order by last_at desc, id desc limit 1) l
             where i.workspace_id = $1 and i.inbox_id = $2 and i.external_id = any($5::text[])
             union all
             select conversation_id from rating where workspace_id = $1 and id = any($7::uuid[]))
           order by c.id for update""",
        tx.workspace_id,
        inbox_id,
        list(identity_ids),
        list(external_ids),
        list(readers),
        PUBLIC,
        list(rating_ids),
    )


async def lock_with_current(tx: Tx, conversation_id: UUID, identity_id: UUID) -> None:
    """Lock this conversation and those of the identity that are not resolved, in the order of their ids."""
    await tx.execute(
        """select from conversation where workspace_id = $1 and (id = $2 or (identity_id = $3 and state < 2))
           order by id for update""",
        tx.workspace_id,
        conversation_id,
        identity_id,
    )


async def private_of(tx: Tx, conversation_id: UUID) -> UUID | None:
    """The private conversation that this public one was followed up in last."""
    found: UUID | None = await tx.fetchval(
        "select private_id from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    )
    return found


async def answered_by(tx: Tx, conversation_id: UUID, seq: int) -> str:
    """The platform's id of what the contact said last before this message; '' when he said nothing."""
    found = await tx.fetchval(
        """select external_id from message where workspace_id = $1 and conversation_id = $2 and seq < $3
             and author = 'contact' and external_id is not null and state <> 'unsent' order by seq desc limit 1""",
        tx.workspace_id,
        conversation_id,
        seq,
    )
    return str(found or "")


async def lock_latest_resolved(tx: Tx, identity_ids: Sequence[UUID], since: Any) -> list[Conversation]:
    """Of each identity and thread the conversation resolved last, if it was resolved after `since`; locked."""
    rows = await tx.fetch(
        """select c.id, c.identity_id, c.inbox_id, c.channel, c.medium, c.thread, c.state, c.queue_id, c.assignee_id, c.version,
             c.last_seq, c.last_at, c.unread, c.waiting_since, c.contact_read_seq, c.weight, c.needs, c.sleeps_through, c.language, c.heard, c.by_hand
           from conversation c where c.workspace_id = $1 and c.identity_id = any($2::uuid[]) and c.state = 2
             and c.resolved_at > $3 and not exists (
               select from conversation n where n.workspace_id = $1 and n.identity_id = c.identity_id
                 and n.thread = c.thread and n.state = 2 and (n.resolved_at, n.id) > (c.resolved_at, c.id))
           order by c.id for update of c""",
        tx.workspace_id,
        list(identity_ids),
        since,
    )
    return [read_conversation(row) for row in rows]


async def known_external_ids(tx: Tx, inbox_id: UUID, external_ids: Sequence[str]) -> set[str]:
    """Which of these external ids are messages of this inbox already?"""
    rows = await tx.fetch(
        """select m.external_id from unnest($3::text[]) as s(external_id)
           join message m on m.workspace_id = $1 and m.inbox_id = $2 and m.external_id = s.external_id""",
        tx.workspace_id,
        inbox_id,
        list(external_ids),
    )
    return {row["external_id"] for row in rows}


async def find_reply(tx: Tx, conversation_id: UUID, seq: int) -> Any:
    """A message's row, or None."""
    return await tx.fetchrow(
        """select seq, id, author, kind, content, is_note, state, reason, external_id, inbox_id, agent_id, quoted_seq, quote_token
           from message where workspace_id = $1 and conversation_id = $2 and seq = $3""",
        tx.workspace_id,
        conversation_id,
        seq,
    )


async def handed_over_at(tx: Tx, conversation_id: UUID, seq: int) -> datetime | None:
    """When the platform last took this message from us, as far as its events tell; else when it was written."""
    found: datetime | None = await tx.fetchval(
        """select coalesce(max(e.at) filter (where e.payload ->> 'state' = 'sent'), min(e.at), max(m.created_at))
           from message m left join event e on e.workspace_id = $1 and e.conversation_id = $2 and e.kind = 'message.changed'
             and e.payload @> jsonb_build_object('seq', m.seq) and e.payload ->> 'state' in ('sent', 'delivered', 'read')
           where m.workspace_id = $1 and m.conversation_id = $2 and m.seq = $3""",
        tx.workspace_id,
        conversation_id,
        seq,
    )
    return found


async def identity_of(tx: Tx, conversation_id: UUID) -> UUID:
    """Whose conversation this is. Raises NotFound. It never changes, so no lock is needed."""
    found = await tx.fetchval(
        "select identity_id from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    )
    if found is None:
        raise NotFound(conversation_id)
    return UUID(str(found))


async def unanswered_since(tx: Tx, conversation_id: UUID) -> datetime | None:
    """When the contact wrote what nobody of us has answered; None when everything is answered."""
    since: datetime | None = await tx.fetchval(
        """select min(created_at) from message where workspace_id = $1 and conversation_id = $2 and author = 'contact'
             and seq > coalesce((select max(seq) from message where workspace_id = $1 and conversation_id = $2
               and author = 'agent' and not is_note), 0)""",
        tx.workspace_id,
        conversation_id,
    )
    return since


async def was_told(tx: Tx, conversation_id: UUID, kind: str, payload: Mapping[str, Any]) -> bool:
    """Does such an event of this conversation stand already?"""
    return bool(
        await tx.fetchval(
            """select exists (select from event where workspace_id = $1 and conversation_id = $2 and kind = $3
                 and payload @> $4::jsonb)""",
            tx.workspace_id,
            conversation_id,
            kind,
            dict(payload),
        )
    )


async def changed_since(tx: Tx, conversation_id: UUID, version: int) -> bool:
    """Has anything happened behind this version that an agent would want to know first? Receipts, looking, and what
    bots say do not count."""
    return bool(
        await tx.fetchval(
            """select exists (select from event where workspace_id = $1 and conversation_id = $2 and version > $3
                 and kind not in ('message.changed', 'conversation.read', 'conversation.marked_unread', 'conversation.rating_asked',
                   'conversation.judged', 'conversation.corrected', 'conversation.waited')
                 and not (kind = 'message.sent' and agent_id is null))""",
            tx.workspace_id,
            conversation_id,
            version,
        )
    )


async def askable(tx: Tx, conversation_ids: Sequence[UUID]) -> list[Any]:
    """Of these conversations the private ones, with what decides whether and how their contact can be asked what it was
    like: id, channel, state, was_answered, kind, is_blocked, identity_id, settings (of the inbox), language (of the
    contact), house_language."""
    return await tx.fetch(
        """select c.id, c.channel, c.state, c.first_answered_at is not null as was_answered, d.kind,
             p.blocked_at is not null as is_blocked, c.identity_id, i.settings,
             coalesce(nullif(nullif(c.language, ''), 'zh'), nullif(d.language, ''), p.language) as language, w.language as house_language
           from conversation c
           join inbox i on i.workspace_id = $1 and i.id = c.inbox_id
           join identity d on d.workspace_id = $1 and d.id = c.identity_id
           join contact p on p.workspace_id = $1 and p.id = d.contact_id
           join workspace w on w.id = $1
           where c.workspace_id = $1 and c.id = any($2::uuid[]) and c.medium <> all($3::text[])
           order by c.id""",
        tx.workspace_id,
        list(conversation_ids),
        PUBLIC,
    )


async def whom_to_show(tx: Tx, conversation_id: UUID) -> Any:
    """The person of an open private conversation by the platform's id, with the inbox; None for a group or a closed one."""
    return await tx.fetchrow(
        """select i.external_id, i.inbox_id from conversation c
           join identity i on i.workspace_id = c.workspace_id and i.id = c.identity_id
           where c.workspace_id = $1 and c.id = $2 and c.state < 2 and i.kind = 'person'
             and c.medium <> all($3::text[])""",
        tx.workspace_id,
        conversation_id,
        PUBLIC,
    )
