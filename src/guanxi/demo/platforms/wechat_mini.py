"""A simulated WeChat mini program: its customer service pushes sealed XML or JSON, and holds to its two windows."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from guanxi.content import Content, Image, MiniProgram, Text
from guanxi.demo.platforms import phone
from guanxi.demo.platforms.asgi import NO_CERTIFICATES, App, Call, Response, Script, application, as_json
from guanxi.demo.platforms.pictures import tea_tin
from guanxi.demo.platforms.wechat_seal import as_xml, seal, sign
from guanxi.demo.platforms.wechat_words import Customer, handed_out, refusal, written

TWO_DAYS = 48 * 3600.0
WINDOWS = {"message": (5, TWO_DAYS), "enter": (2, 60.0)}
KINDS = ("text", "image", "link", "miniprogrampage")
TRIES, BETWEEN_TRIES = 3, 5.0
LOOK = phone.Look(
    key="wechat_mini", title={"zh": "小程序里的顾客", "en": "A customer in the mini program"}, ground="#f2f2f4", bar="#ffffff",
    ink="#191919", mine="#a9e87a", theirs="#ffffff", accent="#5a55c8",
)  # fmt: skip


@dataclass(slots=True)
class Kept:
    """What the platform must not forget."""

    customers: dict[str, Customer] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Platform:
    """One mini program on the simulated platform. `app` is what HTTP is served from."""

    app_id: str
    app_secret: str
    token: str
    encoding_aes_key: str = ""
    mode: str = "safe"
    original_id: str = "gh_simulated"
    webhook: str = ""
    as_json: bool = True
    clock: Callable[[], float] = time.time
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    script: Script = field(default_factory=Script)
    kept: Kept = field(default_factory=Kept)
    tokens: dict[str, float] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    next_id: int = 24_700_000_000_000_001

    @property
    def app(self) -> App:
        return application(self._answer)

    # what a customer does -----------------------------------------------------------------------------------------

    def add_customer(self, openid: str, name: str = "", unionid: str = "") -> Customer:
        if openid not in self.kept.customers:
            union = unionid or "u" + hashlib.sha256(openid.encode()).hexdigest()[:20]
            self.kept.customers[openid] = Customer(openid=openid, name=name or openid[-4:], unionid=union)
        return self.kept.customers[openid]

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

    async def customer_enters(self, openid: str, session_from: str = "") -> bool:
        """The customer taps the button; `session_from` is what it carries."""
        customer = self.add_customer(openid)
        self._open(customer, "enter")
        event = {"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": session_from}
        return await self._push({**self._common(customer), **event})

    def received(self, openid: str) -> list[dict[str, Any]]:
        """Everything that reached this customer, in its order."""
        return self.kept.customers[openid].got if openid in self.kept.customers else []

    def expire_tokens(self) -> None:
        """From now on no token that was given is taken any more."""
        self.tokens.clear()

    # what the platform pushes -------------------------------------------------------------------------------------

    def _common(self, customer: Customer) -> dict[str, Any]:
        return {"ToUserName": self.original_id, "FromUserName": customer.openid, "CreateTime": int(self.clock())}

    def _open(self, customer: Customer, window: str) -> None:
        replies, seconds = WINDOWS[window]
        customer.windows[window] = (replies, self.clock() + seconds)

    async def _push(self, fields: dict[str, Any]) -> bool:
        """Post it to the shop, up to three times five seconds apart, until it is thanked."""
        stamp, nonce = str(int(self.clock())), str(secrets.randbelow(10**10))
        query = {"signature": sign(self.token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
        body = self._written(fields)
        if self.mode != "plain":
            sealed = seal(body, self.encoding_aes_key, self.app_id, secrets.token_bytes(16))
            query |= {"encrypt_type": "aes", "msg_signature": sign(self.token, stamp, nonce, sealed)}
            outer = {"ToUserName": self.original_id, "Encrypt": sealed}
            body = self._written({**fields, **outer} if self.mode == "compatible" else outer)
        async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=5.0) as http:
            for attempt in range(TRIES):
                if attempt:
                    await self.pause(BETWEEN_TRIES)
                try:
                    answer = await http.post(self.webhook, params=query, content=body.encode())
                except httpx.TransportError:
                    self.answers.append((0, b""))
                    continue
                self.answers.append((answer.status_code, answer.content))
                if answer.status_code == 200:
                    return answer.content in (b"", b"success")
        return False

    def _written(self, fields: dict[str, Any]) -> str:
        return msgspec.json.encode(fields).decode() if self.as_json else as_xml(fields)

    # what the platform answers ------------------------------------------------------------------------------------

    async def _answer(self, call: Call) -> Response:
        doors: dict[str, tuple[str, Callable[[Call], Response]]] = {
            "/cgi-bin/stable_token": ("token", self._give_token),
            "/cgi-bin/message/custom/send": ("send", self._take_message),
            "/cgi-bin/message/custom/typing": ("typing", self._take_typing),
            "/cgi-bin/media/upload": ("upload", self._take_file),
            "/cgi-bin/media/get": ("media", self._give_file),
        }
        if call.path in doors:
            door, perform = doors[call.path]
            self.calls[door] += 1
            return self.script.play(door, lambda: self._with_token(call, door, perform))
        if call.path.startswith("/media/") and (kept := self.kept.files.get(call.path.removeprefix("/media/"))):
            return Response(body=kept[1], type=kept[2])
        return await self._page(call)

    def _with_token(self, call: Call, door: str, perform: Callable[[Call], Response]) -> Response:
        if door == "token":
            return perform(call)
        until = self.tokens.get(call.query.get("access_token", ""))
        if until is None:
            return refusal(40001, "invalid credential, access_token is invalid or not latest")
        return perform(call) if until > self.clock() else refusal(42001, "access_token expired")

    def _give_token(self, call: Call) -> Response:
        asked = call.json()
        if asked.get("appid") != self.app_id:
            return refusal(40013, "invalid appid")
        if asked.get("secret") != self.app_secret:
            return refusal(40125, "invalid appsecret")
        living = [token for token, until in self.tokens.items() if until > self.clock() + 300]
        if not living:
            living = [secrets.token_urlsafe(96)]
            self.tokens[living[0]] = self.clock() + 7200
        return as_json({"access_token": living[0], "expires_in": int(self.tokens[living[0]] - self.clock())})

    def _take_message(self, call: Call) -> Response:
        message = call.json()
        customer = self.kept.customers.get(message.get("touser", ""))
        if customer is None:
            return refusal(40003, "invalid openid")
        if wrong := _wrong_with(message, self.kept.files):
            return refusal(*wrong)
        living = {by: window for by, window in customer.windows.items() if window[1] > self.clock()}
        if not living:
            return refusal(45015, "response out of time limit")
        by = next((by for by in ("enter", "message") if living.get(by, (0, 0.0))[0] > 0), "")
        if not by:
            return refusal(45047, "out of response count limit")
        customer.windows[by] = (living[by][0] - 1, living[by][1])
        customer.writing_until = 0.0
        customer.got.append({key: value for key, value in message.items() if key != "touser"})
        customer.bubbles.append(_shown(message, self.clock()))
        return refusal(0, "ok")

    def _take_typing(self, call: Call) -> Response:
        asked = call.json()
        customer = self.kept.customers.get(asked.get("touser", ""))
        if customer is None:
            return refusal(40003, "invalid openid")
        customer.writing_until = self.clock() + 15 if asked.get("command") == "Typing" else 0.0
        return refusal(0, "ok")

    def _keep(self, name: str, body: bytes, kind: str) -> str:
        handle = secrets.token_urlsafe(24)
        self.kept.files[handle] = (name, body, kind)
        return handle

    def _take_file(self, call: Call) -> Response:
        found = call.file("media")
        if found is None or call.query.get("type") != "image":
            return refusal(40004, "invalid media type")
        return as_json({"type": "image", "media_id": self._keep(*found), "created_at": int(self.clock())})

    def _give_file(self, call: Call) -> Response:
        return handed_out(self.kept.files, call.query.get("media_id", ""))

    async def _page(self, call: Call) -> Response:
        """The page on which a person plays a customer."""

        async def act(openid: str, deed: str, text: str) -> str:
            match deed:
                case "say":
                    await self.customer_says(openid, text)
                case "picture":
                    await self.customer_says(openid, Image(phone.PICTURE), tea_tin())
                case "card":
                    page = MiniProgram("「雨过」马克杯", self.app_id, "pages/cup?id=7")
                    await self.customer_says(openid, page, tea_tin())
                case "enter":
                    await self.customer_enters(openid, "pages/cup?id=7")
                case "join":
                    return self.add_customer(f"o{secrets.token_hex(13)}", text or "新顾客").openid
            return ""

        people = [
            phone.Person(one.openid, one.name, tuple(one.bubbles), writing=one.writing_until > self.clock())
            for one in self.kept.customers.values()
        ]
        return await phone.answer(call, LOOK, people, ("picture", "card", "enter"), act)


def _wrong_with(message: Mapping[str, Any], files: Mapping[str, Any]) -> tuple[int, str] | None:
    """Why the platform refuses a message, as code and words; None when it takes it."""
    kind = str(message.get("msgtype"))
    said = message.get(kind)
    if kind not in KINDS or not isinstance(said, dict):
        return 40008, "invalid message type"
    match kind:
        case "text":
            size = len(said.get("content", "").encode())
            return None if 0 < size <= 2048 else (45002, "content size out of limit")
        case "link":
            fine = said.get("title") and said.get("url") and said.get("thumb_url")
            return None if fine else (40058, "invalid parameter")
        case "miniprogrampage":
            return None if said.get("thumb_media_id") in files and said.get("pagepath") else (40007, "invalid media_id")
        case _:
            return None if said.get("media_id") in files else (40007, "invalid media_id")


def _shown(message: Mapping[str, Any], at: float) -> phone.Bubble:
    """The bubble on the phone of whoever got it."""
    kind = str(message["msgtype"])
    said = message[kind]
    if kind == "image":
        return phone.Bubble(mine=False, text="", picture=f"/media/{said['media_id']}", at=at)
    text = {"text": said.get("content"), "link": f"🔗 {said.get('title')}"}.get(kind) or f"🧩 {said.get('title')}"
    return phone.Bubble(mine=False, text=text, at=at)
