"""Passkeys are added, open the door, are doubted, and go. All by the directory's role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from guanxi import audit
from guanxi.access import passkeys
from guanxi.access.model import Came, Passkey, TooManyPasskeys
from guanxi.access.passkeys import NotGenuine
from guanxi.access.rules import new_token, token_hash
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx

LIVES = timedelta(minutes=5)
MOST = 20  # of one person


async def begin(tx: Tx, state: Mapping[str, Any], *, person_id: UUID | None = None) -> str:
    """Keep what an answer is judged by; returns the browser's cookie, which alone may answer, once."""
    token = new_token()
    await tx.execute("delete from passkey_challenge where expires_at < $1", tx.now)
    await tx.execute(
        "insert into passkey_challenge (hash, person_id, state, expires_at) values ($1, $2, $3::jsonb, $4)",
        token_hash(token),
        person_id,
        msgspec.json.encode(dict(state)).decode(),
        tx.now + LIVES,
    )
    return token


async def take_challenge(tx: Tx, token: str, *, person_id: UUID | None = None) -> Mapping[str, Any]:
    """What this browser's answer is judged by; it is gone then, whatever comes of it: commit. Raises NotGenuine."""
    row = await tx.fetchrow(
        "delete from passkey_challenge where hash = $1 returning person_id, state, expires_at", token_hash(token)
    )
    if row is None or row["expires_at"] < tx.now or row["person_id"] != person_id:
        raise NotGenuine
    state: Mapping[str, Any] = row["state"]
    return state


async def add(tx: Tx, person_id: UUID, name: str, made: tuple[bytes, bytes, int], sign_in: bytes) -> None:
    """Keep a passkey that was shown to be genuine; who has just shown it is proved by both factors. Raises
    TooManyPasskeys, NotGenuine when somebody has it already."""
    await tx.execute("select from person where id = $1 for update", person_id)
    if len(await of_person(tx, person_id)) >= MOST:
        raise TooManyPasskeys
    kept = await tx.fetchval(
        """insert into passkey (id, person_id, credential_id, public_key, sign_count, name, created_at)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (credential_id) do nothing returning true""",
        new_id(),
        person_id,
        *made,
        name,
        tx.now,
    )
    if not kept:
        raise NotGenuine
    await tx.execute("update sign_in set proved_elsewhere = true where hash = $1", sign_in)
    await audit.of_person(tx, person_id, "sign_in.passkey_added", details={"name": name})


async def of_person(tx: Tx, person_id: UUID) -> Sequence[Passkey]:
    """A person's own, the oldest first."""
    rows = await tx.fetch(
        """select id, credential_id, name, created_at, used_at, doubted_at from passkey
           where person_id = $1 order by created_at, id""",
        person_id,
    )
    return [Passkey(**dict(row)) for row in rows]


async def find(tx: Tx, credential_id: bytes) -> tuple[UUID, bytes] | None:
    """(person, key) of a passkey that nobody doubts."""
    row = await tx.fetchrow(
        "select person_id, public_key from passkey where credential_id = $1 and doubted_at is null", credential_id
    )
    return (row["person_id"], row["public_key"]) if row else None


async def use(tx: Tx, answer: passkeys.Answer, came: Came) -> bool:
    """It has signed. False when its count has not gone up since: another device has the same key, so it is doubted from now
    on, and written down. Commit either way."""
    row = await tx.fetchrow(
        "select id, person_id, sign_count, name from passkey where credential_id = $1 and doubted_at is null for update",
        answer.credential_id,
    )
    if row is None:
        return False
    if (answer.count or row["sign_count"]) and answer.count <= row["sign_count"]:
        await tx.execute("update passkey set doubted_at = $2 where id = $1", row["id"], tx.now)
        details = {"name": row["name"], "device": came.device[:200]}
        await audit.of_person(tx, row["person_id"], "sign_in.passkey_doubted", address=came.address, details=details)
        return False
    await tx.execute("update passkey set sign_count = $2, used_at = $3 where id = $1", row["id"], answer.count, tx.now)
    return True


async def remove(tx: Tx, person_id: UUID, passkey_id: UUID) -> bool:
    """One of his own goes; False when he has no such one."""
    name = await tx.fetchval(
        "delete from passkey where person_id = $1 and id = $2 returning name", person_id, passkey_id
    )
    if name is not None:
        await audit.of_person(tx, person_id, "sign_in.passkey_removed", details={"name": name})
    return name is not None


async def forget_all(tx: Tx, person_id: UUID) -> None:
    """All devices are lost: none of his passkeys opens anything any more."""
    if await tx.execute("delete from passkey where person_id = $1", person_id):
        await audit.of_person(tx, person_id, "sign_in.passkey_removed", details={"name": "*"})
