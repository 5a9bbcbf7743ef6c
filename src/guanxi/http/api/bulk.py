"""Many conversations at once: each is a change of its own, in a transaction of its own, with an outcome of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import post

from guanxi import conversations, routing, views
from guanxi.conversations import RESOLVED, Conversation
from guanxi.http.api.given import as_it_is, senseful
from guanxi.http.api.shapes import ConversationRow
from guanxi.http.auth import Desk
from guanxi.infra.sql import Tx, is_passing

MOST_AT_ONCE = 200
Tag = Annotated[str, msgspec.Meta(max_length=60)]
Tags = Annotated[list[Tag], msgspec.Meta(max_length=30)]
Version = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Outcome = Literal["done", "unchanged", "changed", "refused", "missing"]


class DoResolve(msgspec.Struct, tag_field="do", tag="resolve"):
    wrap_up_id: UUID | None = None


class DoReopen(msgspec.Struct, tag_field="do", tag="reopen"):
    """`undo`: resolving it was a slip, so whoever waited for an answer waits on."""

    undo: bool = False


class DoSnooze(msgspec.Struct, tag_field="do", tag="snooze"):
    """`undo`: it was resolved by a slip, and sleeps on."""

    until: datetime | None
    undo: bool = False
    on_reply: bool = True


class DoAssign(msgspec.Struct, tag_field="do", tag="assign"):
    agent_id: UUID | None


class DoTag(msgspec.Struct, tag_field="do", tag="tag"):
    add: Tags = []
    remove: Tags = []


class DoRead(msgspec.Struct, tag_field="do", tag="read"):
    pass


class DoUnread(msgspec.Struct, tag_field="do", tag="unread"):
    pass


class OneOfMany(msgspec.Struct):
    """What to do with one conversation, as it was at `version`: what somebody has changed since is left alone."""

    id: UUID
    version: Version
    act: DoResolve | DoReopen | DoSnooze | DoAssign | DoTag | DoRead | DoUnread


class Many(msgspec.Struct):
    items: Annotated[list[OneOfMany], msgspec.Meta(max_length=MOST_AT_ONCE)]


class OutcomeOfOne(msgspec.Struct):
    """`reason` is a code when it was refused; `row` is what has become of it."""

    id: UUID
    outcome: Outcome
    reason: str
    row: ConversationRow | None


class Outcomes(msgspec.Struct):
    outcomes: list[OutcomeOfOne]


@post("/conversations/bulk", operation_id="act_on_many", right="serve", status_code=200)
async def act_on_many(desk: Desk, data: Many) -> Outcomes:
    """Do something to each of up to 200 conversations. An undo is the inverse of each, asked with its new version."""
    for item in data.items:
        if isinstance(item.act, DoAssign):
            desk.needs("assign")
        if isinstance(item.act, DoResolve | DoReopen | DoSnooze):
            desk.needs("resolve")
        if isinstance(item.act, DoSnooze):
            item.act.until = senseful(item.act.until, "until")
    async with desk.reading() as tx:
        seen = await views.seen(tx, await desk.sight(tx), [item.id for item in data.items])
    came = [(item.id, *(await _one(desk, item) if item.id in seen else ("missing", ""))) for item in data.items]
    async with desk.reading() as tx:
        rows = await views.rows_by_id(tx, sorted(seen))
    texts = [
        f'{{"id":"{id_}","outcome":"{outcome}","reason":"{reason}","row":{rows[id_]["row"] if id_ in rows else "null"}}}'
        for id_, outcome, reason in came
    ]
    return as_it_is(desk.signed(f'{{"outcomes":[{",".join(texts)}]}}'.encode()), Outcomes)


async def _one(desk: Desk, item: OneOfMany) -> tuple[Outcome, str]:
    """What became of it, and why not."""
    try:
        async with desk.transaction() as tx:
            conversation = await conversations.lock(tx, item.id)
            if await conversations.changed_since(tx, item.id, item.version):
                return "changed", ""
            await _act(tx, conversation, item, desk.agent_id)
            after = await conversations.lock(tx, item.id)
        return ("unchanged" if after.version == conversation.version else "done"), ""
    except conversations.NotFound:
        return "missing", ""
    except routing.NotFound:
        return "refused", "agent_gone"
    except (conversations.Refused, routing.Refused) as error:
        return "refused", error.code
    except Exception as error:
        if is_passing(error):  # the others need not suffer for it
            return "refused", "unavailable"
        raise


async def _act(tx: Tx, conversation: Conversation, item: OneOfMany, me: UUID) -> None:
    match item.act:
        case DoResolve(wrap_up_id=wrap_up_id):
            await conversations.resolve(tx, item.id, agent_id=me, wrap_up_id=wrap_up_id)
        case DoReopen(undo=undo):
            await conversations.reopen(tx, item.id, agent_id=me, as_before=undo)
        case DoSnooze(until=until, undo=undo):
            if undo and conversation.state == RESOLVED:
                await conversations.reopen(tx, item.id, agent_id=me, as_before=True)
            if not undo or until is None or until > tx.now:
                on_reply = item.act.on_reply
                await conversations.snooze(tx, item.id, until=until, on_reply=on_reply, agent_id=me)
        case DoAssign(agent_id=agent_id):
            await routing.assign(tx, item.id, agent_id, by=me)
        case DoTag(add=add, remove=remove):
            await conversations.retag(tx, item.id, add=add, remove=remove, agent_id=me)
        case DoRead():
            await conversations.mark_read(tx, item.id, agent_id=me, seq=conversation.last_seq)
        case DoUnread():
            await conversations.mark_unread(tx, item.id, agent_id=me)


routes = [act_on_many]
