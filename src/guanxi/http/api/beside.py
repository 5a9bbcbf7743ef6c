"""What a supervisor does beside an agent: she whispers, steps in with a reason, and hands back; she lends agents to queues."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post

from guanxi import conversations, routing, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail, Message, Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal
from guanxi.infra.sql import Tx


class Whisper(msgspec.Struct):
    """`id` is the writer's own: sent twice, it is one whisper."""

    id: UUID
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]


class StepIn(msgspec.Struct):
    """`reason` is told to the agent. `seen`: where the conversation was when this was decided."""

    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    seen: routing.Seen | None = None


@post("/conversations/{conversation_id:uuid}/whispers", operation_id="whisper", right="serve")
async def whisper(desk: Desk, conversation_id: UUID, data: Whisper) -> Message:
    """Say something to the agent of this conversation that its customer never hears; she may answer in the same way."""
    async with desk.transaction() as tx:
        await conversations.whisper(tx, conversation_id, id=data.id, text=data.text, agent_id=desk.agent_id)
        written = await views.message(tx, data.id)
    return as_it_is(written and desk.signed(written), Message)


@post("/conversations/{conversation_id:uuid}/step-in", operation_id="step_in", right="supervise", status_code=200)
async def step_in(desk: Desk, conversation_id: UUID, data: StepIn) -> ConversationDetail:
    """Take the conversation over from its agent, who is told why. 409 moved_meanwhile when it is not where it was seen,
    409 yours_already."""
    async with desk.transaction() as tx:
        await routing.refuse_if_moved(tx, conversation_id, data.seen)
        await routing.step_in(tx, conversation_id, by=desk.agent_id, reason=data.reason.strip())
        return await _now(desk, tx, conversation_id)


@post("/conversations/{conversation_id:uuid}/hand-back", operation_id="hand_back", right="supervise", status_code=200)
async def hand_back(desk: Desk, conversation_id: UUID) -> ConversationDetail:
    """Give it back to the agent whom somebody stepped in for. 409 nobody_to_hand_back_to."""
    async with desk.transaction() as tx:
        await routing.hand_back(tx, conversation_id, by=desk.agent_id)
        return await _now(desk, tx, conversation_id)


class ServeIn(msgspec.Struct):
    """The queues that name who serves there, and in which she is to be one of those."""

    queue_ids: Annotated[list[UUID], msgspec.Meta(max_length=200)]


class ServedBefore(msgspec.Struct):
    """In which of them she served until now: to put it back."""

    queue_ids: list[UUID]


class AgentPresence(msgspec.Struct):
    presence: routing.Chosen


@post("/agents/{agent_id:uuid}/queues", operation_id="serve_in", right="supervise", status_code=200)
async def serve_in(desk: Desk, agent_id: UUID, data: ServeIn) -> ServedBefore:
    """Let an agent serve in these queues, and in no other of those that name who serves there."""
    async with desk.transaction() as tx:
        if desk.who.sees != "all":
            raise Refusal(403, "not_allowed")  # he would widen what he sees
        return ServedBefore(await routing.serve_in(tx, agent_id, data.queue_ids, by=desk.agent_id))


@post("/agents/{agent_id:uuid}/presence", operation_id="set_presence_of", right="supervise", status_code=200)
async def set_presence_of(desk: Desk, agent_id: UUID, data: AgentPresence) -> Nothing:
    """Say for an agent that she comes, takes a break, or goes: somebody has gone home and forgotten to."""
    async with desk.transaction() as tx:
        await routing.set_presence_of(tx, agent_id, data.presence, by=desk.agent_id)
    return Nothing()


async def _now(desk: Desk, tx: Tx, conversation_id: UUID) -> ConversationDetail:
    detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


routes = [whisper, step_in, hand_back, serve_in, set_presence_of]
