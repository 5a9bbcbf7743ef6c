"""Finding people, sign-ins and links. All of them are read by the directory's role, across workspaces."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from guanxi.access.model import Link, LinkGone, Person, Right, TokenBearer, Who
from guanxi.access.rules import KNOWN_FOR, address_key, rights_held, token_hash
from guanxi.infra.sql import Tx


async def find_who(tx: Tx, sign_in: bytes) -> Who | None:
    """Whose cookie has this hash: an agent who still serves, or None. Says that he was seen, once a minute."""
    row = await tx.fetchrow(
        """select s.person_id, s.workspace_id, s.csrf, a.id as agent_id, a.role, r.rights, coalesce(r.sees, 'all') as sees, a.name, s.seen_at,
             s.proved_at, s.proved_elsewhere, s.way,
             w.needs_second_factor and p.totp_since is null and not s.proved_elsewhere as lacks_second_factor
           from sign_in s join agent a on a.workspace_id = s.workspace_id and a.person_id = s.person_id
           join workspace w on w.id = s.workspace_id join person p on p.id = s.person_id
           left join role r on r.workspace_id = a.workspace_id and r.id = a.role_id
           where s.hash = $1 and s.expires_at > $2 and a.removed_at is null""",
        sign_in,
        tx.now,
    )
    if row is None:
        return None
    if (tx.now - row["seen_at"]).total_seconds() > 60:
        await tx.execute("update sign_in set seen_at = $2 where hash = $1", sign_in, tx.now)
    return Who(
        sign_in=sign_in,
        person_id=row["person_id"],
        workspace_id=row["workspace_id"],
        agent_id=row["agent_id"],
        role=row["role"],
        rights=rights_held(row["role"], row["rights"]),
        name=row["name"],
        csrf=row["csrf"],
        lacks_second_factor=row["lacks_second_factor"],
        proved_at=row["proved_at"],
        proved_elsewhere=row["proved_elsewhere"],
        way=row["way"],
        sees=row["sees"],
    )


async def still_signed_in(tx: Tx, sign_ins: Sequence[bytes]) -> dict[bytes, frozenset[Right]]:
    """Those of these sign-ins that still let somebody in, and what they may."""
    rows = await tx.fetch(
        """select s.hash, a.role, r.rights from sign_in s join agent a on a.workspace_id = s.workspace_id and a.person_id = s.person_id
           join workspace w on w.id = s.workspace_id join person p on p.id = s.person_id
           left join role r on r.workspace_id = a.workspace_id and r.id = a.role_id
           where s.hash = any($1::bytea[]) and s.expires_at > $2 and a.removed_at is null
             and not (w.needs_second_factor and p.totp_since is null and not s.proved_elsewhere)""",
        list(sign_ins),
        tx.now,
    )
    return {bytes(row["hash"]): rights_held(row["role"], row["rights"]) for row in rows}


async def still_good(tx: Tx, tokens: Sequence[bytes]) -> dict[bytes, frozenset[Right]]:
    """Those of these access tokens that still open, and what their agent may."""
    rows = await tx.fetch(
        """select t.hash, a.role, r.rights from access_token t join agent a on a.workspace_id = t.workspace_id and a.id = t.agent_id
           join workspace w on w.id = t.workspace_id join person p on p.id = a.person_id
           left join role r on r.workspace_id = a.workspace_id and r.id = a.role_id
           where t.hash = any($1::bytea[]) and (t.expires_at is null or t.expires_at > $2) and a.removed_at is null
             and not (w.needs_second_factor and p.totp_since is null and not t.proved_elsewhere)""",
        list(tokens),
        tx.now,
    )
    return {bytes(row["hash"]): rights_held(row["role"], row["rights"]) for row in rows}


async def find_bearer(tx: Tx, token: bytes) -> TokenBearer | None:
    """Whose access token has this hash: of an agent who still serves, or None. Says that it was used, once a minute."""
    row = await tx.fetchrow(
        """select t.workspace_id, t.id, t.scopes, t.expires_at, t.agent_id, t.last_used_at, a.person_id, a.role, r.rights,
             coalesce(r.sees, 'all') as sees, a.name, w.needs_second_factor and p.totp_since is null and not t.proved_elsewhere as lacks_second_factor
           from access_token t join agent a on a.workspace_id = t.workspace_id and a.id = t.agent_id
           join workspace w on w.id = t.workspace_id join person p on p.id = a.person_id
           left join role r on r.workspace_id = a.workspace_id and r.id = a.role_id
           where t.hash = $1 and (t.expires_at is null or t.expires_at > $2) and a.removed_at is null""",
        token,
        tx.now,
    )
    if row is None:
        return None
    if row["last_used_at"] is None or (tx.now - row["last_used_at"]).total_seconds() > 60:
        await tx.execute("update access_token set last_used_at = $2 where hash = $1", token, tx.now)
    return TokenBearer(
        who=Who(
            sign_in=token,
            person_id=row["person_id"],
            workspace_id=row["workspace_id"],
            agent_id=row["agent_id"],
            role=row["role"],
            rights=rights_held(row["role"], row["rights"]),
            name=row["name"],
            csrf="",
            lacks_second_factor=row["lacks_second_factor"],
            sees=row["sees"],
        ),
        token_id=row["id"],
        scopes=frozenset(row["scopes"]),
        expires_at=row["expires_at"],
    )


async def find_person(tx: Tx, email: str) -> Person | None:
    """The person with this address, and the workspace that he was last in."""
    row = await tx.fetchrow(
        """select p.id, p.email, p.name, p.password_hash, p.totp_since is not null as has_second_factor,
             (select coalesce(max(w.password_length), 10) from agent a join workspace w on w.id = a.workspace_id
                where a.person_id = p.id and a.removed_at is null) as password_length,
             (select a.workspace_id from agent a where a.person_id = p.id and a.removed_at is null
                order by a.workspace_id is not distinct from p.last_workspace_id desc, a.seen_at desc nulls last, a.created_at
                limit 1) as workspace_id
           from person p where lower(p.email) = lower($1)""",
        email,
    )
    return None if row is None else Person(**dict(row))


async def get_person(tx: Tx, person_id: UUID) -> Person:
    """The person of this id, who must exist."""
    row = await tx.fetchrow(
        """select p.id, p.email, p.name, p.password_hash, p.totp_since is not null as has_second_factor,
             (select coalesce(max(w.password_length), 10) from agent a join workspace w on w.id = a.workspace_id
                where a.person_id = p.id and a.removed_at is null) as password_length,
             (select a.workspace_id from agent a where a.person_id = p.id and a.removed_at is null
                order by a.workspace_id is not distinct from p.last_workspace_id desc, a.seen_at desc nulls last, a.created_at
                limit 1) as workspace_id
           from person p where p.id = $1""",
        person_id,
    )
    return Person(**dict(row))


async def get_language(tx: Tx, person_id: UUID) -> tuple[str, str]:
    """(e-mail, language) of a person."""
    row = await tx.fetchrow("select email, language from person where id = $1", person_id)
    return row["email"], row["language"]


async def find_account(tx: Tx, issuer: str, subject: str) -> Person | None:
    """Whose account at a company's sign-on this is."""
    person_id = await tx.fetchval(
        "select person_id from company_account where issuer = $1 and subject = $2", issuer, subject
    )
    return None if person_id is None else await get_person(tx, person_id)


async def find_workspace_numbered(tx: Tx, number: int) -> UUID | None:
    """The workspace that has this number."""
    found: UUID | None = await tx.fetchval("select id from workspace where number = $1", number)
    return found


async def get_link(tx: Tx, token: str) -> Link:
    """What a link is for. Raises LinkGone."""
    return await get_link_hashed(tx, token_hash(token))


async def get_link_hashed(tx: Tx, link: bytes) -> Link:
    """The same by the hash that is kept of it."""
    row = await tx.fetchrow(
        """select l.purpose, l.workspace_id, l.person_id, coalesce(p.email, l.email) as email, l.role, l.role_id, l.expires_at,
             l.clears_second_factor, not l.clears_second_factor and p.totp_since is not null as asks_code,
             greatest(10, coalesce(w.password_length, 10),
               (select max(v.password_length) from agent a join workspace v on v.id = a.workspace_id
                where a.person_id = l.person_id and a.removed_at is null)) as password_length,
             coalesce(w.name, '') as workspace_name,
             exists (select from person q where q.id = l.person_id or (l.email <> '' and lower(q.email) = lower(l.email)))
               as person_exists
           from link l left join workspace w on w.id = l.workspace_id left join person p on p.id = l.person_id
           where l.hash = $1 and l.used_at is null and l.expires_at > $2""",
        link,
        tx.now,
    )
    if row is None:
        raise LinkGone
    return Link(**dict(row))


async def anybody(tx: Tx) -> bool:
    """Has anybody ever become an agent here?"""
    return bool(await tx.fetchval("select exists (select from agent)"))


async def is_known_there(tx: Tx, email: str, address: str) -> bool:
    """Has this person come in from this address (or its IPv6 network) within the last months?"""
    return bool(
        await tx.fetchval(
            """select exists (select from person p join known_address k on k.person_id = p.id
                 where lower(p.email) = lower($1) and k.key = $2 and k.at > $3)""",
            email,
            address_key(address),
            tx.now - KNOWN_FOR,
        )
    )


async def serves_elsewhere(tx: Tx, person_id: UUID, workspace_id: UUID) -> bool:
    """Is this person of another workspace's team, too? Then no admin of one may open the door to all."""
    return bool(
        await tx.fetchval(
            """select exists (select from agent where person_id = $1 and workspace_id <> $2 and removed_at is null)""",
            person_id,
            workspace_id,
        )
    )


async def administers(tx: Tx, person_id: UUID) -> bool:
    """Is this person an admin of any workspace of this installation?"""
    return bool(
        await tx.fetchval(
            "select exists (select from agent where person_id = $1 and role = 'admin' and removed_at is null)",
            person_id,
        )
    )


async def count_workspaces(tx: Tx, person_id: UUID) -> int:
    """In how many workspaces this person serves."""
    count: int = await tx.fetchval("select count(*) from agent where person_id = $1 and removed_at is null", person_id)
    return count
