"""Asking WeCom: one call with the corporation's access token. Facts: gettoken, global return codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from guanxi.channel_kit import Access, Answer, MaybeSent, NotSent
from guanxi.channel_kit.weixin.calling import JSON, call, judge, token_in

BASE = "https://qyapi.weixin.qq.com"


async def ask(
    access: Access,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    body: bytes | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    code_required: bool = True,
) -> Answer:
    """One call; once more with a fresh token when the old one was refused. Raises Refused, NotSent, MaybeSent."""

    async def bring() -> tuple[str, float]:
        return await new_token(access)

    headers = JSON if body is not None else None
    return await call(
        access, bring, method, base(access) + path, query=query, headers=headers, body=body, files=files,
        code_required=code_required,
    )  # fmt: skip


async def tell(access: Access, path: str, said: Mapping[str, Any]) -> Answer:
    """One call with a JSON body, as raw UTF-8."""
    return await ask(access, "POST", path, body=msgspec.json.encode(said))


async def new_token(access: Access) -> tuple[str, float]:
    """A token and the seconds it lives. Getting none sends nothing, so doubt is NotSent here, never MaybeSent."""
    who = {"corpid": access.settings.get("corp_id", ""), "corpsecret": access.secrets.get("secret", "")}
    try:
        answer = await access.http("GET", base(access) + "/cgi-bin/gettoken", query=who)
        judge(answer, code_required=False)
        return token_in(answer)
    except MaybeSent as error:
        raise NotSent(f"no token: {error}") from error


def base(access: Access) -> str:
    return (access.settings.get("api_base") or BASE).rstrip("/")
