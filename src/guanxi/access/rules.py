"""Who may what; what counts as the same account, the same address, a password worth the name, a key nobody guesses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote

from guanxi.access.model import Right, Role

# Attempts that may fail within WINDOW: at one account from where it never came in before; from one address, behind
# which may be a whole office; at one account from an address that it has come in from; and tries to come in by a
# company's sign-on that one address has begun and not ended.
LIMITS = {"account": 5, "address": 30, "pair": 5, "sign_on": 60}
WINDOW = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)  # an address that somebody came in from
RECORD_DAYS = 180  # what is written down about sign-ins
TOTP_SECONDS = 30
SIGN_IN_LIVES = timedelta(days=30)
LINK_LIVES = timedelta(days=3)
TOKEN_BEGINS = "gxt_"  # noqa: S105 — so that whoever finds one in a log knows what it is
MOST_TOKENS = 50  # of one agent
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200  # argon2 takes any, but its time is ours
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")

Network = IPv4Network | IPv6Network

# Rights in the groups in which people think of them. `own`, what belongs to the person alone, has everybody.
GROUPS: Mapping[str, tuple[Right, ...]] = {
    "conversations": ("look", "serve", "assign", "resolve", "supervise"),
    "contacts": ("contacts", "export"),
    "numbers": ("reports",),
    "settings": ("queues", "channels", "integrations", "workspace"),
    "people": ("team", "audit"),
}
ROLES: tuple[Role, ...] = ("admin", "supervisor", "agent", "viewer")
_VIEWER = frozenset[Right]({"own", "look", "export"})
_AGENT = _VIEWER | {"serve", "assign", "resolve", "contacts"}
_SUPERVISOR = _AGENT | {"supervise", "reports", "queues"}
_ADMIN = frozenset[Right](right for rights in (("own",), *GROUPS.values()) for right in rights)
# The one table of rights. Every door names the right that it needs; what stands in no line is nobody's.
RIGHTS: Mapping[Right, frozenset[Role]] = {
    right: frozenset(
        role for role, rights in zip(ROLES, (_ADMIN, _SUPERVISOR, _AGENT, _VIEWER), strict=True) if right in rights
    )
    for right in ("own", *(right for rights in GROUPS.values() for right in rights))
}


# Who may do one of these reaches every conversation by what he sets up, so his role sees them all.
SEES_ALL = frozenset[Right]({"queues", "channels", "integrations", "workspace", "team", "audit"})


def may(role: Role, right: Right) -> bool:
    """Has this built-in role this right?"""
    return role in RIGHTS[right]


def rights_of(role: Role) -> list[Right]:
    """What this built-in role may, in the order of the table."""
    return [right for right, roles in RIGHTS.items() if role in roles]


def rights_held(role: Role, own: Sequence[str] | None) -> frozenset[Right]:
    """What somebody may: by a role of the workspace's own (its rights), else by the built-in one."""
    if own is None:
        return frozenset(rights_of(role))
    return frozenset(right for right in RIGHTS if right in ("own", "look") or right in own)


def plain_rights(rights: Sequence[Right]) -> list[Right]:
    """The rights of a role as they are kept: each once, in the order of the table. Everybody may look."""
    return [right for right in RIGHTS if right != "own" and (right == "look" or right in rights)]


def standing_of(rights: Sequence[Right]) -> Role:
    """The built-in role that stands beside one of the workspace's own: who may serve is an agent, who may not a viewer."""
    return "agent" if "serve" in rights else "viewer"


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


def pair_key(email: str, address: str) -> str:
    """One account from one address."""
    return f"pair:{account_key(email)}|{address_key(address)}"


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


def password_problem(password: str, *others: str, shortest: int = SHORTEST_PASSWORD) -> str | None:
    """A code for what is wrong with a new password, or None. `others` are what it must not be made of: name, e-mail."""
    if len(password) < shortest:
        return "too_short"
    if len(password) > LONGEST_PASSWORD:
        return "too_long"
    lower = unicodedata.normalize("NFKC", password).lower()
    if len(set(lower)) < 5:
        return "too_simple"
    for other in sorted(
        {part.lower() for one in others for part in (one, one.partition("@")[0])}, key=len, reverse=True
    ):
        if len(other) > 3 and other in lower and len(lower.replace(other, "")) < 6:
            return "too_simple"
    return "too_common" if is_common(lower) else None


# What guessers try first: these words and runs of keys, with figures and signs around them and letters written as figures.
_WORDS = re.compile(
    "(?:password|passwort|passwd|pass|word|admin|administrator|root|welcome|letmein|login|secret|master|hello|iloveyou|"
    "monkey|dragon|sunshine|princess|football|baseball|superman|batman|shadow|trustno|changeme|default|guest|test|"
    "testing|demo|user|qwerty|qwertz|azerty|abc|asdf|zxcv|mima|woaini|wode|nihao|zhongguo|beijing|shanghai|taobao|"
    "weixin|wechat|qingwen|love|china|guanxi|company|office|summer|winter|spring|autumn|service|support|kefu)+"
)
_RUNS = tuple(
    run * 2 + " " + (run * 2)[::-1]
    for run in (
        "abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "qwertyuiopasdfghjklzxcvbnm", "asdfghjkl;", "zxcvbnm,./",
        "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "qazwsxedcrfvtgbyhnujmikolp", "!@#$%^&*()",
        "5201314", "1314520", "147258369", "qwertzuiop", "azertyuiop",
    )
)  # fmt: skip
_FIGURES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})


def is_common(lower: str) -> bool:
    """Is this (in lower case) a password that stands near the top of every guesser's list?"""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower)
    spelled = re.sub(r"[\W\d_]+", "", core.translate(_FIGURES))
    return bool(core and _WORDS.fullmatch(spelled)) or _is_made_of_runs(lower)


def _is_made_of_runs(text: str) -> bool:
    at = 0
    while at < len(text):
        longest = 0
        for run in _RUNS:
            length = 3
            while at + length <= len(text) and text[at : at + length] in run:
                longest, length = length, length + 1
        if not longest:
            return False
        at += longest
    return True


def new_totp_secret() -> bytes:
    return secrets.token_bytes(20)


def totp(secret: bytes, step: int) -> str:
    """The code of a time step: six figures, by RFC 6238 with HMAC-SHA-1, which every authenticator knows."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def totp_uri(secret: bytes, email: str, workspace: str) -> str:
    """What an authenticator reads from the picture."""
    key = base64.b32encode(secret).decode().rstrip("=")
    issuer = quote(f"Guanxi {workspace}".strip(), safe="")
    return f"otpauth://totp/{issuer}:{quote(email, safe='')}?secret={key}&issuer={issuer}"


def new_recovery_codes() -> list[str]:
    """Ten codes of 50 random bits, in letters that are not taken for each other."""
    codes = ["".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789"[:32]) for _ in range(10)) for _ in range(10)]
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def plain_code(code: str) -> str:
    """A code as it is compared: however it was spaced."""
    return re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", code)).lower()[:40]
