"""People, the one-time links that open a door to them, and the access tokens of their programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from guanxi import audit
from guanxi.access import passwords
from guanxi.access.model import Link, LinkGone, Purpose, Role, Scope, TooManyTokens
from guanxi.access.queries import find_person, get_language
from guanxi.access.rules import LINK_LIVES, MOST_TOKENS, new_access_token, new_token, token_hash
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def make_link(
    tx: Tx,
    purpose: Purpose,
    *,
    workspace_id: UUID | None = None,
    person_id: UUID | None = None,
    email: str = "",
    role: Role = "agent",
    role_id: UUID | None = None,
    clears_second_factor: bool = False,
    lives: timedelta = LINK_LIVES,
) -> str:
    """A new one-time link; returns its token, of which only the hash is kept. `link_url` makes it an address."""
    token = new_token()
    await tx.execute(
        """insert into link (hash, purpose, workspace_id, person_id, email, role, expires_at, created_at,
             clears_second_factor, role_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        token_hash(token),
        purpose,
        workspace_id,
        person_id,
        email,
        role,
        tx.now + lives,
        tx.now,
        clears_second_factor,
        role_id,
    )
    if workspace_id is not None:
        said: dict[str, Any] = {"role": role, "email": email} if purpose == "invitation" else {}
        if person_id is not None:
            said = {"email": (await get_language(tx, person_id))[0], "clears_second_factor": clears_second_factor}
        await audit.record(tx, f"agent.link_{purpose}", workspace_id=workspace_id, details=said)
    return token


async def link_to_reset(tx: Tx, email: str, *, clears_second_factor: bool) -> str:
    """For the command line: a link that sets a new password. Raises ValueError with a sentence."""
    person = await find_person(tx, email)
    if person is None or person.workspace_id is None:
        raise ValueError(f"Nobody with the address {email} serves here.")
    return await make_link(
        tx,
        "reset",
        workspace_id=person.workspace_id,
        person_id=person.id,
        clears_second_factor=clears_second_factor,
    )


def link_url(public_url: str, token: str) -> str:
    """The page of the desktop that a link opens."""
    return f"{public_url}/link/{token}"


async def use_link(tx: Tx, token: str) -> Link:
    """Use a link up. Of two at once one gets it, the other LinkGone; undone if this transaction is."""
    return await use_link_hashed(tx, token_hash(token))


async def use_link_hashed(tx: Tx, link: bytes) -> Link:
    """The same by the hash that is kept of it."""
    row = await tx.fetchrow(
        """update link set used_at = $2 where hash = $1 and used_at is null and expires_at > $2
           returning purpose, workspace_id, person_id, email, role, role_id, expires_at, clears_second_factor""",
        link,
        tx.now,
    )
    if row is None:
        raise LinkGone
    return Link(**dict(row))


async def add_person(tx: Tx, *, email: str, name: str, password_hash: str | None, language: str) -> UUID:
    """A new person. Raises asyncpg's UniqueViolationError when the address is taken."""
    id_ = new_id()
    await tx.execute(
        """insert into person (id, email, name, password_hash, language, created_at) values ($1, $2, $3, $4, $5, $6)""",
        id_,
        email,
        name,
        password_hash,
        language,
        tx.now,
    )
    return id_


async def change_person(
    tx: Tx, person_id: UUID, *, name: str | None = None, language: str | None = None, password_hash: str | None = None
) -> None:
    """Change what is given."""
    await tx.execute(
        """update person set name = coalesce($2, name), language = coalesce($3, language),
             password_hash = coalesce($4, password_hash) where id = $1""",
        person_id,
        name,
        language,
        password_hash,
    )
    if password_hash is not None:
        await audit.of_person(tx, person_id, "sign_in.password_set")


async def set_password(tx: Tx, person_id: UUID, password: str) -> None:
    """For the command line: one call that hashes and keeps."""
    await change_person(tx, person_id, password_hash=await passwords.hashed(password))


async def make_access_token(
    tx: Tx,
    agent_id: UUID,
    *,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime | None,
    proved_elsewhere: bool = False,
) -> tuple[UUID, str]:
    """A new access token of an agent; returns its id and the token, of which only the hash is kept. Raises
    TooManyTokens. In the workspace's own transaction."""
    already = await tx.fetchval(
        "select count(*) from access_token where workspace_id = $1 and agent_id = $2", tx.workspace_id, agent_id
    )
    if already >= MOST_TOKENS:
        raise TooManyTokens
    id_, token = new_id(), new_access_token()
    await tx.execute(
        """insert into access_token (workspace_id, id, agent_id, hash, start, name, scopes, created_at, expires_at,
             proved_elsewhere)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        tx.workspace_id,
        id_,
        agent_id,
        token_hash(token),
        token[:8],
        name,
        sorted(set(scopes)),
        tx.now,
        expires_at,
        proved_elsewhere,
    )
    await audit.add(tx, "token", id_, by=agent_id)
    return id_, token


async def revoke_access_token(tx: Tx, token_id: UUID, *, of: UUID | None = None) -> UUID | None:
    """The token opens nothing any more. Returns whose it was; None when there is none, or when it is another agent's
    than `of`."""
    was = await audit.standing(tx, "token", token_id)
    agent_id: UUID | None = await tx.fetchval(
        """delete from access_token where workspace_id = $1 and id = $2 and agent_id = coalesce($3, agent_id)
           returning agent_id""",
        tx.workspace_id,
        token_id,
        of,
    )
    if agent_id is not None:
        await audit.changed(tx, "token", token_id, was, by=of)
    return agent_id


async def revoke_all_access_tokens(tx: Tx, agent_id: UUID) -> None:
    """Whoever leaves takes the keys of his programs with him; who comes back makes new ones."""
    await tx.execute("delete from access_token where workspace_id = $1 and agent_id = $2", tx.workspace_id, agent_id)


async def change_rules(tx: Tx, *, password_length: int | None, needs_second_factor: bool | None) -> None:
    """The workspace's own rules for coming in. In the workspace's own transaction."""
    was = await audit.standing(tx, "workspace", tx.workspace_id)
    await tx.execute(
        """update workspace set password_length = coalesce($2, password_length),
             needs_second_factor = coalesce($3, needs_second_factor) where id = $1""",
        tx.workspace_id,
        password_length,
        needs_second_factor,
    )
    await audit.changed(tx, "workspace", tx.workspace_id, was, action="workspace.sign_in_rules")
