"""The second factor: set up, asked for once per code, taken away."""

from __future__ import annotations

from uuid import UUID

from guanxi import audit
from guanxi.access.rules import (
    TOTP_SECONDS,
    new_recovery_codes,
    new_totp_secret,
    plain_code,
    same,
    token_hash,
    totp,
)
from guanxi.infra.secrets import Sealer
from guanxi.infra.sql import Tx


async def begin_second_factor(tx: Tx, person_id: UUID, sealer: Sealer) -> bytes:
    """A new secret, in force only when a first code has confirmed it. Not while there is one in force."""
    secret = new_totp_secret()
    await tx.execute(
        "update person set totp_secret = $2, totp_since = null, totp_step = 0 where id = $1",
        person_id,
        sealer.seal(secret, _about(person_id)),
    )
    return secret


async def confirm_second_factor(tx: Tx, person_id: UUID, code: str, sealer: Sealer) -> list[str] | None:
    """The first code: from now on it is asked for. Returns fresh recovery codes; None for a wrong code."""
    if not await _spend(tx, person_id, code, sealer):
        return None
    await tx.execute("update person set totp_since = $2 where id = $1", person_id, tx.now)
    codes = new_recovery_codes()
    await tx.execute("delete from recovery_code where person_id = $1", person_id)
    await tx.executemany(
        "insert into recovery_code (person_id, hash) values ($1, $2)",
        [(person_id, token_hash(plain_code(one))) for one in codes],
    )
    await audit.of_person(tx, person_id, "sign_in.second_factor_on")
    return codes


async def spend_code(tx: Tx, person_id: UUID, code: str, sealer: Sealer) -> bool:
    """Is this the person's code of now, or a recovery code? Each lets in once, however often it is sent at once."""
    if await _spend(tx, person_id, code, sealer):
        return True
    gone = await tx.execute(
        "delete from recovery_code where person_id = $1 and hash = $2", person_id, token_hash(plain_code(code))
    )
    return gone == 1


async def clear_second_factor(tx: Tx, person_id: UUID) -> None:
    """It is asked for no more, and its recovery codes are worth nothing."""
    await tx.execute("update person set totp_secret = null, totp_since = null, totp_step = 0 where id = $1", person_id)
    await tx.execute("delete from recovery_code where person_id = $1", person_id)
    await audit.of_person(tx, person_id, "sign_in.second_factor_off")


async def _spend(tx: Tx, person_id: UUID, code: str, sealer: Sealer) -> bool:
    row = await tx.fetchrow("select totp_secret, totp_step from person where id = $1 for update", person_id)
    if row is None or row["totp_secret"] is None:
        return False
    secret, now = sealer.open(row["totp_secret"], _about(person_id)), int(tx.now.timestamp()) // TOTP_SECONDS
    for step in (now - 1, now, now + 1):  # clocks differ, and people type slowly
        if step > row["totp_step"] and same(totp(secret, step), plain_code(code)):
            await tx.execute("update person set totp_step = $2 where id = $1", person_id, step)
            return True
    return False


def _about(person_id: UUID) -> str:
    return f"totp:{person_id}"
