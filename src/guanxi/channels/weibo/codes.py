"""What Weibo's error codes mean for a message. Which code means what are settings: the platform's list is old."""

from __future__ import annotations

from guanxi.channel_kit import Access, AccessLost, MaybeSent, NotSent, Rejected, RetryLater, WindowClosed
from guanxi.channel_kit.fields import number
from guanxi.channels.weibo.asking import DEFAULTS, Refused, Token, ask, document_of

EXPIRED = {"user_token": "user_token_expired", "message_token": "message_token_expired"}
A_WHILE, SHORTLY, LONGEST = 600.0, 60.0, 3600.0


def outcome_of(refusal: Refused, access: Access, *, by: Token) -> RetryLater | Rejected | WindowClosed | AccessLost:
    """How a refused call ends."""
    code = refusal.code
    if _is(code, "token_codes", access) or (not code and refusal.status == 401):
        return AccessLost(reason=EXPIRED[by], detail=f"{code} {refusal.message}".strip())
    if _is(code, "quota_codes", access) or (not code and refusal.status == 429):
        return RetryLater(reason="quota", after=refusal.after or A_WHILE, whole_inbox=True)
    if _is(code, "slow_codes", access):
        return RetryLater(reason="too_fast", after=refusal.after or SHORTLY)
    if _is(code, "closed_codes", access):
        return WindowClosed(detail=f"{code} {refusal.message}")
    for setting, reason in (
        ("gone_codes", "gone"),
        ("repeated_codes", "repeated_text"),
        ("words_codes", "words_refused"),
    ):
        if _is(code, setting, access):
            return Rejected(reason=reason, detail=refusal.message)
    return Rejected(reason="refused", detail=f"{code or refusal.status} {refusal.message}".strip())


def _is(code: int, setting: str, access: Access) -> bool:
    """Is the code one of the setting's: numbers and ranges, parted by spaces?"""
    for part in (access.settings.get(setting) or DEFAULTS[setting]).split():
        first, _, last = part.partition("-")
        if code and first.isdecimal() and int(first) <= code <= int(last or first):
            return True
    return False


async def until_reset(access: Access) -> float:
    """Seconds until the quota of the reading account begins anew, as the platform says."""
    try:
        told = document_of(await ask(access, "GET", "/2/account/rate_limit_status.json", by="user_token"))
    except (Refused, NotSent, MaybeSent):
        return A_WHILE
    seconds = number(told, "reset_time_in_seconds")
    return min(max(seconds, 1.0), LONGEST) if seconds else A_WHILE
