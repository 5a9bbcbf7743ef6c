"""Public conversations: the posts that they stand under, and the way from one to the same person in private."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from guanxi import contacts, events, team
from guanxi.channel_kit import Post
from guanxi.conversations.actions.write import add_line
from guanxi.conversations.model import OPEN, Conversation, Refused
from guanxi.conversations.queries import identity_of, lock, lock_current, lock_with_current, private_of
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def keep_posts(tx: Tx, inbox_id: UUID, posts: Sequence[Post]) -> dict[str, UUID]:
    """Our ids of these posts, by the platform's. A post stays as it was when it was first heard of, so conversations
    under it never have to be told of a change."""
    wanted = {post.external_id: post for post in posts}
    ids = await _known(tx, inbox_id, list(wanted))
    fresh = [wanted[key] for key in sorted(wanted.keys() - ids.keys())]
    if not fresh:
        return ids
    await tx.execute(
        """insert into post (workspace_id, id, inbox_id, external_id, audience, author, is_ours, text, url, posted_at, seen_at)
           select $1, p.id, $2, p.external_id, p.audience, p.author, p.is_ours, p.text, p.url, p.posted_at, $3
           from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::text[], $10::text[], $11::timestamptz[])
             as p(id, external_id, audience, author, is_ours, text, url, posted_at)
           on conflict (workspace_id, inbox_id, external_id) do nothing""",
        tx.workspace_id,
        inbox_id,
        tx.now,
        [new_id() for _ in fresh],
        [one.external_id for one in fresh],
        [one.audience for one in fresh],
        [one.author[:200] for one in fresh],
        [one.is_ours for one in fresh],
        [one.text[:10_000] for one in fresh],
        [one.url for one in fresh],
        [one.posted_at for one in fresh],
    )
    return ids | await _known(tx, inbox_id, [one.external_id for one in fresh])


async def _known(tx: Tx, inbox_id: UUID, external_ids: Sequence[str]) -> dict[str, UUID]:
    rows = await tx.fetch(
        "select external_id, id from post where workspace_id = $1 and inbox_id = $2 and external_id = any($3::text[])",
        tx.workspace_id,
        inbox_id,
        list(external_ids),
    )
    return {row["external_id"]: row["id"] for row in rows}


async def follow_up_privately(tx: Tx, conversation_id: UUID, *, medium: str, agent_id: UUID) -> UUID:
    """The private conversation with who speaks in this public one: that which is open, else a new one of this medium.
    Both say in a line that they belong together. Raises NotFound, and Refused('is_private').

    Asked again while that conversation is open, it is the same one, and nothing is written.
    """
    identity_id = await identity_of(tx, conversation_id)
    identity = await contacts.get_identity(tx, identity_id, lock=True)
    await lock_with_current(tx, conversation_id, identity_id)
    public = await lock(tx, conversation_id)
    if not public.is_public:
        raise Refused("is_private")
    private = next((one for one in await lock_current(tx, [identity_id]) if one.thread == ""), None)
    if private is None:
        private = await _open(tx, public, medium, agent_id)
    elif await private_of(tx, conversation_id) == private.id:
        return private.id
    by = await team.name_of(tx, agent_id)
    await _link(tx, public, "followed_up", by, to=private, agent_id=agent_id)
    transfers = await tx.fetchval(
        """update conversation set transfers = transfers + 1 + (
             select transfers from conversation where workspace_id = $1 and id = $3)
           where workspace_id = $1 and id = $2 returning transfers""",
        tx.workspace_id,
        private.id,
        public.id,
    )
    await _link(tx, private, "follows_up", by, to=public, agent_id=agent_id, passed_on={"transfers": transfers})
    await tx.execute(
        "update conversation set private_id = $3 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        public.id,
        private.id,
    )
    assert private.identity_id == identity.id
    return private.id


async def _open(tx: Tx, public: Conversation, medium: str, agent_id: UUID) -> Conversation:
    id_ = new_id()
    await tx.execute(
        """insert into conversation (workspace_id, id, identity_id, inbox_id, channel, medium, thread, queue_id, state,
             last_at, opened_at, queued_at, weight)
           select $1, $2, $3, $4, $5, $6, '', $7, $8, $9, $9, $9, coalesce((weights ->> $6)::smallint, 1)
           from workspace where id = $1""",
        tx.workspace_id,
        id_,
        public.identity_id,
        public.inbox_id,
        public.channel,
        medium,
        public.queue_id,
        OPEN,
        tx.now,
    )
    opened = await lock(tx, id_)
    await events.record(
        tx, "conversation.opened", {"channel": opened.channel, "medium": medium, "by": "agent"},
        conversation=id_, version=opened.version, agent=agent_id,
    )  # fmt: skip
    return opened


async def _link(
    tx: Tx,
    one: Conversation,
    what: str,
    by: str,
    *,
    to: Conversation,
    agent_id: UUID,
    passed_on: Mapping[str, int] | None = None,
) -> None:
    seq = await add_line(tx, one, what, {"by": by, "details": {"conversation": str(to.id)}})
    one.version += 1
    await tx.execute(
        "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        one.id,
        one.version,
        seq,
    )
    await events.record(
        tx, "conversation.linked", {"seq": seq, "to": str(to.id)} | dict(passed_on or {}),
        conversation=one.id, version=one.version, agent=agent_id,
    )  # fmt: skip
