"""Access tokens: an agent makes them for his programs and revokes them; admins see and revoke everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post

from guanxi import access, events, views
from guanxi.access import Right, Scope
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import Nothing
from guanxi.http.api.shapes_integrations import MadeToken, Token
from guanxi.http.auth import Desk, SignIns
from guanxi.http.errors import Refusal, not_found

# What an agent needs to set up a thing himself, before a program of his may.
SETS_UP: Mapping[Scope, frozenset[Right]] = {
    "admin:inboxes": frozenset({"channels"}),
    "admin:team": frozenset({"team", "workspace", "audit"}),
    "admin:integrations": frozenset({"integrations"}),
}


class MakeToken(msgspec.Struct, kw_only=True):
    """`days` is how long it lives; null: until it is revoked."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=10)]
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None


@get("/tokens", operation_id="list_tokens", right="look")
async def list_tokens(desk: Desk) -> list[Token]:
    """One's own access tokens; who may change the team sees those of all colleagues."""
    async with desk.reading() as tx:
        everybody = "team" in desk.who.rights
        return as_it_is(await views.access_tokens(tx, None if everybody else desk.agent_id), list[Token])


@post("/tokens", operation_id="make_token", right="look")
async def make_token(desk: Desk, data: MakeToken) -> MadeToken:
    """A new access token. It is shown this once, and may never do more than its agent may."""
    if any(scope in SETS_UP and not SETS_UP[scope] & desk.who.rights for scope in data.scopes):
        raise Refusal(422, "invalid", fields={"scopes": "not_allowed"})
    async with desk.transaction() as tx:
        expires_at = tx.now + timedelta(days=data.days) if data.days else None
        token_id, token = await access.make_access_token(
            tx,
            desk.agent_id,
            name=data.name.strip() or "…",
            scopes=data.scopes,
            expires_at=expires_at,
            proved_elsewhere=desk.who.proved_elsewhere,
        )
        await events.record(tx, "access_token.changed", {"token_id": str(token_id)}, agent=desk.agent_id)
        shown = await views.access_token(tx, token_id)
    return as_it_is(f'{{"token":"{token}","about":{shown}}}'.encode(), MadeToken)


@delete("/tokens/{token_id:uuid}", operation_id="revoke_token", right="look", status_code=200)
async def revoke_token(desk: Desk, sign_ins: SignIns, token_id: UUID) -> Nothing:
    """The token opens nothing any more. An agent revokes his own, who may change the team anybody's."""
    async with desk.transaction() as tx:
        own = None if "team" in desk.who.rights else desk.agent_id
        whose = await access.revoke_access_token(tx, token_id, of=own)
        if whose is None:
            raise not_found()
        await events.record(tx, "access_token.changed", {"token_id": str(token_id)}, agent=desk.agent_id)
    sign_ins.bearers.forget(desk.who.workspace_id, whose)
    return Nothing()


routes = [list_tokens, make_token, revoke_token]
