"""Signing in and out, the count of failed attempts, and the record of both."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from guanxi import audit
from guanxi.access.model import Came, Outcome, TooMany, Way
from guanxi.access.queries import is_known_there
from guanxi.access.rules import (
    LIMITS,
    SIGN_IN_LIVES,
    WINDOW,
    account_key,
    address_key,
    new_token,
    pair_key,
    plain_email,
    token_hash,
)
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx


async def count_attempt(tx: Tx, email: str, address: str) -> None:
    """Count an attempt before anything is compared. Commit it whatever comes after; then `refuse_too_many` in the
    next transaction: so a thousand parallel attempts see each other."""
    keys = await _keys(tx, email, address)
    await tx.executemany("insert into sign_in_attempt (key, at) values ($1, $2)", [(key, tx.now) for key in keys])


async def refuse_too_many(tx: Tx, email: str, address: str) -> None:
    """Raises TooMany when this attempt is beyond what account or address may."""
    rows = await tx.fetch(
        """select key, count(*) as attempts, min(at) as first from sign_in_attempt
           where key = any($1::text[]) and at > $2 group by key""",
        await _keys(tx, email, address),
        tx.now - WINDOW,
    )
    over = [row for row in rows if row["attempts"] > _limit(row["key"])]
    if over:
        seconds = int((max(row["first"] for row in over) + WINDOW - tx.now).total_seconds())
        raise TooMany(max(1, seconds), is_first=any(row["attempts"] == _limit(row["key"]) + 1 for row in over))


async def forget_attempts(tx: Tx, email: str, address: str) -> None:
    """The password was right: the account's count starts again, and this one attempt of the address is not held
    against it. Attempts too old to count go as well."""
    keys = await _keys(tx, email, address)
    whole = [key for key in keys if not key.startswith("address:")]
    await tx.execute("delete from sign_in_attempt where key = any($1::text[]) or at < $2", whole, tx.now - WINDOW)
    await tx.execute(
        """delete from sign_in_attempt where ctid in (
             select ctid from sign_in_attempt where key = $1 order by at desc limit 1)""",
        address_key(address),
    )


async def _keys(tx: Tx, email: str, address: str) -> list[str]:
    """What an attempt counts against. Where somebody has come in before only he himself counts: strangers who guess at
    his password, or colleagues behind the same address who mistype theirs, do not lock him out."""
    if await is_known_there(tx, plain_email(email) or "", address):
        return [pair_key(email, address)]
    return [account_key(email), address_key(address)]


def _limit(key: str) -> int:
    return LIMITS[key.partition(":")[0]]


async def sign_in(
    tx: Tx,
    person_id: UUID,
    workspace_id: UUID,
    *,
    address: str = "",
    device: str = "",
    way: Way = "password",
    is_proved: bool = True,
    proved_elsewhere: bool = False,
) -> str:
    """Let a person into a workspace where he serves; returns the cookie's value. Only its hash is kept. `is_proved`: he
    has shown just now who he is, and not only that his browser is known somewhere."""
    token = new_token()
    await tx.execute(
        """insert into sign_in (hash, id, person_id, workspace_id, csrf, created_at, seen_at, expires_at, address, device,
             way, proved_at, proved_elsewhere)
           values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12)""",
        token_hash(token),
        new_id(),
        person_id,
        workspace_id,
        new_token(),
        tx.now,
        tx.now + SIGN_IN_LIVES,
        address[:64],
        device[:200],
        way,
        tx.now if is_proved else None,
        proved_elsewhere,
    )
    await _used(tx, person_id, workspace_id)
    await tx.execute("delete from sign_in where person_id = $1 and expires_at < $2", person_id, tx.now)
    if address:
        await record(tx, person_id, "in", Came(address, device), way=way, workspace_id=workspace_id)
        await tx.execute(
            """insert into known_address (person_id, key, at) values ($1, $2, $3)
               on conflict (person_id, key) do update set at = excluded.at""",
            person_id,
            address_key(address),
            tx.now,
        )
    return token


async def enter(tx: Tx, sign_in_hash: bytes, workspace_id: UUID) -> str | None:
    """A sign-in goes over to another workspace where its person serves; returns the new cookie's value, or None when he
    does not. The old cookie and its CSRF word are worth nothing from now on: what another tab still shows of the old
    workspace cannot change anything in the new one."""
    token = new_token()
    row = await tx.fetchrow(
        """update sign_in s set hash = $3, csrf = $4, workspace_id = $2, seen_at = $5
           where hash = $1 and expires_at > $5 and exists (select from agent a
             where a.workspace_id = $2 and a.person_id = s.person_id and a.removed_at is null)
           returning person_id, way, address, device""",
        sign_in_hash,
        workspace_id,
        token_hash(token),
        new_token(),
        tx.now,
    )
    if row is None:
        return None
    await _used(tx, row["person_id"], workspace_id)
    if row["address"]:
        came = Came(row["address"], row["device"])
        await record(tx, row["person_id"], "in", came, way=row["way"], workspace_id=workspace_id)
    return token


async def _used(tx: Tx, person_id: UUID, workspace_id: UUID) -> None:
    """Where the person lands next time."""
    await tx.execute("update person set last_workspace_id = $2 where id = $1", person_id, workspace_id)


async def record(
    tx: Tx, person_id: UUID, outcome: Outcome, came: Came, *, way: Way = "password", workspace_id: UUID | None = None
) -> None:
    """Write down what came of it: for the workspace that he came into or, when he did not, for all that he serves in."""
    await tx.execute(
        """insert into sign_in_record (workspace_id, id, person_id, at, outcome, way, address, device)
           select workspace_id, gen_random_uuid(), $1, $2, $3, $4, $5, $6 from agent
           where person_id = $1 and removed_at is null and workspace_id = coalesce($7, workspace_id)""",
        person_id,
        tx.now,
        outcome,
        way,
        came.address[:64],
        came.device[:200],
        workspace_id,
    )
    action = "sign_in.came_in" if outcome == "in" else "sign_in.failed"
    said = {"way": way, "device": came.device[:200]} | ({} if outcome == "in" else {"problem": outcome})
    await audit.of_person(tx, person_id, action, address=came.address, workspace_id=workspace_id, details=said)


async def is_signed_in(tx: Tx, sign_in_hash: bytes) -> bool:
    """Is there still such a sign-in?"""
    return bool(
        await tx.fetchval(
            "select exists (select from sign_in where hash = $1 and expires_at > $2)", sign_in_hash, tx.now
        )
    )


async def sign_out(tx: Tx, sign_in_hash: bytes) -> None:
    """Forget one sign-in."""
    await tx.execute("delete from sign_in where hash = $1", sign_in_hash)


async def revoke_sign_in(tx: Tx, person_id: UUID, sign_in_id: UUID) -> tuple[UUID, UUID] | None:
    """End one sign-in of this person; (workspace, agent) that it was for, None when he has no such one."""
    row = await tx.fetchrow(
        """with gone as (delete from sign_in where person_id = $1 and id = $2 returning workspace_id)
           select g.workspace_id, a.id from gone g
           join agent a on a.workspace_id = g.workspace_id and a.person_id = $1""",
        person_id,
        sign_in_id,
    )
    if row is None:
        return None
    await audit.of_person(tx, person_id, "sign_in.ended", workspace_id=row["workspace_id"])
    return (row["workspace_id"], row["id"])


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
    await audit.of_person(tx, person_id, "sign_in.all_ended", workspace_id=workspace_id)


async def forget_old_records(tx: Tx, days: int, most: int) -> int:
    """What is written down about sign-ins has its days; returns how many rows went. In the workspace's transaction."""
    return await tx.execute(
        """delete from sign_in_record where workspace_id = $1 and id in (
             select id from sign_in_record where workspace_id = $1 and at < $2 order by at limit $3)""",
        tx.workspace_id,
        tx.now - timedelta(days=days),
        most,
    )
