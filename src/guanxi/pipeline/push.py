"""PUSH: who has asked for it is called on his own devices, each in a lane of its own; what the call says is read when it
goes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from guanxi import views
from guanxi.events import Happened
from guanxi.infra import jobs
from guanxi.infra.jobs import Wanted
from guanxi.infra.sql import Tx

POOL = "push"


class Reason(NamedTuple):
    """Why an agent is called: mentioned, assigned, transferred; warned, missed: what was promised to her contact."""

    agent_id: UUID
    kind: str
    conversation_id: UUID
    seq: int


async def push(tx: Tx, happened: Sequence[Happened]) -> None:
    """Call whom these events concern: who is named in a note or given a conversation, whose answer is nearly late, and whoever
    has one in which its contact has written. What a conversation says twice in one batch calls once."""
    called = {(why.agent_id, why.conversation_id): why for event in happened for why in reasons(event)}
    written = {
        event.conversation_id: event
        for event in happened
        if event.kind == "message.received" and event.conversation_id and event.payload.get("author") == "contact"
    }
    wanted = []
    if called:
        agents = sorted({agent_id for agent_id, _ in called})
        for device_id, agent_id in await views.devices_of_agents(tx, agents):
            wanted += [
                _wanted(device_id, why.kind, why.conversation_id, why.seq)
                for why in called.values()
                if why.agent_id == agent_id
            ]
    if written:
        for device_id, conversation_id in await views.devices_of_conversations(tx, sorted(written)):
            wanted.append(_wanted(device_id, "reply", conversation_id, 0))
    await jobs.enqueue(tx, wanted)


def reasons(event: Happened) -> Iterator[Reason]:
    """Whom the event calls; never the one who did it. Unlike a notice, what routing gives by itself calls, too: the desk is
    closed, and nobody sees the list."""
    told, conversation_id = event.payload, event.conversation_id
    if conversation_id is None:
        return
    kind, names = "mentioned", told.get("mentions", []) if event.kind == "note.written" else []
    if event.kind == "conversation.assigned":
        kind = "transferred" if told.get("transferred") else "assigned"
        names = [told["to"]] if told.get("to") else []
    elif event.kind in ("promise.warned", "promise.missed") and told.get("agent") and told.get("seq") is not None:
        kind, names = event.kind.partition(".")[2], [told["agent"]]
    for agent_id in map(UUID, names):
        if agent_id != event.agent_id:
            yield Reason(agent_id, kind, conversation_id, int(told.get("seq", 0)))


def _wanted(device_id: UUID, kind: str, conversation_id: UUID, seq: int) -> Wanted:
    args = {"device": str(device_id), "kind": kind, "conversation": str(conversation_id), "seq": seq}
    return Wanted(lane=f"push:{device_id}", pool=POOL, kind="push", args=args)
