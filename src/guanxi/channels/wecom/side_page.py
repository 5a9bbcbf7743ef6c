"""Our page in WeCom's side bar: signed with two keys, the corporation's and the app's, it may ask who is open.

Facts: the platform's pages on the signature of JS-SDK, on get_jsapi_ticket and on ww.register. A key lives two hours, and few
may be fetched in an hour.
"""

from __future__ import annotations

from collections.abc import Mapping

from guanxi.channel_kit import Access, MaybeSent, NotSent, Outcome, PageSignature, Rejected, Signed
from guanxi.channel_kit.fields import number, text
from guanxi.channel_kit.weixin.calling import Refused
from guanxi.channel_kit.weixin.seal import page_signed
from guanxi.channels.wecom.asking import ask
from guanxi.channels.wecom.codes import outcome_of

SDK = "https://wwcdn.weixin.qq.com/node/open/js/wecom-jssdk-2.0.2.js"


async def page_signature(url: str, timestamp: int, nonce: str, access: Access) -> PageSignature | Outcome:
    """What lets the page at this address call the script. No app ID, no signature."""
    agent_id = access.settings.get("agent_id", "")
    if not agent_id:
        return Rejected(reason="agent_id_missing")
    try:
        of_corp = await _key(access, "jsapi_ticket", "/cgi-bin/get_jsapi_ticket", {})
        of_app = await _key(access, "agent_jsapi_ticket", "/cgi-bin/ticket/get", {"type": "agent_config"})
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message, access)
    return PageSignature(
        corp_id=access.settings.get("corp_id", ""),
        agent_id=agent_id,
        sdk_url=access.settings.get("sdk_url") or SDK,
        config=Signed(timestamp, nonce, page_signed(of_corp, nonce, timestamp, url)),
        agent_config=Signed(timestamp, nonce, page_signed(of_app, nonce, timestamp, url)),
    )


async def _key(access: Access, name: str, path: str, query: Mapping[str, str]) -> str:
    """The key of that name, lent again as long as it lives. Getting one sends nothing, so doubt is NotSent here."""

    async def bring() -> tuple[str, float]:
        try:
            told = (await ask(access, "GET", path, query=query)).json()
        except MaybeSent as error:
            raise NotSent(f"no {name}: {error}") from error
        key = text(told, "ticket")
        if not key:
            raise NotSent(f"no {name}: the answer holds none")
        return key, number(told, "expires_in") or 300.0

    return await access.token(name, bring)
