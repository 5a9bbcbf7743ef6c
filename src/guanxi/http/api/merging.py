"""Conversations become one and are taken apart again; a part of one becomes another; two say that they belong together."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post

from guanxi import conversations, views
from guanxi.http.api.conversations import Place
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail, ConversationRow
from guanxi.http.auth import Desk
from guanxi.http.errors import not_found
from guanxi.infra.sql import Tx

Seq = Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]


class Merge(msgspec.Struct):
    """`others`: they go on in the conversation that is named in the path, and their addresses lead to it."""

    others: Annotated[list[UUID], msgspec.Meta(max_length=9)]


class Split(msgspec.Struct):
    """All messages `from_seq` on, or those of `seqs`. `id` is the caller's own, of the new conversation: sent twice, it is one."""

    id: UUID
    from_seq: Seq | None = None
    seqs: Annotated[list[Seq], msgspec.Meta(max_length=1000)] = []


class SplitInTwo(msgspec.Struct):
    """What has become of the old one, and the new one."""

    old: ConversationDetail
    new: ConversationDetail


class TakenApart(msgspec.Struct):
    """The survivor, and what came out of it."""

    survivor: ConversationDetail
    others: list[ConversationRow]


class LinkWith(msgspec.Struct):
    other_id: UUID


class Standing(msgspec.Struct):
    """Where a message stands now: it may have been merged into another conversation, or split from it."""

    conversation_id: UUID
    seq: int


class Neighbour(msgspec.Struct):
    """Another conversation of the same contact; `why_apart` is '' when both can be merged, else why they can only be linked:
    other_identity, other_post."""

    row: ConversationRow
    why_apart: str


class Neighbours(msgspec.Struct):
    neighbours: list[Neighbour]


@post("/conversations/{conversation_id:uuid}/merge", operation_id="merge", right="resolve", status_code=200)
async def merge(desk: Desk, conversation_id: UUID, data: Merge) -> ConversationDetail:
    """Let other conversations with the same identity go on in this one. 409 merged when one of them has been already
    (`conversation_id` is where it goes on), other_identity or other_post when they can only be linked."""
    async with desk.transaction() as tx:
        await desk.must_see(tx, *data.others)
        await conversations.merge(tx, conversation_id, data.others, agent_id=desk.agent_id)
        return as_it_is(await _detail(desk, tx, conversation_id), ConversationDetail)


@post("/conversations/{conversation_id:uuid}/take-apart", operation_id="take_apart", right="resolve", status_code=200)
async def take_apart(desk: Desk, conversation_id: UUID) -> TakenApart:
    """Undo the newest merge of this conversation; what was said and done since stays in it. 409 not_merged, split_since,
    another_open."""
    async with desk.transaction() as tx:
        others = await conversations.take_apart(tx, conversation_id, agent_id=desk.agent_id)
        rows = await views.rows_by_id(tx, sorted(await views.seen(tx, await desk.sight(tx), others)))
        survivor = await _detail(desk, tx, conversation_id)
        listed = desk.signed(f"[{','.join(rows[id_]['row'] for id_ in others if id_ in rows)}]".encode())
    return as_it_is(b'{"survivor":' + (survivor or b"null") + b',"others":' + listed + b"}", TakenApart)


@post("/conversations/{conversation_id:uuid}/split", operation_id="split", right="resolve", status_code=200)
async def split(desk: Desk, conversation_id: UUID, data: Split) -> SplitInTwo:
    """Let a part of what was said stand in a new conversation with the same identity. 422 nothing_to_split, nothing_left."""
    async with desk.transaction() as tx:
        await conversations.split(
            tx, conversation_id, id=data.id, agent_id=desk.agent_id, from_seq=data.from_seq, seqs=data.seqs
        )
        old, new = await _detail(desk, tx, conversation_id), await _detail(desk, tx, data.id)
    return as_it_is(b'{"old":' + (old or b"null") + b',"new":' + (new or b"null") + b"}", SplitInTwo)


@post("/conversations/{conversation_id:uuid}/links", operation_id="link_conversations", right="serve", status_code=200)
async def link_conversations(desk: Desk, conversation_id: UUID, data: LinkWith) -> ConversationDetail:
    """Say that this conversation belongs with another one, of whomever and wherever."""
    async with desk.transaction() as tx:
        await desk.must_see(tx, data.other_id)
        await conversations.link_by_hand(tx, conversation_id, data.other_id, agent_id=desk.agent_id)
        return as_it_is(await _detail(desk, tx, conversation_id), ConversationDetail)


@delete(
    "/conversations/{conversation_id:uuid}/links/{other_id:uuid}",
    operation_id="unlink_conversations",
    right="serve",
    status_code=200,
)
async def unlink_conversations(desk: Desk, conversation_id: UUID, other_id: UUID) -> ConversationDetail:
    """They do not belong together."""
    async with desk.transaction() as tx:
        await desk.must_see(tx, other_id)
        await conversations.link_by_hand(tx, conversation_id, other_id, agent_id=desk.agent_id, linked=False)
        return as_it_is(await _detail(desk, tx, conversation_id), ConversationDetail)


@get("/conversations/{conversation_id:uuid}/neighbours", operation_id="list_neighbours", right="look")
async def list_neighbours(desk: Desk, conversation_id: UUID) -> Neighbours:
    """The other conversations of the same contact, newest first, and which of them can be merged with this one."""
    async with desk.reading() as tx:
        found = await views.neighbours(tx, conversation_id, await desk.sight(tx))
    if found is None:
        raise not_found()
    texts = [f'{{"row":{row},"why_apart":"{why}"}}' for row, why in found]
    return as_it_is(desk.signed(f'{{"neighbours":[{",".join(texts)}]}}'.encode()), Neighbours)


@get("/conversations/{conversation_id:uuid}/messages/{seq:int}/place", operation_id="get_place", right="look")
async def get_place(desk: Desk, conversation_id: UUID, seq: Place) -> Standing:
    """Where the message that has, or had, this number in this conversation stands now."""
    async with desk.reading() as tx:
        place = await conversations.place_of(tx, conversation_id, seq)
        if place is None:
            if await conversations.find_reply(tx, conversation_id, seq) is None:
                raise not_found()
            place = conversation_id, seq
        await desk.must_see(tx, place[0])
    return Standing(*place)


async def _detail(desk: Desk, tx: Tx, conversation_id: UUID) -> bytes | None:
    found = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return found and desk.signed(found)


routes = [merge, take_apart, split, link_conversations, unlink_conversations, list_neighbours, get_place]
