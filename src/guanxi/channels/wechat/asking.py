"""Asking WeChat: one call with an access token, and what its answer means. Facts: stable_token, global return codes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from guanxi.channel_kit import Access, Answer, MaybeSent, NotSent
from guanxi.channel_kit.fields import number, text
from guanxi.channels.wechat.codes import STALE_TOKEN

BASE = "https://api.weixin.qq.com"
JSON = {"content-type": "application/json; charset=utf-8"}


class Refused(Exception):
    """The platform answered with an error code, so it definitely did nothing."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


async def ask(
    access: Access,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    code_required: bool = True,
) -> Answer:
    """One call with a token; once more with a fresh one when the platform definitely refused the old one.

    Raises Refused for an error code, MaybeSent for an answer that says nothing.
    """

    async def bring() -> tuple[str, float]:
        return await new_token(access)

    token = await access.token("access_token", bring)
    for last_try in (False, True):
        answer = await access.http(
            method,
            base(access) + path,
            query={"access_token": token, **(query or {})},
            headers=headers,
            body=body,
            files=files,
        )
        try:
            _judge(answer, code_required)
        except Refused as refusal:
            if last_try or refusal.code not in STALE_TOKEN:
                raise
            token = await access.token("access_token", bring, stale=token)
            continue
        break
    return answer


async def ask_openly(access: Access, path: str, query: Mapping[str, str]) -> Answer:
    """A question that carries its own credentials. Raises Refused, NotSent, MaybeSent."""
    answer = await access.http("GET", base(access) + path, query=query)
    _judge(answer, code_required=False)
    return answer


async def new_token(access: Access) -> tuple[str, float]:
    """A stable token and the seconds it lives. Getting none sends nothing, so doubt is NotSent here, never MaybeSent."""
    question = {
        "grant_type": "client_credential",
        "appid": access.settings.get("app_id", ""),
        "secret": access.secrets.get("app_secret", ""),
        "force_refresh": False,
    }
    try:
        answer = await access.http(
            "POST", base(access) + "/cgi-bin/stable_token", headers=JSON, body=msgspec.json.encode(question)
        )
        _judge(answer, code_required=False)
        told = answer.json()
    except MaybeSent as error:
        raise NotSent(f"no token: {error}") from error
    token, lives = text(told, "access_token"), number(told, "expires_in")
    if not token:
        raise NotSent("no token: the answer holds none")
    return token, lives or 300.0


def _judge(answer: Answer, code_required: bool) -> None:
    """Errors come with HTTP 200 and an `errcode`; any other status is a gateway in between."""
    if answer.status >= 500 or answer.status == 408:
        raise MaybeSent(f"status {answer.status}")
    if answer.status == 429:
        raise Refused(45011, "status 429")
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


def base(access: Access) -> str:
    return (access.settings.get("api_base") or BASE).rstrip("/")
