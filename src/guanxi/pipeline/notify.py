"""Notices: who is named in a note, or is given a conversation by somebody else, is called to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from guanxi import team
from guanxi.events import Happened
from guanxi.infra.sql import Tx
from guanxi.team import Call, CallKind


async def notify(tx: Tx, happened: Sequence[Happened]) -> None:
    """Call everybody whom these events concern. What routing gives by itself calls nobody: the list shows it."""
    await team.give_notice(tx, [call for event in happened for call in calls_of(event)])


async def notify_late(tx: Tx, happened: Sequence[Happened]) -> None:
    """An answer is nearly late, or late: whose it is hears of it, and when it is late, or nobody's, who looks after the
    others' work, too. What was answered before anybody looked calls nobody."""
    told = [event for event in happened if event.payload.get("seq") is not None]
    above = await team.supervisors(tx) if told else []
    calls = []
    for event in told:
        kind: CallKind = "missed" if event.kind == "promise.missed" else "warned"
        whose = [UUID(event.payload["agent"])] if event.payload.get("agent") else []
        for agent_id in dict.fromkeys([*whose, *(above if kind == "missed" or not whose else [])]):
            assert event.conversation_id is not None
            calls.append(
                Call(
                    agent_id=agent_id,
                    kind=kind,
                    conversation_id=event.conversation_id,
                    seq=event.payload["seq"],
                    by_id=None,
                    at=event.at,
                )
            )
    await team.give_notice(tx, calls)


def calls_of(event: Happened) -> Iterator[Call]:
    """Whom the event calls; never the one who did it."""
    told = event.payload
    kind: CallKind = "mentioned"
    names = told.get("mentions", [])
    if event.kind == "conversation.assigned":
        kind = "transferred" if told.get("transferred") else "assigned"
        names = [told["to"]] if told.get("to") and not told.get("automatic") else []
        if told.get("taken_from"):
            kind, names = "stepped_in", [told["taken_from"]]
    elif event.kind == "whisper.written":
        kind, names = "whispered", [told["to"]] if told.get("to") else []
    for agent_id in map(UUID, names):
        if agent_id != event.agent_id and event.conversation_id is not None:
            yield Call(
                agent_id=agent_id,
                kind=kind,
                conversation_id=event.conversation_id,
                seq=told["seq"],
                by_id=event.agent_id,
                at=event.at,
            )
