"""Programs that call with an access token: whose it is, what it may, and how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

from guanxi import access
from guanxi.access import TokenBearer
from guanxi.house import House
from guanxi.http.plain import Scope, header
from guanxi.http.visitor_limits import Limiter

CACHED_FOR = 4.0  # seconds; a revocation in another process is unseen no longer than that
MINUTE = 60.0
WRONG = ((60, MINUTE),)  # tokens that are none, from one address


def token_of(scope: Scope) -> str | None:
    """What stands behind `Authorization: Bearer`; None when the caller does not come with a token."""
    kind, _, token = header(scope, b"authorization").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


@dataclass(slots=True)
class Bearers:
    """The tokens that this process has seen lately. Limits are counted here and forgotten with the process."""

    house: House
    _known: dict[bytes, tuple[float, TokenBearer]] = field(default_factory=dict)
    _wrong: Limiter = field(default_factory=lambda: Limiter(WRONG))
    _calls: Limiter = field(init=False)

    def __post_init__(self) -> None:
        self._calls = Limiter(((self.house.settings.token_calls, MINUTE),))

    async def find(self, token: str) -> TokenBearer | None:
        """Who calls with this token."""
        key = access.token_hash(token)
        known = self._known.get(key)
        if known is not None and known[0] > monotonic():
            until = known[1].expires_at
            return known[1] if until is None or until > self.house.clock() else None
        async with self.house.db.directory() as directory:
            bearer = await access.find_bearer(directory, key)
        if bearer is None:
            self._known.pop(key, None)
            return None
        if len(self._known) > 5000:
            self._known.clear()
        self._known[key] = (monotonic() + CACHED_FOR, bearer)
        return bearer

    def wait_of(self, bearer: TokenBearer) -> float:
        """Seconds until this token may call again; 0: now, and it counts."""
        return self._calls.take(str(bearer.token_id), monotonic())

    def wait_of_wrong(self, address: str) -> float:
        """The same for an address that brought a token which is none."""
        return self._wrong.take(address, monotonic())

    def forget(self, workspace_id: UUID, agent_id: UUID) -> None:
        """The tokens or the rights of this agent have changed: look again."""
        gone = [
            key
            for key, (_, bearer) in self._known.items()
            if (bearer.who.workspace_id, bearer.who.agent_id) == (workspace_id, agent_id)
        ]
        for key in gone:
            del self._known[key]

    def forget_workspace(self, workspace_id: UUID) -> None:
        """The rules of this workspace have changed: look at everybody's again."""
        for key in [key for key, (_, bearer) in self._known.items() if bearer.who.workspace_id == workspace_id]:
            del self._known[key]

    def hear(self, workspace_id: UUID, payload: dict[str, Any]) -> None:
        """From the bus: another process has changed somebody's rights."""
        if payload.get("type") == "signed_out" and payload.get("agent_id"):
            self.forget(workspace_id, UUID(payload["agent_id"]))
