"""What agents do to conversations. Each verb is one transaction; the answer is what has become of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post

from guanxi import channels, conversations, routing, views
from guanxi import content as contents
from guanxi.http.api.conversations import Place
from guanxi.http.api.given import as_it_is, senseful
from guanxi.http.api.sayable import Said, content_of
from guanxi.http.api.shapes import ConversationDetail, Message, Nothing, Pulled
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal
from guanxi.http.typing import Typing
from guanxi.infra.sql import Tx
from guanxi.live import Hub

Tag = Annotated[str, msgspec.Meta(max_length=60)]
Original = Annotated[str, msgspec.Meta(max_length=20_000)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class WriteReply(msgspec.Struct, kw_only=True):
    """`id` is the writer's own: sent twice, it is one message. `seen_seq` is the newest message he has seen. `public` says
    that he knows that everybody will read it: an answer to a public conversation has to, and no other may. `original`: what
    he wrote himself, where `content` is a translation of it. `quotes`: the seq of the message that it is about."""

    id: UUID
    content: Said
    seen_seq: Seq | None = None
    force: bool = False
    public: bool = False
    original: Original = ""
    quotes: Seq | None = None


class WriteNote(msgspec.Struct):
    """`mentions`: the colleagues whom the note calls. `quotes`: the seq of what it is about, which may be a note."""

    id: UUID
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
    mentions: Annotated[list[UUID], msgspec.Meta(max_length=50)] = []
    quotes: Seq | None = None


class Snooze(msgspec.Struct):
    """Until a time, until the contact writes (`on_reply`), or the first of both. `note` says what for."""

    until: datetime | None = None
    on_reply: bool = True
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Settled(msgspec.Struct):
    """What the matter was about: one of the workspace's wrap-up codes."""

    wrap_up_id: UUID | None = None


class Assign(msgspec.Struct):
    """`seen`: where it was when this was decided; if it is elsewhere by now, 409 moved_meanwhile says where."""

    agent_id: UUID | None
    seen: routing.Seen | None = None


class Transfer(msgspec.Struct):
    """To an agent; or (null) back to where it waits, or into another queue; or to a team, which is the queue that it serves,
    or of several the one in `queue_id`. `seen` as for giving."""

    agent_id: UUID | None
    note: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    queue_id: UUID | None = None
    team_id: UUID | None = None
    seen: routing.Seen | None = None


class Prioritise(msgspec.Struct):
    priority: routing.Priority


class Tags(msgspec.Struct):
    tags: Annotated[list[Tag], msgspec.Meta(max_length=100)]


class Describe(msgspec.Struct):
    """Attributes by their keys; an empty value takes one away. Others stay."""

    attributes: Annotated[
        dict[Annotated[str, msgspec.Meta(max_length=200)], Annotated[str, msgspec.Meta(max_length=2000)]],
        msgspec.Meta(max_length=100),
    ]


class Read(msgspec.Struct):
    seq: Seq


class TypingNow(msgspec.Struct):
    on: bool


class Settle(msgspec.Struct):
    sent: bool


@post("/conversations/{conversation_id:uuid}/replies", operation_id="reply", right="serve")
async def reply(desk: Desk, conversation_id: UUID, data: WriteReply) -> Message:
    """Answer. 409 newer_reply when a colleague has answered after `seen_seq` and `force` is not set; 409 is_public or
    is_private when the conversation is not what `public` says."""
    async with desk.transaction() as tx:
        content = await content_of(tx, data.content)
        await _refuse_what_cannot_go(tx, conversation_id, content)
        await conversations.reply(
            tx,
            conversation_id,
            id=data.id,
            content=content,
            agent_id=desk.agent_id,
            seen_seq=data.seen_seq,
            force=data.force,
            public=data.public,
            original=data.original,
            quotes=data.quotes,
        )
        written = await views.message(tx, data.id)
    return as_it_is(written and desk.signed(written), Message)


@post(
    "/conversations/{conversation_id:uuid}/private",
    operation_id="follow_up_privately",
    right="serve",
    status_code=200,
)
async def follow_up_privately(desk: Desk, conversation_id: UUID) -> ConversationDetail:
    """Go on with who speaks in this public conversation where nobody else reads: the private conversation with the same
    identity, which is opened (and given to the agent) where there is none. Both name the other. 409 is_private, or
    no_private_replies where the channel has none."""
    async with desk.transaction() as tx:
        row = (await views.rows_by_id(tx, [conversation_id])).get(conversation_id)
        manifest = views.manifest_of(row["channel"]) if row else None
        if manifest is not None and not manifest.capabilities.sends:
            raise Refusal(409, "no_private_replies")
        medium = manifest.medium if manifest else "chat"
        private = await conversations.follow_up_privately(tx, conversation_id, medium=medium, agent_id=desk.agent_id)
        found = await conversations.lock(tx, private)
        if found.assignee_id is None:
            await routing.assign(tx, private, desk.agent_id, by=desk.agent_id)
        return await _now(desk, tx, private)


@post("/conversations/{conversation_id:uuid}/notes", operation_id="note", right="serve")
async def note(desk: Desk, conversation_id: UUID, data: WriteNote) -> Message:
    """Write a note for the team."""
    async with desk.transaction() as tx:
        await conversations.note(
            tx,
            conversation_id,
            id=data.id,
            text=data.text,
            agent_id=desk.agent_id,
            mentions=data.mentions,
            quotes=data.quotes,
        )
        written = await views.message(tx, data.id)
    return as_it_is(written and desk.signed(written), Message)


@post("/conversations/{conversation_id:uuid}/resolve", operation_id="resolve", right="resolve", status_code=200)
async def resolve(desk: Desk, conversation_id: UUID, data: Settled | None = None) -> ConversationDetail:
    """422 wrap_up_needed where the workspace wants a wrap-up code and none was given, unknown_code for one that is none."""
    wrap_up_id = data.wrap_up_id if data is not None else None
    async with desk.transaction() as tx:
        await conversations.resolve(tx, conversation_id, agent_id=desk.agent_id, wrap_up_id=wrap_up_id)
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/reopen", operation_id="reopen", right="resolve", status_code=200)
async def reopen(desk: Desk, conversation_id: UUID) -> ConversationDetail:
    async with desk.transaction() as tx:
        await conversations.reopen(tx, conversation_id, agent_id=desk.agent_id)
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/snooze", operation_id="snooze", right="resolve", status_code=200)
async def snooze(desk: Desk, conversation_id: UUID, data: Snooze) -> ConversationDetail:
    """Put it aside until a time, until the contact writes, or until the first of both."""
    until = senseful(data.until, "until")
    async with desk.transaction() as tx:
        await conversations.snooze(
            tx, conversation_id, until=until, on_reply=data.on_reply, note=data.note, agent_id=desk.agent_id
        )
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/assign", operation_id="assign", right="assign", status_code=200)
async def assign(desk: Desk, conversation_id: UUID, data: Assign) -> ConversationDetail:
    """Give it to an agent, or (null) back to the queue."""
    async with desk.transaction() as tx:
        await routing.refuse_if_moved(tx, conversation_id, data.seen)
        await routing.assign(tx, conversation_id, data.agent_id, by=desk.agent_id)
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/transfer", operation_id="transfer", right="assign", status_code=200)
async def transfer(desk: Desk, conversation_id: UUID, data: Transfer) -> ConversationDetail:
    """Hand it over with a word that tells why."""
    if data.agent_id is not None and data.queue_id is not None:
        raise Refusal(422, "invalid", fields={"queue_id": "one_of_both"})
    if data.agent_id is not None and data.team_id is not None:
        raise Refusal(422, "invalid", fields={"team_id": "one_of_both"})
    async with desk.transaction() as tx:
        await routing.refuse_if_moved(tx, conversation_id, data.seen)
        await routing.transfer(
            tx,
            conversation_id,
            data.agent_id,
            note=data.note,
            by=desk.agent_id,
            queue_id=data.queue_id,
            team_id=data.team_id,
        )
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/priority", operation_id="prioritise", right="assign", status_code=200)
async def prioritise(desk: Desk, conversation_id: UUID, data: Prioritise) -> ConversationDetail:
    """Let its turn come earlier, or later."""
    async with desk.transaction() as tx:
        await routing.prioritise(tx, conversation_id, data.priority, by=desk.agent_id)
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/tags", operation_id="tag", right="serve", status_code=200)
async def tag(desk: Desk, conversation_id: UUID, data: Tags) -> ConversationDetail:
    """Replace the tags."""
    async with desk.transaction() as tx:
        await conversations.tag(tx, conversation_id, data.tags, agent_id=desk.agent_id)
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/attributes", operation_id="describe", right="serve", status_code=200)
async def describe(desk: Desk, conversation_id: UUID, data: Describe) -> ConversationDetail:
    """Set what is known of the conversation itself."""
    async with desk.transaction() as tx:
        await conversations.describe(tx, conversation_id, data.attributes, agent_id=desk.agent_id)
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/read", operation_id="mark_read", right="serve", status_code=200)
async def mark_read(desk: Desk, conversation_id: UUID, data: Read) -> ConversationDetail:
    """Everything up to `seq` has been looked at."""
    async with desk.transaction() as tx:
        await conversations.mark_read(tx, conversation_id, agent_id=desk.agent_id, seq=data.seq)
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/unread", operation_id="mark_unread", right="serve", status_code=200)
async def mark_unread(desk: Desk, conversation_id: UUID) -> ConversationDetail:
    """Let it count as unread until somebody opens or answers it."""
    async with desk.transaction() as tx:
        await conversations.mark_unread(tx, conversation_id, agent_id=desk.agent_id)
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/typing", operation_id="typing", right="serve", status_code=200)
async def typing(desk: Desk, hub: Hub, relay: Typing, conversation_id: UUID, data: TypingNow) -> Nothing:
    """Show to colleagues, and to the customer where his channel can, that somebody writes (or has stopped)."""
    async with desk.reading() as tx:
        if not await views.rows_by_id(tx, [conversation_id]):
            raise Refusal(404, "not_found")
    hub.typing(desk.who.workspace_id, conversation_id, by=desk.who.name, on=data.on, agent_id=desk.agent_id)
    relay.say(desk.who.workspace_id, conversation_id, on=data.on)
    return Nothing()


@post(
    "/conversations/{conversation_id:uuid}/messages/{seq:int}/retry",
    operation_id="retry",
    right="serve",
    status_code=200,
)
async def retry(desk: Desk, conversation_id: UUID, seq: Place) -> ConversationDetail:
    """Send a failed reply again."""
    async with desk.transaction() as tx:
        await conversations.retry(tx, conversation_id, seq, agent_id=desk.agent_id)
        return await _now(desk, tx, conversation_id)


@post(
    "/conversations/{conversation_id:uuid}/messages/{seq:int}/settle",
    operation_id="settle",
    right="serve",
    status_code=200,
)
async def settle(desk: Desk, conversation_id: UUID, seq: Place, data: Settle) -> ConversationDetail:
    """Decide about a delivery that nobody can know: it arrived, or it goes again."""
    async with desk.transaction() as tx:
        await conversations.settle_unknown(tx, conversation_id, seq, sent=data.sent, agent_id=desk.agent_id)
        return await _now(desk, tx, conversation_id)


@post("/queue/pull", operation_id="pull", right="serve", status_code=200)
async def pull(desk: Desk) -> Pulled:
    """Take the conversation whose turn it is among those that one is fit for."""
    async with desk.transaction() as tx:
        return Pulled(conversation_id=await routing.pull(tx, desk.agent_id))


async def _now(desk: Desk, tx: Tx, conversation_id: UUID) -> ConversationDetail:
    detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


async def _refuse_what_cannot_go(tx: Tx, conversation_id: UUID, content: contents.Content) -> None:
    """The channel's limits and the reply window, before anything is written."""
    row = (await views.rows_by_id(tx, [conversation_id])).get(conversation_id)
    if row is None:
        raise Refusal(404, "not_found")
    possible = views.reply_of(row, tx)
    if not possible.can and contents.kind_of(content) not in possible.outside:
        raise Refusal(422, possible.reason or "window_closed")
    if row["channel"] in channels.all_channels():
        problem = conversations.fits(content, possible.sends)
        if problem:
            raise Refusal(422, problem)


routes = [
    reply, follow_up_privately, note, resolve, reopen, snooze, assign, transfer, tag, mark_read, mark_unread,
    typing, retry, settle, pull, describe, prioritise,
]  # fmt: skip
