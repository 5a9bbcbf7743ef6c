"""Who may what; what counts as the same account, the same address, a password worth the name, a key nobody guesses."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from guanxi.access.model import Right, Role

ATTEMPTS = 5  # that fail, within WINDOW, per account and per address
WINDOW = timedelta(minutes=15)
SIGN_IN_LIVES = timedelta(days=30)
LINK_LIVES = timedelta(days=3)
TOKEN_BEGINS = "gxt_"  # noqa: S105 — so that whoever finds one in a log knows what it is
MOST_TOKENS = 50  # of one agent
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200  # argon2 takes any, but its time is ours
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")

Network = IPv4Network | IPv6Network

# The one table of rights. Every door names the right that it needs; what stands in no line is nobody's.
RIGHTS: Mapping[Right, frozenset[Role]] = {
    "own": frozenset({"admin", "supervisor", "agent", "viewer"}),
    "look": frozenset({"admin", "supervisor", "agent", "viewer"}),
    "serve": frozenset({"admin", "supervisor", "agent"}),
    "supervise": frozenset({"admin", "supervisor"}),
    "team": frozenset({"admin"}),
    "channels": frozenset({"admin"}),
    "workspace": frozenset({"admin"}),
    "integrations": frozenset({"admin"}),
}


def may(role: Role, right: Right) -> bool:
    """Has this role this right?"""
    return role in RIGHTS[right]


def rights_of(role: Role) -> list[Right]:
    """What this role may, in the order of the table."""
    return [right for right, roles in RIGHTS.items() if role in roles]


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_access_token() -> str:
    """An access token, in full."""
    return TOKEN_BEGINS + new_token()


def token_hash(token: str) -> bytes:
    """What is kept of a token. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def same(left: str, right: str) -> bool:
    """Compare secrets in a time that says nothing about them."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))


def plain_email(email: str) -> str | None:
    """An e-mail address as we keep it, or None when it is none."""
    email = unicodedata.normalize("NFKC", email).strip()
    return email if _EMAIL.fullmatch(email) else None


def account_key(email: str) -> str:
    """Failed sign-ins are counted under this: upper case and +tags make no new account."""
    name, _, domain = unicodedata.normalize("NFKC", email).strip().lower().partition("@")
    return "account:" + name.partition("+")[0][:64] + "@" + domain[:190]


def address_key(address: str) -> str:
    """…and under this: whoever has one address of an IPv6 /64 has them all."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "address:?"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return f"address:{parsed.ipv4_mapped}"
        return f"address:{ip_network((parsed, 64), strict=False)}"
    return f"address:{parsed}"


def networks(trusted: Sequence[str]) -> tuple[Network, ...]:
    """The settings' proxies as networks. Raises ValueError for one that is none."""
    return tuple(ip_network(one, strict=False) for one in trusted)


def caller_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Who really calls: from the right, the first address that is no trusted proxy. X-Forwarded-For counts only
    as far as trusted proxies wrote it."""
    address = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not _is_in(address, trusted):
            break
        address = hop
    return address


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def password_problem(password: str, *others: str) -> str | None:
    """A code for what is wrong with a new password, or None. `others` are what it must not be: name, e-mail."""
    if len(password) < SHORTEST_PASSWORD:
        return "too_short"
    if len(password) > LONGEST_PASSWORD:
        return "too_long"
    lower = password.lower()
    if len(set(lower)) < 5 or any(len(other) > 3 and lower == other.lower() for other in others):
        return "too_simple"
    return None
