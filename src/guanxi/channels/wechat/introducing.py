"""WeChat's web authorisation: the one way to a customer's name and picture since December 2021, and he agrees to it.

Facts: the platform's guide to web authorisation. snsapi_base asks nobody and tells the openid; snsapi_userinfo asks, and
tells name, picture and unionid. The domain that he comes back to has to be allowed in the console (网页授权域名).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from guanxi.channel_kit import Access, Introduced, Profile
from guanxi.channel_kit.fields import identifier, text, web_address, whole
from guanxi.channel_kit.weixin.account import BASE, ask_openly, base
from guanxi.channel_kit.weixin.calling import Refused

PAGES = "https://open.weixin.qq.com"


def introduction(back: str, state: str, whole_profile: bool, access: Access) -> str:
    """The page to send him to. WeChat takes the parameters in this order only, and letters and digits as `state`."""
    pages = PAGES if base(access) == BASE else base(access)
    asked = {
        "appid": access.settings.get("app_id", ""),
        "redirect_uri": back,
        "response_type": "code",
        "scope": "snsapi_userinfo" if whole_profile else "snsapi_base",
        "state": state,
    }
    return f"{pages}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


async def introduced(query: Mapping[str, str], access: Access) -> Introduced | None:
    """Who came back with this query; None when he did not agree, or his code is used up.

    Somebody who looks at a snapshot of the page without agreeing has a made-up name: that is nobody, too.
    """
    code = query.get("code", "")
    if not code or len(code) > 512:
        return None
    asked = {
        "appid": access.settings.get("app_id", ""),
        "secret": access.secrets.get("app_secret", ""),
        "code": code,
        "grant_type": "authorization_code",
    }
    try:
        told = (await ask_openly(access, "/sns/oauth2/access_token", asked)).json()
        openid = identifier(told, "openid")
        if not openid or whole(told, "is_snapshotuser"):
            return None
        if "snsapi_userinfo" not in text(told, "scope").split(","):
            return Introduced(external_id=openid)
        asked = {"access_token": text(told, "access_token"), "openid": openid, "lang": "zh_CN"}
        person = (await ask_openly(access, "/sns/userinfo", asked)).json()
    except Refused:
        return None
    unionid = identifier(person, "unionid")
    profile = Profile(
        name=" ".join(text(person, "nickname").split())[:80],
        avatar=web_address(person, "headimgurl"),
        attributes={"unionid": unionid} if unionid else {},
    )
    return Introduced(external_id=openid, profile=profile)
