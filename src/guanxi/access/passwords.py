"""Passwords: argon2id, worked out in a thread because it takes tens of milliseconds on purpose."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Verified when there is no such account, so that a stranger's time says nothing about who has one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$Hf0eTnTrJMUrbQzE3eUkCkUNtbAx3iO5x+4KdB0Y2e4"
_at_once = asyncio.Semaphore(4)  # each takes 19 MB while it works


async def hashed(password: str) -> str:
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """Is it the password? Takes as long when there is no hash to compare with."""
    async with _at_once:
        is_right = await asyncio.to_thread(_verify, password_hash or _NOBODY, password[:1000])
    return is_right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
