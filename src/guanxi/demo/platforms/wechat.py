"""A simulated WeChat Official Account platform: tokens, windows, quotas, sealed pushes with three tries."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from guanxi.content import Content, Image, Location, Text
from guanxi.demo.platforms import phone
from guanxi.demo.platforms.asgi import NO_CERTIFICATES, App, Call, Response, Script, application, as_json
from guanxi.demo.platforms.pictures import code_to_scan, tea_tin
from guanxi.demo.platforms.wechat_rules import (
    NOTICES,
    TEMPLATES,
    code_of,
    shown,
    wrong_with,
    wrong_with_menu,
    wrong_with_template,
)
from guanxi.demo.platforms.wechat_seal import as_xml, seal, sign
from guanxi.demo.platforms.wechat_web import Web
from guanxi.demo.platforms.wechat_words import LOOK, Customer, refusal, written

TWO_DAYS = 48 * 3600.0
WINDOWS = {"message": (5, TWO_DAYS), "follow": (3, 60.0), "scan": (3, 60.0), "menu_tap": (3, 60.0)}
TRIES, BETWEEN_TRIES = 3, 5.0


@dataclass(slots=True)
class Platform:
    """One official account on the simulated platform. `app` is what HTTP is served from."""

    app_id: str
    app_secret: str
    token: str
    encoding_aes_key: str = ""
    mode: str = "safe"
    original_id: str = "gh_simulated"
    webhook: str = ""
    as_json: bool = False
    allowed_addresses: frozenset[str] | None = None
    clock: Callable[[], float] = time.time
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    script: Script = field(default_factory=Script)
    customers: dict[str, Customer] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    menu: list[dict[str, Any]] = field(default_factory=list)
    scenes: dict[str, str] = field(default_factory=dict)
    web: Web = field(default_factory=Web)
    next_id: int = 24_600_000_000_000_001

    @property
    def app(self) -> App:
        return application(self._answer)

    # what a customer does ---------------------------------------------------------------------------------------

    def add_customer(self, openid: str, name: str = "") -> Customer:
        if openid not in self.customers:
            unionid = "u" + hashlib.sha256(openid.encode()).hexdigest()[:20]
            self.customers[openid] = Customer(openid=openid, name=name or openid[-4:], unionid=unionid)
        return self.customers[openid]

    async def customer_says(self, openid: str, content: Content | str, file: bytes = b"", times: int = 1) -> bool:
        """The customer sends something; `times` repeats the very same push. Returns whether the shop took it."""
        customer = self.add_customer(openid)
        said = Text(content) if isinstance(content, str) else content
        fields, bubble = written(said, file, self._keep, self.clock())
        customer.bubbles.append(bubble)
        self._open(customer, "message")
        self.next_id += 1
        body = {**self._common(customer), **fields, "MsgId": self.next_id}
        return [await self._push(body) for _ in range(times)][-1]

    async def customer_follows(self, openid: str, scene: str = "") -> bool:
        customer = self.add_customer(openid)
        customer.follows = True
        key = f"qrscene_{scene}" if scene else ""
        return await self._event(customer, "subscribe", "follow", EventKey=key, **({"Ticket": "t"} if scene else {}))

    async def customer_leaves(self, openid: str) -> bool:
        customer = self.add_customer(openid)
        customer.follows = False
        customer.windows.clear()
        return await self._event(customer, "unsubscribe", "", EventKey="")

    async def customer_scans(self, openid: str, scene: str) -> bool:
        return await self._event(self.add_customer(openid), "SCAN", "scan", EventKey=scene, Ticket="t")

    async def customer_taps(self, openid: str, key: str) -> bool:
        return await self._event(self.add_customer(openid), "CLICK", "menu_tap", EventKey=key)

    async def customer_chooses(self, openid: str, number: int) -> bool:
        """The customer taps an answer of the newest menu message."""
        customer = self.customers[openid]
        offered = next(got["msgmenu"]["list"] for got in reversed(customer.got) if got["msgtype"] == "msgmenu")
        tapped = offered[number - 1]
        customer.bubbles.append(phone.Bubble(mine=True, text=tapped["content"], at=self.clock()))
        self._open(customer, "menu_tap")
        self.next_id += 1
        said = {"MsgType": "text", "Content": tapped["content"], "bizmsgmenuid": tapped["id"], "MsgId": self.next_id}
        return await self._push({**self._common(customer), **said})

    def received(self, openid: str) -> list[dict[str, Any]]:
        """Everything that reached this customer, in its order: {'msgtype': 'text', 'text': {'content': …}}."""
        return self.customers[openid].got if openid in self.customers else []

    def expire_tokens(self) -> None:
        """From now on no token that was given is taken any more."""
        self.tokens.clear()

    # what the platform pushes -----------------------------------------------------------------------------------

    def _common(self, customer: Customer) -> dict[str, Any]:
        return {"ToUserName": self.original_id, "FromUserName": customer.openid, "CreateTime": int(self.clock())}

    async def _event(self, customer: Customer, event: str, opens: str, **fields: Any) -> bool:
        if opens:
            self._open(customer, opens)
        return await self._push({**self._common(customer), "MsgType": "event", "Event": event, **fields})

    def _open(self, customer: Customer, window: str) -> None:
        replies, seconds = WINDOWS[window]
        customer.windows[window] = (replies, self.clock() + seconds)

    async def _push(self, fields: dict[str, Any]) -> bool:
        """Post it to the shop, up to three times five seconds apart, until `success` or nothing is answered."""
        query, body, kind = self._sealed(fields)
        async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=5.0) as http:
            for attempt in range(TRIES):
                if attempt:
                    await self.pause(BETWEEN_TRIES)
                try:
                    answer = await http.post(self.webhook, params=query, content=body, headers={"content-type": kind})
                except httpx.TransportError:
                    self.answers.append((0, b""))
                    continue
                self.answers.append((answer.status_code, answer.content))
                if answer.status_code == 200:
                    return answer.content in (b"", b"success")
        return False

    def _sealed(self, fields: dict[str, Any]) -> tuple[dict[str, str], bytes, str]:
        stamp, nonce = str(int(self.clock())), str(secrets.randbelow(10**10))
        query = {"signature": sign(self.token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
        query["openid"] = str(fields["FromUserName"])
        plain = msgspec.json.encode(fields).decode() if self.as_json else as_xml(fields)
        kind = "application/json" if self.as_json else "text/xml"
        if self.mode == "plain":
            return query, plain.encode(), kind
        sealed = seal(plain, self.encoding_aes_key, self.app_id, secrets.token_bytes(16))
        query |= {"encrypt_type": "aes", "msg_signature": sign(self.token, stamp, nonce, sealed)}
        outer = {"ToUserName": self.original_id, "Encrypt": sealed}
        if self.mode == "compatible":
            outer = {**fields, **outer}
        return query, msgspec.json.encode(outer) if self.as_json else as_xml(outer).encode(), kind

    # what the platform answers ----------------------------------------------------------------------------------

    async def _answer(self, call: Call) -> Response:
        doors: dict[tuple[str, str], tuple[str, Callable[[Call], Response]]] = {
            ("POST", "/cgi-bin/stable_token"): ("token", self._give_token),
            ("POST", "/cgi-bin/message/custom/send"): ("send", self._take_message),
            ("POST", "/cgi-bin/message/custom/typing"): ("typing", self._take_typing),
            ("POST", "/cgi-bin/media/upload"): ("upload", self._take_file),
            ("GET", "/cgi-bin/media/get"): ("media", self._give_file),
            ("GET", "/cgi-bin/template/get_all_private_template"): ("templates", self._list_templates),
            ("GET", "/wxaapi/newtmpl/gettemplate"): ("templates", self._list_templates),
            ("POST", "/cgi-bin/message/template/send"): ("template", self._take_template),
            ("POST", "/cgi-bin/message/subscribe/bizsend"): ("template", self._take_template),
            ("POST", "/cgi-bin/menu/create"): ("menu", self._take_menu),
            ("GET", "/cgi-bin/menu/delete"): ("menu", self._drop_menu),
            ("POST", "/cgi-bin/qrcode/create"): ("code", self._give_code),
            ("GET", "/cgi-bin/user/info"): ("profile", self._give_profile),
        }
        if (call.method, call.path) in doors:
            door, perform = doors[call.method, call.path]
            self.calls[door] += 1
            return self.script.play(door, lambda: self._with_token(call, door, perform))
        if self.web.serves(call):
            return self.script.play(call.path.split("/")[1], lambda: self.web.answer(call, self))
        if call.path == "/cgi-bin/showqrcode":
            return Response(body=code_to_scan(f"http://weixin.qq.com/q/{call.query.get('ticket')}"), type="image/png")
        if call.path.startswith("/media/") and (kept := self.files.get(call.path.removeprefix("/media/"))):
            return Response(body=kept[1], type=kept[2])
        return await self._page(call)

    def _with_token(self, call: Call, door: str, perform: Callable[[Call], Response]) -> Response:
        if door == "token":
            return perform(call)
        if (given := call.query.get("access_token", "")) not in self.tokens:
            return refusal(40001, "invalid credential, access_token is invalid or not latest")
        if self.tokens[given] <= self.clock():
            return refusal(42001, "access_token expired")
        return perform(call)

    def _give_token(self, call: Call) -> Response:
        asked = call.json()
        if self.allowed_addresses is not None and call.peer not in self.allowed_addresses:
            return refusal(40164, f"invalid ip {call.peer}, not in whitelist")
        if asked.get("appid") != self.app_id:
            return refusal(40013, "invalid appid")
        if asked.get("secret") != self.app_secret:
            return refusal(40125, "invalid appsecret")
        living = [token for token, until in self.tokens.items() if until > self.clock() + 300]
        if not living or asked.get("force_refresh"):
            living = [secrets.token_urlsafe(96)]
            self.tokens[living[0]] = self.clock() + 7200
        return as_json({"access_token": living[0], "expires_in": int(self.tokens[living[0]] - self.clock())})

    def _take_message(self, call: Call) -> Response:
        message = call.json()
        customer = self.customers.get(message.get("touser", ""))
        if customer is None:
            return refusal(40003, "invalid openid")
        if not customer.follows:
            return refusal(43004, "require subscribe")
        wrong = wrong_with(message, self.files)
        if wrong:
            return refusal(*wrong)
        living = {by: window for by, window in customer.windows.items() if window[1] > self.clock()}
        if not living:
            return refusal(45015, "response out of time limit or subscription is canceled")
        by = next((by for by in ("menu_tap", "scan", "follow", "message") if living.get(by, (0, 0.0))[0] > 0), "")
        if not by:
            return refusal(45047, "out of response count limit")
        customer.windows[by] = (living[by][0] - 1, living[by][1])
        customer.writing_until = 0.0
        customer.got.append({key: value for key, value in message.items() if key != "touser"})
        customer.bubbles.append(shown(message, self.clock()))
        return refusal(0, "ok")

    def _take_typing(self, call: Call) -> Response:
        asked = call.json()
        customer = self.customers.get(asked.get("touser", ""))
        if customer is None:
            return refusal(40003, "invalid openid")
        if asked.get("command") not in ("Typing", "CancelTyping"):
            return refusal(45072, "invalid command")
        customer.writing_until = self.clock() + 15 if asked["command"] == "Typing" else 0.0
        return refusal(0, "ok")

    def _keep(self, name: str, body: bytes, kind: str) -> str:
        handle = secrets.token_urlsafe(24)
        self.files[handle] = (name, body, kind)
        return handle

    def _take_file(self, call: Call) -> Response:
        file = call.file("media")
        if call.query.get("type") not in ("image", "voice", "video", "thumb"):
            return refusal(40004, "invalid media type")
        if file is None:
            return refusal(41005, "media data missing")
        if len(file[1]) > 10 * 1024 * 1024:
            return refusal(40006, "invalid media size")
        handle = self._keep(*file)
        return as_json({"type": call.query["type"], "media_id": handle, "created_at": int(self.clock())})

    def _give_file(self, call: Call) -> Response:
        kept = self.files.get(call.query.get("media_id", ""))
        if kept is None:
            return Response(body=b'{"errcode":40007,"errmsg":"invalid media_id"}', type="text/plain")
        name, body, kind = kept
        return Response(body=body, type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})

    def _list_templates(self, call: Call) -> Response:
        return as_json({"template_list": TEMPLATES, "errcode": 0, "data": NOTICES})

    def _take_template(self, call: Call) -> Response:
        message = call.json()
        customer = self.customers.get(message.get("touser", ""))
        wrong = wrong_with_template(message, (*TEMPLATES, *NOTICES))
        if customer is None or not customer.follows or wrong:
            return refusal(*(wrong or (43004, "require subscribe")))
        self.next_id += 1
        customer.got.append({"msgtype": "template", **message, "msgid": self.next_id})
        said = " · ".join(one["value"] for one in message["data"].values())
        customer.bubbles.append(phone.Bubble(mine=False, text=f"📄 {said}", at=self.clock()))
        return as_json({"errcode": 0, "errmsg": "ok", "msgid": self.next_id})

    async def template_arrives(self, openid: str, status: str = "success") -> bool:
        """The platform tells what became of the newest template message of that customer."""
        newest = [got for got in self.customers[openid].got if got["msgtype"] == "template"][-1]
        told = {"MsgID": newest["msgid"], "Status": status}
        return await self._event(self.customers[openid], "TEMPLATESENDJOBFINISH", "", **told)

    def _take_menu(self, call: Call) -> Response:
        wrong = wrong_with_menu(call.json())
        if wrong:
            return refusal(*wrong)
        self.menu = call.json()["button"]
        return refusal(0, "ok")

    def _drop_menu(self, call: Call) -> Response:
        self.menu = []
        return refusal(0, "ok")

    def _give_code(self, call: Call) -> Response:
        made = code_of(call.json(), secrets.token_urlsafe(24))
        if made is None:
            return refusal(40053, "invalid action info")
        self.scenes[made["ticket"]] = call.json()["action_info"]["scene"]["scene_str"]
        return as_json(made)

    def _give_profile(self, call: Call) -> Response:
        customer = self.customers.get(call.query.get("openid", ""))
        if customer is None:
            return refusal(40003, "invalid openid")
        if not customer.follows:
            return as_json({"subscribe": 0, "openid": customer.openid})
        told = {"subscribe": 1, "openid": customer.openid, "language": "zh_CN", "unionid": customer.unionid}
        return as_json({**told, "subscribe_scene": "ADD_SCENE_QR_CODE"})

    # the page on which a person plays a customer ----------------------------------------------------------------

    async def _page(self, call: Call) -> Response:
        async def act(openid: str, deed: str, text: str) -> str:
            match deed:
                case "say":
                    await self.customer_says(openid, text)
                case "picture":
                    await self.customer_says(openid, Image(phone.PICTURE), tea_tin())
                case "place":
                    await self.customer_says(openid, Location(31.2304, 121.4737, address="上海市黄浦区人民大道 200 号"))
                case "scan":
                    await self.customer_scans(openid, "counter-3")
                case "tap":
                    await self.customer_taps(openid, "TALK_TO_US")
                case "join":
                    return self.add_customer(f"o{secrets.token_hex(13)}", text or "新顾客").openid
            return ""

        people = [
            phone.Person(one.openid, one.name, tuple(one.bubbles), writing=one.writing_until > self.clock())
            for one in self.customers.values()
        ]
        return await phone.answer(call, LOOK, people, ("picture", "place", "scan", "tap"), act)
