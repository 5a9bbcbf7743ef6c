"""Accounts at api.weixin.qq.com, official ones and mini programs: one call with their stable token.

Facts: the platform's pages on stable_token and on global return codes.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from guanxi.channel_kit.access import Access, Answer, MaybeSent, NotSent
from guanxi.channel_kit.weixin.calling import JSON, Refused, call, judge, token_in
from guanxi.channel_kit.weixin.codes import credential_problem

BASE = "https://api.weixin.qq.com"


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

    url = base(access) + path
    return await call(
        access, bring, method, url, query=query, headers=headers, body=body, files=files, code_required=code_required
    )


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
        judge(answer, code_required=False)
        return token_in(answer)
    except MaybeSent as error:
        raise NotSent(f"no token: {error}") from error


async def ask_openly(access: Access, path: str, query: Mapping[str, str]) -> Answer:
    """A question that carries its own credentials. Raises Refused, NotSent, MaybeSent."""
    answer = await access.http("GET", base(access) + path, query=query)
    judge(answer, code_required=False)
    return answer


async def typing(external_id: str, on: bool, access: Access) -> None:
    """Show or hide that somebody writes. The platform shows it only shortly after the customer spoke."""
    message = msgspec.json.encode({"touser": external_id, "command": "Typing" if on else "CancelTyping"})
    try:
        await ask(access, "POST", "/cgi-bin/message/custom/typing", headers=JSON, body=message)
    except (Refused, NotSent, MaybeSent):
        return


async def check(access: Access) -> str:
    """Ask for a token. Returns '' or `CODE` or `CODE:detail`; the detail of ip_not_allowed is the address to allow."""
    if (access.settings.get("mode") or "safe") != "plain" and not access.secrets.get("encoding_aes_key"):
        return "aes_key_missing"
    try:
        await new_token(access)
    except Refused as refusal:
        return credential_problem(refusal.code, refusal.message)
    except NotSent as error:
        return f"unreachable:{error}"
    return ""


def base(access: Access) -> str:
    return (access.settings.get("api_base") or BASE).rstrip("/")
