"""One call with an access token, and what its answer means: alike at official accounts, mini programs and WeCom.

Errors come with HTTP 200 and an `errcode`. Facts: the platforms' pages on access tokens and on global return codes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from guanxi.channel_kit.access import Access, Answer, MaybeSent, NotSent
from guanxi.channel_kit.fields import number, text

JSON = {"content-type": "application/json; charset=utf-8"}
STALE_TOKEN = frozenset((40001, 40014, 42001))
TOO_FAST = 45011

Bring = Callable[[], Awaitable[tuple[str, float]]]


class Refused(Exception):
    """The platform answered with an error code, so it definitely did nothing."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


async def call(
    access: Access,
    bring: Bring,
    method: str,
    url: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    code_required: bool = True,
) -> Answer:
    """One call with the token that `bring` fetches; once more with a fresh one when the platform definitely refused the old.

    Raises Refused for an error code, MaybeSent for an answer that says nothing.
    """
    token = await access.token("access_token", bring)
    for last_try in (False, True):
        answer = await access.http(
            method, url, query={"access_token": token, **(query or {})}, headers=headers, body=body, files=files
        )
        try:
            judge(answer, code_required=code_required)
        except Refused as refusal:
            if last_try or refusal.code not in STALE_TOKEN:
                raise
            token = await access.token("access_token", bring, stale=token)
            continue
        break
    return answer


def token_in(answer: Answer) -> tuple[str, float]:
    """The access token of an answer, and the seconds it lives. Raises NotSent when there is none."""
    told = answer.json()
    token, lives = text(told, "access_token"), number(told, "expires_in")
    if not token:
        raise NotSent("no token: the answer holds none")
    return token, lives or 300.0


def judge(answer: Answer, *, code_required: bool) -> None:
    """Raises Refused for an error code; any other status than 200 is a gateway in between."""
    if answer.status >= 500 or answer.status == 408:
        raise MaybeSent(f"status {answer.status}")
    if answer.status == 429:
        raise Refused(TOO_FAST, "status 429")
    if answer.status != 200:
        raise Refused(0, f"status {answer.status}")
    if not code_required and not is_json(answer):
        return
    told = answer.json()
    code = number(told, "errcode")
    if code is None and code_required:
        raise MaybeSent("the answer holds no errcode")
    if code:
        raise Refused(int(code), text(told, "errmsg"))


def is_json(answer: Answer) -> bool:
    """Whatever the content type says: errors of the media door come as text/plain."""
    return answer.body.lstrip()[:1] == b"{"
