"""Who has which conversation open, and who is writing in it: remembered by nobody but the open desks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

FORGOTTEN_AFTER = 60.0  # seconds without word from the process that said it
TYPING_LASTS = 8.0


class Viewing:
    """What one process knows. Each process says who looks at its own sockets; the others replace what it said."""

    def __init__(self) -> None:
        self._said: dict[tuple[UUID, str], dict[str, tuple[float, Mapping[str, str]]]] = {}
        self._typing: dict[tuple[UUID, str, str], float] = {}

    def hear(self, workspace_id: UUID, conversation: str, node: str, agents: Sequence[Mapping[str, str]]) -> None:
        """`node` says that exactly these agents ([{id, name}]) look at the conversation through it."""
        nodes = self._said.setdefault((workspace_id, conversation), {})
        if agents:
            nodes[node] = (monotonic(), {agent["id"]: agent["name"] for agent in agents})
        else:
            nodes.pop(node, None)
        if not nodes:
            del self._said[workspace_id, conversation]

    def hear_typing(self, workspace_id: UUID, conversation: str, agent_id: str, *, on: bool) -> None:
        key = (workspace_id, conversation, agent_id)
        now = monotonic()
        for old in [old for old, until in self._typing.items() if until < now]:
            del self._typing[old]
        if on:
            self._typing[key] = now + TYPING_LASTS
        else:
            self._typing.pop(key, None)

    def of(self, workspace_id: UUID, conversation: str) -> list[dict[str, Any]]:
        """[{id, name, typing}] in a steady order."""
        now = monotonic()
        looking: dict[str, str] = {}
        for said_at, agents in self._said.get((workspace_id, conversation), {}).values():
            if said_at > now - FORGOTTEN_AFTER:
                looking |= agents
        return [
            {"id": id_, "name": name, "typing": self._typing.get((workspace_id, conversation, id_), 0) > now}
            for id_, name in sorted(looking.items())
        ]
