"""What WeCom's error codes mean for the message, and for the credentials.

Codes that the platform's pages leave open are settings of the inbox: `window_codes`, `state_codes`, `repeat_codes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from guanxi.channel_kit import Access, AccessLost, Outcome, Rejected, RetryLater, WindowClosed
from guanxi.channel_kit.weixin import codes

DEFAULTS = {"window_codes": "95001", "state_codes": "95016 95018", "repeat_codes": ""}

MEANING: Mapping[int, Outcome] = {
    -1: RetryLater(reason="busy"),
    40001: AccessLost(reason="secret_wrong"),
    40014: AccessLost(reason="token_refused"),
    42001: AccessLost(reason="token_refused"),
    40013: AccessLost(reason="corp_id_wrong"),
    40056: AccessLost(reason="corp_id_wrong"),
    60020: AccessLost(reason="ip_not_allowed"),
    48002: AccessLost(reason="not_granted"),
    48004: AccessLost(reason="not_granted"),
    95000: AccessLost(reason="kf_unknown"),
    95004: AccessLost(reason="kf_unknown"),
    95011: AccessLost(reason="used_in_wecom"),
    95017: AccessLost(reason="api_switched_off"),
    45009: RetryLater(reason="too_fast", after=60.0, whole_inbox=True),
    45011: RetryLater(reason="too_fast", after=10.0, whole_inbox=True),
    40003: Rejected(reason="unknown_person"),
    40004: Rejected(reason="bad_file"),
    40005: Rejected(reason="bad_file"),
    40006: Rejected(reason="file_too_large"),
    45001: Rejected(reason="file_too_large"),
    40007: Rejected(reason="file_expired"),
    40008: Rejected(reason="not_supported"),
    45002: Rejected(reason="too_long"),
    95013: WindowClosed(reason="session_ended"),
}


def listed(access: Access, name: str) -> frozenset[int]:
    """The codes of a setting, as numbers."""
    return frozenset(int(code) for code in re.findall(r"[0-9]{1,6}", access.settings.get(name) or DEFAULTS[name]))


def was_there_already(code: int, message: str, access: Access) -> bool:
    """Does the platform say that it has a message of this msgid? Its pages name no code for it, only the refusal."""
    return code in listed(access, "repeat_codes") or (code not in MEANING and "msgid" in message.lower())


def outcome_of(code: int, message: str, access: Access) -> Outcome:
    """How a send ended that was answered with this code. An unknown code is a refusal that says itself."""
    said = f"{code} {message}".strip()[:500]
    if code in listed(access, "window_codes"):
        return WindowClosed(reason="window_closed", detail=said)
    if code in listed(access, "state_codes"):
        return Rejected(reason="served_elsewhere", detail=said)
    return codes.outcome_of(code, message, MEANING)


def credential_problem(code: int, message: str, access: Access) -> str:
    """What `check` reports: a word of ours, and after a colon what its sentence needs."""
    if code == 60020:
        # errmsg: "not allow to access from your ip, …, from ip: 203.0.113.7, …"
        found = re.search(r"from ip: ?([0-9a-fA-F.:]{3,45})", message)
        return f"ip_not_allowed:{found[1] if found else '?'}"
    match outcome_of(code, message, access):
        case AccessLost(reason=reason):
            return reason
        case RetryLater():
            return "try_later"
        case _:
            return f"errcode:{code} {message}"[:300]
