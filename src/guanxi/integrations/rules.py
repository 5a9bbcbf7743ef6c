"""What may be told, how it is signed, when a call is repeated, and when nobody is called any more."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from guanxi.events import KINDS
from guanxi.integrations.model import Answered

MOST_WEBHOOKS = 10  # of a workspace
OLD_SECRET_LIVES = timedelta(hours=24)
PAUSE_AFTER = timedelta(hours=24)  # of nothing but failures
LOG_DAYS = 30
DELAYS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0)  # seconds before the second try, the third …
REFUSALS = 3  # tries of what the receiver itself refuses
TEST = "webhook.tested"
# About the house's own furniture: what hears of it could not act on it, or would hear of itself.
UNTOLD = frozenset(
    {
        "access_token.changed",
        "attribute.changed",
        "conversation.read",
        "conversation.marked_unread",
        "notice.given",
        "notice.read",
        "quick_phrase.changed",
        "rule.changed",
        "webhook.changed",
    }
)
TELLABLE = tuple(sorted(KINDS - UNTOLD))


def signature(secrets: Sequence[str], timestamp: int, body: bytes) -> str:
    """The header `x-guanxi-signature`: t=SECONDS,v1=HEX, one v1 for each secret that is valid now. HEX is the
    HMAC-SHA256 of the timestamp's digits, a full stop, and the body."""
    signed = f"{timestamp}.".encode() + body
    each = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={one}" for one in each)])


def is_good(answered: Answered) -> bool:
    return answered.status is not None and 200 <= answered.status < 300


def is_refusal(answered: Answered) -> bool:
    """Does the receiver itself say that this will never be taken?"""
    status = answered.status
    return status is not None and 300 <= status < 500 and status not in (408, 425, 429)


def wait_after(answered: Answered, attempt: int, chance: float) -> float | None:
    """Seconds until the next try after this many; None: it is given up. `chance` in [0, 1) spreads the tries."""
    most = REFUSALS if is_refusal(answered) else len(DELAYS) + 1
    if attempt >= most:
        return None
    return DELAYS[attempt - 1] * (0.75 + chance / 2)


def problem_of(answered: Answered) -> str:
    """A code for the log; '' when it arrived."""
    if is_good(answered):
        return ""
    if answered.status is None:
        return answered.problem or "no_answer"
    return "redirect" if 300 <= answered.status < 400 else "status"


def url_problem(url: str) -> str | None:
    """A code for what is wrong with a receiver's address, or None. Where it leads is looked at with every call."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        return "malformed"
    if parts.scheme not in ("https", "http") or not parts.hostname or not port_is_fine:
        return "malformed"
    if parts.username or parts.password:
        return "has_credentials"
    return None
