"""Who calls? Cookie, CSRF header, Origin, access token, and the true address behind trusted proxies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from math import ceil
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from guanxi import access, audit, team, views
from guanxi.access import Right, Who
from guanxi.house import House
from guanxi.http import errors, scopes
from guanxi.http.bearers import Bearers, token_of
from guanxi.http.errors import Refusal
from guanxi.http.plain import JSON, App, Receive, Scope, Send, cookie, header, respond
from guanxi.infra.sql import Caller, Tx
from guanxi.views import Sight

COOKIE = "guanxi"
CACHED_FOR = 4.0  # seconds; a removal that this process did not hear of is unseen no longer than that
OPEN = ("/api/sign-in", "/api/oidc", "/api/openapi.json")
OPEN_BELOW = ("/api/link/", "/api/oidc/", "/api/sign-in/passkey")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class SignIns:
    """The sign-ins that this process has seen lately."""

    house: House
    _known: dict[bytes, tuple[float, Who]] = field(default_factory=dict)
    bearers: Bearers = field(init=False)

    def __post_init__(self) -> None:
        self.bearers = Bearers(self.house)

    async def who(self, token: str) -> Who | None:
        """Whose cookie this is."""
        if not token:
            return None
        key = access.token_hash(token)
        known = self._known.get(key)
        if known is not None and known[0] > monotonic():
            return known[1]
        async with self.house.db.directory() as directory:
            who = await access.find_who(directory, key)
        if who is None:
            self._known.pop(key, None)
            return None
        if len(self._known) > 5000:
            self._known.clear()
        self._known[key] = (monotonic() + CACHED_FOR, who)
        return who

    def forget(self, workspace_id: UUID, agent_id: UUID) -> None:
        """The rights of this agent have changed: look again."""
        self.bearers.forget(workspace_id, agent_id)
        gone = [
            k for k, (_, who) in self._known.items() if (who.workspace_id, who.agent_id) == (workspace_id, agent_id)
        ]
        for key in gone:
            del self._known[key]

    def forget_workspace(self, workspace_id: UUID) -> None:
        """The rules of this workspace have changed: look at everybody again."""
        self.bearers.forget_workspace(workspace_id)
        for key in [key for key, (_, who) in self._known.items() if who.workspace_id == workspace_id]:
            del self._known[key]

    def hear(self, workspace_id: UUID, payload: dict[str, Any]) -> None:
        """From the bus: another process has changed somebody's rights."""
        if payload.get("type") == "signed_out" and payload.get("agent_id"):
            self.forget(workspace_id, UUID(payload["agent_id"]))


@dataclass(frozen=True, slots=True)
class Desk:
    """What a handler needs to serve one signed-in agent. `right` is what the door asked for."""

    house: House
    who: Who
    right: Right = "own"
    means: str = "desk"
    address: str = ""

    @property
    def caller(self) -> Caller:
        """Who asks, for the audit log."""
        return Caller(self.means, self.who.agent_id, self.address)

    @property
    def agent_id(self) -> UUID:
        return self.who.agent_id

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """A transaction of the agent's workspace. Who was removed, or lost the right, before it began cannot change
        anything in it."""
        async with self.house.db.transaction(self.who.workspace_id) as tx:
            tx.caller = self.caller
            rights = await team.find_rights(tx, self.agent_id)
            if rights is None:
                raise Refusal(401, "not_signed_in")
            if self.right not in rights:
                raise Refusal(403, "not_allowed")
            yield tx

    @asynccontextmanager
    async def directory(self) -> AsyncIterator[Tx]:
        """A transaction across workspaces, in which this agent is the one who asked."""
        async with self.house.db.directory() as directory:
            directory.caller = self.caller
            yield directory

    @asynccontextmanager
    async def revealing(self, action: str, kind: str, about_id: object, **details: Any) -> AsyncIterator[Tx]:
        """A transaction that reads what stays hidden otherwise, or carries much away: that is written down."""
        async with self.transaction() as tx:
            yield tx
            await audit.record(tx, action, kind=kind, about_id=about_id, details=details)

    def needs(self, right: Right) -> None:
        """One thing more than the door asked for."""
        if right not in self.who.rights:
            raise Refusal(403, "not_allowed")

    def asking(self, right: Right) -> Desk:
        """The same for a door that asks for this right, too: again when its transaction begins."""
        self.needs(right)
        return replace(self, right=right)

    async def gives(self, tx: Tx, rights: Iterable[Right]) -> None:
        """Somebody gets these rights, or has had them: nobody gives, takes or opens a door to more than he has."""
        if not (await team.find_rights(tx, self.agent_id) or frozenset()) >= set(rights):
            raise Refusal(403, "more_than_own")

    async def masters(self, tx: Tx, agent_id: UUID) -> None:
        """Somebody's role, membership or way in is changed by one who may at least as much as he."""
        await self.gives(tx, await team.find_rights(tx, agent_id, left_too=True) or ())

    async def sight(self, tx: Tx) -> Sight | None:
        """What of the conversations he sees as things stand now; None: everything."""
        return None if self.who.sees == "all" else await views.sight_of(tx, self.agent_id)

    async def must_see(self, tx: Tx, *ids: UUID) -> None:
        """Conversations that are named besides the one in the path: who does not see them finds nothing there."""
        if not await views.seen(tx, await self.sight(tx), ids) >= set(ids):
            raise errors.not_found()

    def reading(self) -> AbstractAsyncContextManager[Tx]:
        return self.house.db.reading(self.who.workspace_id)

    def signed(self, body: bytes) -> bytes:
        """Views' JSON with the addresses of files completed."""
        return sign(self.house, self.who.workspace_id, body)


def sign(house: House, workspace_id: UUID, body: bytes) -> bytes:
    """Complete the addresses of this workspace's files in JSON that the views built."""
    now = house.clock()
    return views.signed(body, workspace_id, lambda key: house.media.url(workspace_id, key, now).partition("?t=")[2])


def is_own_origin(house: House, scope: Scope, *, needed: bool) -> bool:
    """Does the Origin header name the site that was called? Browsers send it with every unsafe request and with
    every socket; `needed` refuses without it."""
    origin = header(scope, b"origin")
    if not origin:
        return not needed
    if origin == _origin_of(house.settings.public_url):
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc != "" and parts.netloc == header(scope, b"host")


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def caller(house: House, scope: Scope) -> str:
    """The caller's address."""
    peer = (scope.get("client") or ("", 0))[0]
    trusted = access.networks(house.settings.trusted_proxies)
    forwarded = ",".join(v.decode("latin-1") for k, v in scope["headers"] if k == b"x-forwarded-for")
    return access.caller_address(peer, forwarded, trusted)


def signed_in(api: App, house: House, sign_ins: SignIns) -> App:
    """Let through to the API: everybody to the open paths, else who is signed in; changes only with the CSRF header.
    A program comes with an access token instead: no cookie, so no CSRF header; only to doors of the token's scopes.

    What is not open is closed, whether it exists or not.
    """

    async def _by_token(token: str, scope: Scope, receive: Receive, send: Send) -> None:
        bearers = sign_ins.bearers
        try:
            bearer = await bearers.find(token)
        except OSError:
            await respond(send, 503, errors.body("unavailable"), [JSON, (b"retry-after", b"1")])
            return
        wait = bearers.wait_of(bearer) if bearer else bearers.wait_of_wrong(caller(house, scope))
        if wait:
            await respond(send, 429, errors.body("too_many"), [JSON, (b"retry-after", str(ceil(wait)).encode())])
        elif bearer is None:
            await respond(send, 401, errors.body("not_signed_in"), [JSON, (b"www-authenticate", b"Bearer")])
        elif (needed := scopes.needed(scope["method"], scope["path"])) is None:
            await respond(send, 403, errors.body("desk_only"), [JSON])
        elif needed not in bearer.scopes:
            await respond(send, 403, errors.body("scope", more={"needed": needed}), [JSON])
        else:
            scope["desk"] = Desk(house, bearer.who, means="token", address=caller(house, scope))
            await api(scope, receive, send)

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        unsafe = scope["method"] not in SAFE
        if (token := token_of(scope)) is not None and path not in OPEN and not path.startswith(OPEN_BELOW):
            await _by_token(token, scope, receive, send)
            return
        if unsafe and not is_own_origin(house, scope, needed=False):
            await respond(send, 403, errors.body("wrong_origin"), [JSON])
            return
        if path in OPEN or path.startswith(OPEN_BELOW):
            await api(scope, receive, send)
            return
        try:
            who = await sign_ins.who(cookie(scope, COOKIE))
        except OSError:
            await respond(send, 503, errors.body("unavailable"), [JSON, (b"retry-after", b"1")])
            return
        if who is None:
            await respond(send, 401, errors.body("not_signed_in"), [JSON])
            return
        if unsafe and not access.same(header(scope, b"x-csrf"), who.csrf):
            await respond(send, 403, errors.body("csrf"), [JSON])
            return
        scope["desk"] = Desk(house, who, address=caller(house, scope))
        await api(scope, receive, send)

    return door
