"""Going on with a conversation on another channel: the code by which a customer is known there, and how he brings it."""

from __future__ import annotations

import re
import secrets
from typing import Literal

import msgspec

# How a channel takes the code: the customer sends it as his first word (code); an address opens the chat with it (link); a
# picture to scan says it (scan); a page of ours has it ready (page).
CrossingWay = Literal["code", "link", "scan", "page"]
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: nobody misreads them
CODE = re.compile(rf"GX(-[{ALPHABET}]{{4}}){{3}}")


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the platform has the chat opened with the code: an address to follow, and what a picture to scan has to say;
    both '' where there is none."""

    address: str = ""
    scan: str = ""


def new_code() -> str:
    """Sixty bits that nobody guesses: GX-7K2M-…"""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"GX-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def code_in(text: str) -> str:
    """The code, where that is all that is said; else ''."""
    said = text.strip().upper() if len(text) < 40 else ""
    return said if CODE.fullmatch(said) else ""
