"""What WeChat's error codes mean for the message, and for the credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping

from guanxi.channel_kit.outbound import AccessLost, Outcome, Rejected, RetryLater, WindowClosed

MEANING: Mapping[int, Outcome] = {
    -1: RetryLater(reason="busy"),
    40001: AccessLost(reason="token_refused"),
    40014: AccessLost(reason="token_refused"),
    42001: AccessLost(reason="token_refused"),
    40013: AccessLost(reason="app_id_wrong"),
    40125: AccessLost(reason="app_secret_wrong"),
    41004: AccessLost(reason="app_secret_wrong"),
    40243: AccessLost(reason="app_secret_frozen"),
    40164: AccessLost(reason="ip_not_allowed"),
    48001: AccessLost(reason="not_granted"),
    50001: AccessLost(reason="not_granted"),
    48004: AccessLost(reason="account_restricted"),
    50002: AccessLost(reason="account_restricted"),
    50007: AccessLost(reason="account_restricted"),
    40003: Rejected(reason="unknown_person"),
    43004: Rejected(reason="not_following"),
    48002: Rejected(reason="not_receiving"),
    40004: Rejected(reason="bad_file"),
    40005: Rejected(reason="bad_file"),
    40006: Rejected(reason="file_too_large"),
    45001: Rejected(reason="file_too_large"),
    45007: Rejected(reason="file_too_large"),
    40007: Rejected(reason="file_expired"),
    40008: Rejected(reason="not_supported"),
    45002: Rejected(reason="too_long"),
    40037: Rejected(reason="template_unknown"),
    43101: Rejected(reason="not_subscribed"),
    47003: Rejected(reason="template_fields"),
    45009: RetryLater(reason="daily_quota", after=3600.0, whole_inbox=True),
    45011: RetryLater(reason="too_fast", after=10.0, whole_inbox=True),
    45015: WindowClosed(reason="window_closed"),
    45047: WindowClosed(reason="quota_used"),
}


def outcome_of(code: int, message: str, meaning: Mapping[int, Outcome] = MEANING) -> Outcome:
    """How a send ended that was answered with this code. An unknown code is a refusal that says itself. `meaning`: what
    the codes of another platform of the family mean."""
    said = f"{code} {message}".strip()[:500]
    match meaning.get(code):
        case AccessLost(reason=reason):
            return AccessLost(reason=reason, detail=said)
        case Rejected(reason=reason):
            return Rejected(reason=reason, detail=said)
        case WindowClosed(reason=reason):
            return WindowClosed(reason=reason, detail=said)
        case RetryLater() as later:
            return later
        case _:
            return Rejected(reason="errcode", detail=said)


def credential_problem(code: int, message: str) -> str:
    """What `check` reports: a word of ours, and after a colon what its sentence needs."""
    if code == 40164:
        # errmsg: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: …"
        found = re.search(r"invalid ip ([0-9a-fA-F.:]{3,45})", message)
        return f"ip_not_allowed:{found[1] if found else '?'}"
    if code == 40001:  # at this door it is the secret that was refused
        return "app_secret_wrong"
    match MEANING.get(code):
        case AccessLost(reason=reason):
            return reason
        case RetryLater():
            return "try_later"
        case _:
            return f"errcode:{code} {message}"[:300]
