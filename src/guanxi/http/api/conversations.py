"""Reading conversations: the list, the counts, a thread, the raw request behind a message."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import Parameter

from guanxi import conversations, views
from guanxi.http.api.given import as_it_is, as_text
from guanxi.http.api.shapes import ConversationDetail, ConversationPage, Counts, FoundTogether, MessagePage, Raw
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.infra.sql import Tx
from guanxi.team import Conditions
from guanxi.views import Sort, View

Limit = Annotated[int, Parameter(ge=1, le=100)]
Seq = Annotated[int | None, Parameter(ge=0, le=(1 << 63) - 1)]
Place = Annotated[int, Parameter(ge=0, le=(1 << 63) - 1)]
Words = Annotated[str | None, Parameter(max_length=200)]
Sought = Annotated[str, Parameter(max_length=200)]
Cursor = Annotated[str | None, Parameter(max_length=200)]
Key = Annotated[str | None, Parameter(max_length=60, pattern="^[a-z0-9_]*$")]
SaidBy = Literal["contact", "agent", "bot", "note"] | None
Holds = Literal["image", "voice", "video", "file", "link", "location", "card"] | None
TeamOf = Annotated[str | None, Parameter(pattern="^(mine|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
TagName = Annotated[str | None, Parameter(min_length=1, max_length=60)]
FEW = 6  # of each kind that a palette shows


@get("/conversations", operation_id="list_conversations", right="look")
async def list_conversations(
    desk: Desk,
    view: View = "all",
    channel: Key = None,
    assignee: UUID | None = None,
    public: bool | None = None,
    queue: UUID | None = None,
    team: TeamOf = None,
    saved: UUID | None = None,
    q: Words = None,
    by: SaidBy = None,
    holds: Holds = None,
    since: datetime | None = None,
    until: datetime | None = None,
    tag: TagName = None,
    sort: Sort = "newest",
    after: Cursor = None,
    limit: Limit = 50,
) -> ConversationPage:
    """One page of conversations, newest first or longest waiting first.

    `q` finds words of messages and names of contacts within the view, by when they were said last; `view=any` looks
    everywhere. A search that takes long, or a saved view whose conditions seldom meet, answers with fewer rows, even
    none, and says where to go on: the list ends where `next` is null.
    With `team` (an id, or `mine`) only what is a team's: what its members have, and what its queues hold; not in a search.
    With `queue`, the view `queue` shows what waits in that one. With `public` only conversations that everybody reads, or (false) only the others.
    Sorted by waiting, only those are listed whose contact waits for an answer; by what is due, only those to whom
    something is promised. The view `late` holds what is nearly late, or late. With `saved` the list is that of a
    saved view, which has conditions and an order of its own; a search goes everywhere.
    A search can be narrowed to what somebody said (`by`, a note being of the team), what it `holds`, and to a time;
    these need `q`. `tag` narrows a search, or a list of what is open, snoozed or resolved.
    """
    sifted = views.Sifted(by=by, holds=holds, since=_aware(since, "since"), until=_aware(until, "until"), tag=tag)
    if q and q.strip() and team:
        raise Refusal(422, "invalid", fields={"team": "not_in_a_search"})
    if not (q and q.strip()) and (by or holds or since or until):
        raise Refusal(422, "invalid", fields={"q": "missing"})
    ask = views.Ask(
        view=view,
        channel=channel,
        assignee=assignee,
        public=public,
        queue=queue,
        team=team,
        sort=sort,
        after=after,
        limit=limit,
    )
    async with desk.reading() as tx:
        sight = await desk.sight(tx)
        if q and q.strip():
            page = await views.conversations_with(tx, q, ask, desk.agent_id, sifted=sifted, sight=sight)
        elif saved is not None:
            kept = await views.saved_view(tx, saved, desk.agent_id)
            if kept is None:
                raise not_found()
            page = await views.conversations_of_view(
                tx, views.conditions_of(kept), desk.agent_id, after=after, limit=limit, sight=sight
            )
        elif tag is not None:
            tagged = _tagged(tag, ask)
            page = await views.conversations_of_view(tx, tagged, desk.agent_id, after=after, limit=limit, sight=sight)
        else:
            page = await views.conversations(tx, ask, desk.agent_id, sight)
    return as_it_is(desk.signed(page.body()), ConversationPage)


def _tagged(tag: str, ask: views.Ask) -> Conditions:
    state = {"snoozed": "snoozed", "resolved": "resolved"}.get(ask.view, "open")
    whose = {"mine": "me", "queue": "nobody"}.get(ask.view) or (ask.assignee and str(ask.assignee))
    sort = ask.sort if state == "open" else "newest"
    return msgspec.convert(
        {
            "state": state,
            "channel": ask.channel,
            "assignee": whose,
            "tag": tag,
            "public": ask.public,
            "team": ask.team,
            "sort": sort,
        },
        Conditions,
    )


def _aware(at: datetime | None, name: str) -> datetime | None:
    """With its zone, which a time must have."""
    if at is not None and at.tzinfo is None:
        raise Refusal(422, "invalid", fields={name: "no_time_zone"})
    return at


@get("/find", operation_id="find", right="look")
async def find(desk: Desk, q: Sought) -> FoundTogether:
    """The few contacts, tags and conversations in which all of these words occur: what a palette shows while one types."""
    ask = views.Ask(view="any", limit=FEW)
    async with desk.reading() as tx:
        people = await views.people_named(tx, q, FEW) if q.strip() else []
        tags = await views.tags_named(tx, q, FEW) if q.strip() else []
        page = await views.conversations_with(tx, q, ask, desk.agent_id, sight=await desk.sight(tx))
    named = msgspec.json.encode(tags).decode()
    body = f'{{"contacts":[{",".join(people)}],"tags":{named},"conversations":[{",".join(page.rows)}]}}'.encode()
    return as_it_is(desk.signed(body), FoundTogether)


@get("/counts", operation_id="counts", right="look")
async def counts(desk: Desk) -> Counts:
    """How many open conversations each view and each channel holds, counted to 99."""
    async with desk.reading() as tx:
        return as_it_is(await views.counts(tx, desk.agent_id, await desk.sight(tx)), Counts)


@get("/conversations/{conversation_id:uuid}", operation_id="get_conversation", right="look")
async def get_conversation(desk: Desk, conversation_id: UUID) -> ConversationDetail:
    """One conversation, and whether and how it can be answered."""
    async with desk.reading() as tx:
        await lead_on(tx, conversation_id, "")
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


@get("/conversations/{conversation_id:uuid}/messages", operation_id="list_messages", right="look")
async def list_messages(
    desk: Desk, conversation_id: UUID, before: Seq = None, after: Seq = None, limit: Limit = 50
) -> MessagePage:
    """A page of the thread in order of arrival: the newest, those before a seq, or those after one."""
    async with desk.reading() as tx:
        await lead_on(tx, conversation_id, f"/messages?limit={limit}", before=before, after=after)
        page = await views.messages(tx, conversation_id, before=before, after=after, limit=limit)
    return as_it_is(page and desk.signed(page), MessagePage)


@get("/conversations/{conversation_id:uuid}/messages/{seq:int}/raw", operation_id="get_raw", right="look")
async def get_raw(desk: Desk, conversation_id: UUID, seq: Place) -> Raw:
    """The request that a message was read from, without the headers that are keys to something."""
    async with desk.revealing("reveal.raw", "conversation", conversation_id, message=seq) as tx:
        place = await conversations.place_of(tx, conversation_id, seq)
        if place is not None:
            await desk.must_see(tx, place[0])
        row = await views.raw(tx, *(place or (conversation_id, seq)))
        if row is None:
            raise not_found()
    return Raw(received_at=row["received_at"], headers=views.showable(row["headers"]), **as_text(row["body"]))


async def lead_on(tx: Tx, conversation_id: UUID, rest: str, **seqs: int | None) -> None:
    """Who reads a conversation that was merged is led to the one that it goes on in (307, `location`); messages that are
    named by their numbers are looked for there."""
    survivor = await conversations.survivor_of(tx, conversation_id)
    if survivor == conversation_id:
        return
    for name, seq in seqs.items():
        if seq is not None:
            place = await conversations.place_of(tx, conversation_id, seq)
            rest += f"&{name}={place[1] if place else seq}"
    more = {"conversation_id": str(survivor)}
    raise Refusal(307, "merged", more=more, location=f"/api/conversations/{survivor}{rest}")


routes = [list_conversations, find, counts, get_conversation, list_messages, get_raw]
