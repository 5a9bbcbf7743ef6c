"""Coming in by a company's sign-on: a try that one browser began, and the account that is somebody's from then on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg

from guanxi.access.model import AnotherAccount, SignOnTry, TooMany
from guanxi.access.rules import LIMITS, WINDOW, address_key, token_hash
from guanxi.access.sign_on import Said
from guanxi.infra.sql import Tx

TRY_LIVES = timedelta(minutes=10)


async def begin_sign_on(
    tx: Tx,
    *,
    state: str,
    browser: str,
    nonce: str,
    verifier: str,
    goes_to: str,
    link: str,
    is_again: bool,
    address: str,
) -> None:
    """A browser sets out. Raises TooMany when too many have set out from this address without coming in."""
    key = f"sign_on:{address_key(address)}"
    row = await tx.fetchrow(
        "select count(*) as tries, min(at) as first from sign_in_attempt where key = $1 and at > $2",
        key,
        tx.now - WINDOW,
    )
    if row["tries"] >= LIMITS["sign_on"]:
        raise TooMany(max(1, int((row["first"] + WINDOW - tx.now).total_seconds())))
    await tx.execute("insert into sign_in_attempt (key, at) values ($1, $2)", key, tx.now)
    await tx.execute("delete from sign_on_try where expires_at < $1", tx.now)
    await tx.execute(
        """insert into sign_on_try (state, browser, nonce, verifier, goes_to, link, is_again, begun_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        token_hash(state),
        token_hash(browser),
        nonce,
        verifier,
        goes_to,
        token_hash(link) if link else None,
        is_again,
        tx.now,
        tx.now + TRY_LIVES,
    )


async def take_sign_on(tx: Tx, state: str, browser: str) -> SignOnTry | None:
    """The browser comes back, once, and in time. Commit it whatever comes after."""
    row = await tx.fetchrow(
        """update sign_on_try set came_back_at = $3
           where state = $1 and browser = $2 and came_back_at is null and expires_at > $3
           returning state, nonce, verifier, goes_to, link, is_again, issuer, subject, email, person_id""",
        token_hash(state),
        token_hash(browser),
        tx.now,
    )
    return None if row is None else SignOnTry(**dict(row))


async def keep_sign_on_waiting(tx: Tx, state: bytes, said: Said, person_id: UUID) -> None:
    """What the provider said waits until the person has shown that he is who he says."""
    await tx.execute(
        """update sign_on_try set issuer = $2, subject = $3, email = $4, person_id = $5, expires_at = $6
           where state = $1""",
        state,
        said.issuer,
        said.subject,
        said.email,
        person_id,
        tx.now + TRY_LIVES,
    )


async def waiting_sign_on(tx: Tx, browser: str) -> SignOnTry | None:
    """What waits for this browser, the newest."""
    row = await tx.fetchrow(
        """select state, nonce, verifier, goes_to, link, is_again, issuer, subject, email, person_id from sign_on_try
           where browser = $1 and person_id is not null and expires_at > $2 order by begun_at desc limit 1""",
        token_hash(browser),
        tx.now,
    )
    return None if row is None else SignOnTry(**dict(row))


async def end_sign_on(tx: Tx, state: bytes, address: str) -> bool:
    """It is done: the try is gone, and not held against its address. False when somebody else has ended it."""
    gone = await tx.execute("delete from sign_on_try where state = $1", state)
    await tx.execute(
        """delete from sign_in_attempt where ctid in (
             select ctid from sign_in_attempt where key = $1 order by at desc limit 1)""",
        f"sign_on:{address_key(address)}",
    )
    return gone == 1


async def link_account(tx: Tx, person_id: UUID, *, issuer: str, subject: str, email: str) -> None:
    """From now on this account is this person. Raises AnotherAccount when he has another one there, or when the account
    is somebody else's."""
    try:
        await tx.execute(
            """insert into company_account (issuer, subject, person_id, email, created_at) values ($1, $2, $3, $4, $5)""",
            issuer,
            subject,
            person_id,
            email,
            tx.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise AnotherAccount from error


async def prove_anew(tx: Tx, sign_in_hash: bytes) -> None:
    """The person at this sign-in has shown just now who he is."""
    await tx.execute("update sign_in set proved_at = $2 where hash = $1", sign_in_hash, tx.now)
