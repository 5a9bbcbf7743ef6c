"""Signing in and out, links, and the count of failed attempts. All by the directory's role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from guanxi.access import passwords
from guanxi.access.model import Link, LinkGone, Purpose, Role, Scope, TooMany, TooManyTokens
from guanxi.access.rules import (
    ATTEMPTS,
    LINK_LIVES,
    MOST_TOKENS,
    SIGN_IN_LIVES,
    WINDOW,
    account_key,
    address_key,
    new_access_token,
    new_token,
    token_hash,
)
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def count_attempt(tx: Tx, email: str, address: str) -> None:
    """Count an attempt before anything is compared. Commit it whatever comes after; then `refuse_too_many` in the
    next transaction: so a thousand parallel attempts see each other."""
    await tx.executemany(
        "insert into sign_in_attempt (key, at) values ($1, $2)",
        [(account_key(email), tx.now), (address_key(address), tx.now)],
    )


async def refuse_too_many(tx: Tx, email: str, address: str) -> None:
    """Raises TooMany when this attempt is beyond what account or address may."""
    rows = await tx.fetch(
        """select key, count(*) as attempts, min(at) as first from sign_in_attempt
           where key = any($1::text[]) and at > $2 group by key""",
        [account_key(email), address_key(address)],
        tx.now - WINDOW,
    )
    over = [row for row in rows if row["attempts"] > ATTEMPTS]
    if over:
        raise TooMany(max(1, int((max(row["first"] for row in over) + WINDOW - tx.now).total_seconds())))


async def forget_attempts(tx: Tx, email: str, address: str) -> None:
    """The password was right: the account's count starts again, and this one attempt of the address is not held
    against it. Attempts too old to count go as well."""
    await tx.execute("delete from sign_in_attempt where key = $1 or at < $2", account_key(email), tx.now - WINDOW)
    await tx.execute(
        """delete from sign_in_attempt where ctid in (
             select ctid from sign_in_attempt where key = $1 order by at desc limit 1)""",
        address_key(address),
    )


async def sign_in(tx: Tx, person_id: UUID, workspace_id: UUID, *, address: str = "", device: str = "") -> str:
    """Let a person into a workspace where he serves; returns the cookie's value. Only its hash is kept."""
    token = new_token()
    await tx.execute(
        """insert into sign_in (hash, person_id, workspace_id, csrf, created_at, seen_at, expires_at, address, device)
           values ($1, $2, $3, $4, $5, $5, $6, $7, $8)""",
        token_hash(token),
        person_id,
        workspace_id,
        new_token(),
        tx.now,
        tx.now + SIGN_IN_LIVES,
        address[:64],
        device[:200],
    )
    await tx.execute("delete from sign_in where person_id = $1 and expires_at < $2", person_id, tx.now)
    return token


async def sign_out(tx: Tx, sign_in_hash: bytes) -> None:
    """Forget one sign-in."""
    await tx.execute("delete from sign_in where hash = $1", sign_in_hash)


async def sign_out_everywhere(
    tx: Tx, person_id: UUID, *, workspace_id: UUID | None = None, but: bytes | None = None
) -> None:
    """Forget all sign-ins of a person (of one workspace, if named), except that of hash `but`."""
    await tx.execute(
        """delete from sign_in where person_id = $1 and ($2::uuid is null or workspace_id = $2)
             and ($3::bytea is null or hash <> $3)""",
        person_id,
        workspace_id,
        but,
    )


async def make_link(
    tx: Tx,
    purpose: Purpose,
    *,
    workspace_id: UUID | None = None,
    person_id: UUID | None = None,
    email: str = "",
    role: Role = "agent",
    lives: timedelta = LINK_LIVES,
) -> str:
    """A new one-time link; returns its token, of which only the hash is kept. `link_url` makes it an address."""
    token = new_token()
    await tx.execute(
        """insert into link (hash, purpose, workspace_id, person_id, email, role, expires_at, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        token_hash(token),
        purpose,
        workspace_id,
        person_id,
        email,
        role,
        tx.now + lives,
        tx.now,
    )
    return token


def link_url(public_url: str, token: str) -> str:
    """The page of the desktop that a link opens."""
    return f"{public_url}/link/{token}"


async def use_link(tx: Tx, token: str) -> Link:
    """Use a link up. Of two at once one gets it, the other LinkGone; undone if this transaction is."""
    row = await tx.fetchrow(
        """update link set used_at = $2 where hash = $1 and used_at is null and expires_at > $2
           returning purpose, workspace_id, person_id, email, role, expires_at""",
        token_hash(token),
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


async def set_password(tx: Tx, person_id: UUID, password: str) -> None:
    """For the command line: one call that hashes and keeps."""
    await change_person(tx, person_id, password_hash=await passwords.hashed(password))


async def make_access_token(
    tx: Tx, agent_id: UUID, *, name: str, scopes: Sequence[Scope], expires_at: datetime | None
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
        """insert into access_token (workspace_id, id, agent_id, hash, start, name, scopes, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        tx.workspace_id,
        id_,
        agent_id,
        token_hash(token),
        token[:8],
        name,
        sorted(set(scopes)),
        tx.now,
        expires_at,
    )
    return id_, token


async def revoke_access_token(tx: Tx, token_id: UUID, *, of: UUID | None = None) -> UUID | None:
    """The token opens nothing any more. Returns whose it was; None when there is none, or when it is another agent's
    than `of`."""
    agent_id: UUID | None = await tx.fetchval(
        """delete from access_token where workspace_id = $1 and id = $2 and agent_id = coalesce($3, agent_id)
           returning agent_id""",
        tx.workspace_id,
        token_id,
        of,
    )
    return agent_id


async def revoke_all_access_tokens(tx: Tx, agent_id: UUID) -> None:
    """Whoever leaves takes the keys of his programs with him; who comes back makes new ones."""
    await tx.execute("delete from access_token where workspace_id = $1 and agent_id = $2", tx.workspace_id, agent_id)
