"""Ids: UUIDv7, made by the application. For identity only; nothing is ordered by them."""

from __future__ import annotations

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """A fresh UUID version 7 (RFC 9562): 48 bits of milliseconds, the rest random."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10))
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 7 << 76 | (noise >> 68 & 0xFFF) << 64
    value |= 2 << 62 | noise & ((1 << 62) - 1)
    return UUID(int=value)
