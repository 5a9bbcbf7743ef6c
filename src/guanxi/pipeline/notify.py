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


def calls_of(event: Happened) -> Iterator[Call]:
    """Whom the event calls; never the one who did it."""
    told = event.payload
    kind: CallKind = "mentioned"
    names = told.get("mentions", [])
    if event.kind == "conversation.assigned":
        kind = "transferred" if told.get("transferred") else "assigned"
        names = [told["to"]] if told.get("to") and not told.get("automatic") else []
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
