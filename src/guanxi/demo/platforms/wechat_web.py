"""The simulated WeChat's web authorisation: who holds the phone, does he agree, and what a code is changed into."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import httpx

from guanxi.demo.platforms.asgi import NO_CERTIFICATES, Call, Response, as_json
from guanxi.demo.platforms.pictures import tea_tin
from guanxi.demo.platforms.wechat_words import Customer, refusal

PAGE = "/connect/oauth2/authorize"
HOLDER = "wx_person"  # the cookie that says who holds the phone


class Account(Protocol):
    """Whose pages these are."""

    app_id: str
    app_secret: str
    customers: dict[str, Customer]


@dataclass(slots=True)
class Web:
    """Codes and tokens that were given out: code → (openid, scope), token → openid. A code is taken once."""

    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    grants: dict[str, str] = field(default_factory=dict)
    snapshots: bool = False  # people look at snapshots only, and have made-up names there

    def serves(self, call: Call) -> bool:
        return call.path == PAGE or call.path.startswith(("/sns/", "/face/"))

    def answer(self, call: Call, account: Account) -> Response:
        if call.path == PAGE:
            return self._page(call, account.app_id, account.customers)
        if call.path == "/sns/oauth2/access_token":
            return self._change(call, account.app_id, account.app_secret)
        if call.path == "/sns/userinfo":
            return self._tell(call, account.customers)
        return Response(body=tea_tin(), type="image/png")

    def _page(self, call: Call, app_id: str, customers: Mapping[str, Customer]) -> Response:
        asked = call.query
        if asked.get("appid") != app_id or not re.fullmatch(r"[A-Za-z0-9]{0,128}", asked.get("state", "")):
            return Response(status=400, body="参数错误".encode(), type="text/plain; charset=utf-8")
        cookies = SimpleCookie(call.headers.get("cookie", ""))
        holder = asked.get("as") or (cookies[HOLDER].value if HOLDER in cookies else "")
        if holder not in customers:
            links = "".join(_link(asked | {"as": one.openid}, one.name) for one in customers.values())
            return _sheet("谁拿着手机？ Who holds the phone?", links)
        if "snsapi_userinfo" in asked.get("scope", "") and "agree" not in asked:
            choice = _link(asked | {"agree": "1"}, "允许 Allow") + _link(asked | {"agree": "0"}, "拒绝 Decline")
            return _sheet(f"{html.escape(customers[holder].name)}：允许获取您的昵称和头像？", choice)
        back = {"state": asked.get("state", "")}
        if asked.get("agree") != "0":
            back = {"code": secrets.token_hex(16), **back}
            self.codes[back["code"]] = (holder, asked.get("scope", ""))
        headers = {"location": f"{asked['redirect_uri']}?{urlencode(back)}", "set-cookie": f"{HOLDER}={holder}; Path=/"}
        return Response(status=302, headers=headers)

    def _change(self, call: Call, app_id: str, app_secret: str) -> Response:
        if (call.query.get("appid"), call.query.get("secret")) != (app_id, app_secret):
            return refusal(40125, "invalid appsecret")
        openid, scope = self.codes.pop(call.query.get("code", ""), ("", ""))
        if not openid:
            return refusal(40163, "code been used")
        token = secrets.token_urlsafe(64)
        self.grants[token] = openid
        told = {"access_token": token, "expires_in": 7200, "refresh_token": "r", "openid": openid, "scope": scope}
        return as_json(told | ({"is_snapshotuser": 1} if self.snapshots else {}))

    def _tell(self, call: Call, customers: Mapping[str, Customer]) -> Response:
        openid = self.grants.get(call.query.get("access_token", ""), "")
        if not openid or openid != call.query.get("openid"):
            return refusal(40001, "invalid credential")
        customer = customers[openid]
        face = f"http://{call.headers.get('host', '')}/face/{openid}"
        told = {"openid": openid, "nickname": customer.name, "sex": 0, "headimgurl": face, "privilege": []}
        return as_json({**told, "unionid": customer.unionid})


async def opens(
    openid: str, address: str, *, agrees: bool = True, cookies: bool = True, language: str = "en"
) -> httpx.Response:
    """A customer taps a link on his phone, and agrees or not where he is asked; returns the page that he ends at."""
    headers = {"accept-language": language}
    async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=10.0, headers=headers) as http:
        answer = await http.get(address)
        while "location" in answer.headers:
            if not cookies:
                http.cookies.clear()
            url = httpx.URL(urlsplit(answer.headers["location"])._replace(fragment="").geturl())
            if url.path == PAGE:
                asks = "snsapi_userinfo" in url.params.get("scope", "")
                url = url.copy_merge_params({"as": openid, **({"agree": str(int(agrees))} if asks else {})})
            answer = await http.get(url)
        return answer


def _link(query: Mapping[str, str], words: str) -> str:
    return f'<p><a href="{PAGE}?{html.escape(urlencode(query))}">{html.escape(words)}</a></p>'


def _sheet(title: str, body: str) -> Response:
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    style = (
        "<style>body{font:17px/1.6 system-ui;max-width:24rem;margin:3rem auto;padding:0 1rem}a{color:#2a8f4e}</style>"
    )
    return Response(body=f"{head}{style}<h1>{title}</h1>{body}".encode(), type="text/html; charset=utf-8")
