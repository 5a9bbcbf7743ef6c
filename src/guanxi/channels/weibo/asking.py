"""Asking Weibo: one call with a token, and what its answer means. Errors are {error, error_code, request} with any status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from guanxi.channel_kit import Access, Answer, Malformed, MaybeSent
from guanxi.channel_kit.fields import number, text, whole
from guanxi.channel_kit.json import read_json
from guanxi.channels.weibo.manifest import manifest

DEFAULTS = {setting.key: setting.default for setting in manifest.settings}
Token = Literal["user_token", "message_token"]


class Refused(Exception):
    """The platform answered with an error, so it definitely did nothing. `after`: seconds that it asks us to wait."""

    def __init__(self, code: int, message: str, status: int, after: float = 0.0) -> None:
        super().__init__(code, message)
        self.code, self.message, self.status, self.after = code, message, status, after


async def ask(
    access: Access,
    method: str,
    path: str,
    *,
    by: Token,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    body: Any = None,
    limit: int = 1024 * 1024,
) -> Answer:
    """One call; `path` may be a whole address. Raises Refused for an error, MaybeSent for an answer that says nothing."""
    address = path if path.startswith("http") else base(access) + path
    given = {"access_token": access.secrets.get(by, "")}
    if body is not None:
        answer = await access.http(method, address, query={**given, **(query or {})}, json=body, limit=limit)
    elif form is None:
        answer = await access.http(method, address, query={**given, **(query or {})}, limit=limit)
    else:
        answer = await access.http(method, address, form={**given, **form}, limit=limit)
    judge(answer)
    return answer


def judge(answer: Answer) -> None:
    """Raises Refused or MaybeSent unless the platform did what it was asked."""
    told = document_of(answer)
    code = whole(told, "error_code")
    wait = number({"after": answer.headers.get("retry-after", "")}, "after") or 0.0
    if code:
        raise Refused(code, text(told, "error")[:200], answer.status, max(0.0, wait))
    if answer.status >= 500 or answer.status == 408:
        raise MaybeSent(f"status {answer.status}")
    if answer.status != 200:
        raise Refused(0, f"status {answer.status}", answer.status, max(0.0, wait))


def document_of(answer: Answer) -> Mapping[str, Any]:
    """The answer as an object; empty when it is none."""
    if answer.body.lstrip()[:1] != b"{":
        return {}
    try:
        told = read_json(answer.body, largest=8 * 1024 * 1024)
    except Malformed:
        return {}
    return told if isinstance(told, dict) else {}


def base(access: Access) -> str:
    return (access.settings.get("api_base") or DEFAULTS["api_base"]).rstrip("/")


def address_of(access: Access, setting: str) -> str:
    """Where direct messages and files are: by default on hosts of their own, which a proxy or a test platform stands for."""
    given = access.settings.get(setting) or DEFAULTS[setting]
    if given == DEFAULTS[setting] and base(access) != DEFAULTS["api_base"]:
        return base(access) + urlsplit(given).path
    return given
