"""A simulated WeCom customer service: sealed nudges, pages behind cursors, codes of events, sessions, windows, msgids."""

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

from guanxi.content import Content, Image, Location, Text
from guanxi.demo.platforms import phone, wecom_sessions
from guanxi.demo.platforms.asgi import NO_CERTIFICATES, App, Call, Response, Script, application, as_json
from guanxi.demo.platforms.pictures import tea_tin
from guanxi.demo.platforms.wechat_seal import as_xml, seal, sign
from guanxi.demo.platforms.wechat_words import handed_out, refusal
from guanxi.demo.platforms.wecom_words import KINDS, LOOK, Customer, Kept, page_key, shown, written, wrong_with

TWO_DAYS, THREE_DAYS = 48 * 3600.0, 72 * 3600.0
TRIES, BETWEEN_TRIES = 3, 5.0
RECALLED_WITHIN = 120.0
ON_EVENT = {
    "welcome": (20.0, ("text", "msgmenu")),
    "queue": (TWO_DAYS, ("text",)),
    "taken": (TWO_DAYS, ("text",)),
    "ended": (20.0, ("text", "msgmenu")),
}


@dataclass(slots=True)
class Platform:
    """A corporation with one or more customer-service accounts. `app` is what HTTP is served from."""

    corp_id: str
    secret: str
    token: str
    encoding_aes_key: str
    kfids: tuple[str, ...] = ("wkSimulated_Account0001",)
    webhook: str = ""
    page: int = 100  # the most that one page tells
    nudges: bool = True
    clock: Callable[[], float] = time.time
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    script: Script = field(default_factory=Script)
    kept: Kept = field(default_factory=Kept)
    tokens: dict[str, float] = field(default_factory=dict)
    codes: dict[str, tuple[str, str, float]] = field(default_factory=dict)  # code → (person, what, until)
    pull_tokens: dict[str, float] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def app(self) -> App:
        return application(self._answer)

    # what happens on the phones and in the WeCom app --------------------------------------------------------------

    def add_customer(self, person: str, name: str = "", kfid: str = "") -> Customer:
        if person not in self.kept.customers:
            unionid = "u" + hashlib.sha256(person.encode()).hexdigest()[:20]
            self.kept.customers[person] = Customer(person, name or person[-4:], kfid or self.kfids[0], unionid)
        return self.kept.customers[person]

    async def customer_says(self, person: str, content: Content | str, file: bytes = b"", menu: str = "") -> bool:
        """The customer sends something (`menu`: by tapping an answer). Returns whether the shop took the nudge."""
        customer = self.add_customer(person)
        kind, said, bubble = written(
            Text(content) if isinstance(content, str) else content, file, self._keep, self.clock()
        )
        customer.bubbles.append(bubble)
        customer.left, customer.until = 5, self.clock() + TWO_DAYS
        customer.state = 0 if customer.state == 4 else customer.state
        self._tell(customer, 3, kind, said | ({"menu_id": menu} if menu else {}))
        return await self.nudge(customer.kfid)

    async def customer_enters(self, person: str, scene: str = "site", param: str = "") -> str:
        """The customer opens the chat; returns the welcome code, '' when he was welcomed within 48 hours."""
        customer = self.add_customer(person)
        code = ""
        if customer.welcomed + TWO_DAYS < self.clock():
            code = self._code(customer, "welcome")
        await self._event(
            customer, "enter_session", scene=scene, scene_param=param, **({"welcome_code": code} if code else {})
        )
        return code

    async def customer_recalls(self, person: str) -> bool:
        """The customer takes his newest message back."""
        customer = self.kept.customers[person]
        mine = [one for one in self.kept.told[customer.kfid] if one["origin"] == 3 and one["external_userid"] == person]
        customer.bubbles.remove(next(bubble for bubble in reversed(customer.bubbles) if bubble.mine))
        return await self._event(customer, "user_recall_msg", recall_msgid=mine[-1]["msgid"])

    def customer_waits(self, person: str) -> None:
        """WeCom's own rules put the session into the waiting pool. Nothing is told of it."""
        self.kept.customers[person].state = wecom_sessions.POOL

    async def servicer_takes(self, person: str, servicer: str) -> str:
        """A colleague in the WeCom app takes the session; returns the code."""
        customer = self.kept.customers[person]
        customer.state, customer.servicer = 3, servicer
        code = self._code(customer, "taken")
        await self._event(customer, "session_status_change", change_type=1, new_servicer_userid=servicer, msg_code=code)
        return code

    async def servicer_says(self, person: str, text: str) -> bool:
        customer = self.kept.customers[person]
        customer.bubbles.append(phone.Bubble(mine=False, text=text, at=self.clock(), name=customer.servicer))
        self._tell(customer, 5, "text", {"content": text}, servicer_userid=customer.servicer)
        return await self.nudge(customer.kfid)

    async def servicer_ends(self, person: str) -> str:
        """The session is over; returns the code under which one more thing may be said."""
        customer = self.kept.customers[person]
        customer.state, servicer = 4, customer.servicer
        code = self._code(customer, "ended")
        told = {"change_type": 3, "old_servicer_userid": servicer, "msg_code": code}
        await self._event(customer, "session_status_change", **told)
        return code

    async def message_fails(self, msgid: str, fail_type: int) -> bool:
        """A message that was taken did not reach the phone after all."""
        customer = self.kept.customers[self.kept.sent[msgid][0]]
        customer.got = [one for one in customer.got if one.get("msgid") != msgid]
        return await self._event(customer, "msg_send_fail", fail_msgid=msgid, fail_type=fail_type)

    def received(self, person: str) -> list[dict[str, Any]]:
        """Everything that reached this customer, in its order."""
        return self.kept.customers[person].got if person in self.kept.customers else []

    def expire_tokens(self) -> None:
        """From now on no token that was given is taken any more."""
        self.tokens.clear()

    # what the platform tells --------------------------------------------------------------------------------------

    def _tell(self, customer: Customer, origin: int, kind: str, said: dict[str, Any], **more: Any) -> None:
        message = {
            "msgid": secrets.token_urlsafe(18),
            "open_kfid": customer.kfid,
            "external_userid": customer.person,
            "send_time": int(self.clock()),
            "origin": origin,
            "msgtype": kind,
            kind: said,
        }
        self.kept.told.setdefault(customer.kfid, []).append(message | more)

    async def _event(self, customer: Customer, kind: str, **fields: Any) -> bool:
        event = {"event_type": kind, "open_kfid": customer.kfid, "external_userid": customer.person, **fields}
        self._tell(customer, 4, "event", event)
        del self.kept.told[customer.kfid][-1]["open_kfid"], self.kept.told[customer.kfid][-1]["external_userid"]
        return await self.nudge(customer.kfid)

    def _code(self, customer: Customer, what: str) -> str:
        code = secrets.token_urlsafe(24)
        self.codes[code] = (customer.person, what, self.clock() + ON_EVENT[what][0])
        return code

    async def nudge(self, kfid: str) -> bool:
        """Say that there is something, up to three times five seconds apart."""
        if not self.nudges or not self.webhook:
            return False
        token = secrets.token_urlsafe(24)
        self.pull_tokens[token] = self.clock() + 600
        stamp, nonce = str(int(self.clock())), str(secrets.randbelow(10**10))
        fields = {"ToUserName": self.corp_id, "CreateTime": int(self.clock()), "MsgType": "event"}
        plain = as_xml({**fields, "Event": "kf_msg_or_event", "Token": token, "OpenKfId": kfid})
        sealed = seal(plain, self.encoding_aes_key, self.corp_id, secrets.token_bytes(16))
        query = {"msg_signature": sign(self.token, stamp, nonce, sealed), "timestamp": stamp, "nonce": nonce}
        body = as_xml({"ToUserName": self.corp_id, "Encrypt": sealed, "AgentID": "1000007"}).encode()
        async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=5.0) as http:
            for attempt in range(TRIES):
                if attempt:
                    await self.pause(BETWEEN_TRIES)
                try:
                    answer = await http.post(self.webhook, params=query, content=body)
                except httpx.TransportError:
                    self.answers.append((0, b""))
                    continue
                self.answers.append((answer.status_code, answer.content))
                if answer.status_code == 200:
                    return True
        return False

    # what the platform answers ------------------------------------------------------------------------------------

    async def _answer(self, call: Call) -> Response:
        doors: dict[str, tuple[str, Callable[[Call], Response]]] = {
            "/cgi-bin/gettoken": ("token", self._give_token),
            "/cgi-bin/kf/sync_msg": ("sync", self._sync),
            "/cgi-bin/kf/send_msg": ("send", self._take_message),
            "/cgi-bin/kf/send_msg_on_event": ("on_event", self._take_answer),
            "/cgi-bin/kf/recall_msg": ("recall", self._take_back),
            "/cgi-bin/kf/service_state/get": ("state", lambda one: wecom_sessions.state_of(one, self.kept)),
            "/cgi-bin/kf/service_state/trans": ("move", lambda one: wecom_sessions.move(one, self.kept, self._code)),
            "/cgi-bin/user/get": ("colleague", lambda one: wecom_sessions.colleague(one, self.kept)),
            "/cgi-bin/kf/account/list": ("accounts", self._list_accounts),
            "/cgi-bin/kf/customer/batchget": ("profile", self._give_profiles),
            "/cgi-bin/get_jsapi_ticket": ("page_key", page_key),
            "/cgi-bin/ticket/get": ("app_page_key", page_key),
            "/cgi-bin/media/upload": ("upload", self._take_file),
            "/cgi-bin/media/get": ("media", self._give_file),
        }
        if call.path in doors:
            door, perform = doors[call.path]
            self.calls[door] += 1
            return self.script.play(door, lambda: self._with_token(call, door, perform))
        if call.path.startswith("/media/") and (kept := self.kept.files.get(call.path.removeprefix("/media/"))):
            return Response(body=kept[1], type=kept[2])
        if call.path.startswith("/face/"):
            return Response(body=tea_tin(), type="image/png")
        return await self._page(call)

    def _with_token(self, call: Call, door: str, perform: Callable[[Call], Response]) -> Response:
        if door == "token":
            return perform(call)
        until = self.tokens.get(call.query.get("access_token", ""))
        if until is None:
            return refusal(40014, "invalid access_token")
        return perform(call) if until > self.clock() else refusal(42001, "access_token expired")

    def _give_token(self, call: Call) -> Response:
        if call.query.get("corpid") != self.corp_id:
            return refusal(40013, "invalid corpid")
        if call.query.get("corpsecret") != self.secret:
            return refusal(40001, "invalid credential")
        token = secrets.token_urlsafe(96)
        self.tokens[token] = self.clock() + 7200
        return as_json({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200})

    def _sync(self, call: Call) -> Response:
        """From the cursor on; without one, what is at most three days old. An empty page comes where all of it is."""
        asked = call.json()
        kfid = asked.get("open_kfid", "")
        if kfid not in self.kfids:
            return refusal(95000, "invalid open_kfid")
        token = asked.get("token", "")
        if token and self.pull_tokens.get(token, 0.0) <= self.clock():
            return refusal(95007, "invalid msgtoken")
        told = self.kept.told.get(kfid, [])
        begins = int(asked["cursor"].removeprefix("at-")) if asked.get("cursor") else 0
        page = told[begins : begins + min(self.page, asked.get("limit", 1000))]
        ends = begins + len(page)
        living = [one for one in page if one["send_time"] > self.clock() - THREE_DAYS]
        answer = {"next_cursor": f"at-{ends}", "has_more": int(ends < len(told)), "msg_list": living}
        return as_json({"errcode": 0, "errmsg": "ok", **answer})

    def _take_message(self, call: Call) -> Response:
        message = call.json()
        customer = self.kept.customers.get(message.get("touser", ""))
        if customer is None or customer.kfid != message.get("open_kfid"):
            return refusal(40003, "invalid userid")
        if message.get("msgid") in self.kept.sent:
            return refusal(95099, "msgid already exists")
        if wrong := wrong_with(message, self.kept.files, KINDS):
            return refusal(*wrong)
        if customer.state not in (0, 1):
            return refusal(95013 if customer.state == 4 else 95018, "send msg session status invalid")
        if customer.left <= 0 or customer.until <= self.clock():
            return refusal(95001, "send msg count limit")
        customer.left -= 1
        return self._delivered(customer, message)

    def _take_answer(self, call: Call) -> Response:
        message = call.json()
        person, what, until = self.codes.pop(message.get("code", ""), ("", "", 0.0))
        if not person or until <= self.clock():
            return refusal(95032, "invalid code")
        if wrong := wrong_with(message, self.kept.files, ON_EVENT[what][1]):
            return refusal(*wrong)
        customer = self.kept.customers[person]
        if wecom_sessions.CODES.get(customer.state) != what and what != "welcome":
            return refusal(95032, "invalid code")  # the session has gone on since
        if what == "welcome":
            customer.welcomed = self.clock()
        return self._delivered(customer, message)

    def _delivered(self, customer: Customer, message: dict[str, Any]) -> Response:
        msgid = message.get("msgid") or secrets.token_urlsafe(18)
        self.kept.sent[msgid] = (customer.person, self.clock())
        told = {key: value for key, value in message.items() if key not in ("touser", "open_kfid")}
        customer.got.append(told | {"msgid": msgid})
        customer.bubbles.append(shown(message, self.clock()))
        return as_json({"errcode": 0, "errmsg": "ok", "msgid": msgid})

    def _take_back(self, call: Call) -> Response:
        msgid = call.json().get("msgid", "")
        person, at = self.kept.sent.get(msgid, ("", 0.0))
        if not person or at + RECALLED_WITHIN < self.clock():
            return refusal(95024, "recall time out of limit")
        customer = self.kept.customers[person]
        customer.got = [one for one in customer.got if one["msgid"] != msgid]
        customer.bubbles = [bubble for bubble in customer.bubbles if bubble.mine or bubble.at != at]
        return refusal(0, "ok")

    def _list_accounts(self, call: Call) -> Response:
        accounts = [{"open_kfid": kfid, "name": f"客服 {nth}"} for nth, kfid in enumerate(self.kfids, 1)]
        return as_json({"errcode": 0, "errmsg": "ok", "account_list": accounts})

    def _give_profiles(self, call: Call) -> Response:
        asked = call.json()["external_userid_list"]
        found = [self.kept.customers[one] for one in asked if one in self.kept.customers]
        face = f"http://{call.headers.get('host', '')}/face/"
        told = [
            {"external_userid": one.person, "nickname": one.name, "avatar": face + one.person, "gender": 0}
            | {"unionid": one.unionid}
            for one in found
        ]
        return as_json({"errcode": 0, "errmsg": "ok", "customer_list": told})

    def _keep(self, name: str, body: bytes, kind: str) -> str:
        handle = secrets.token_urlsafe(24)
        self.kept.files[handle] = (name, body, kind)
        return handle

    def _take_file(self, call: Call) -> Response:
        found = call.file("media")
        if found is None or call.query.get("type") not in ("image", "voice", "video", "file"):
            return refusal(40004, "invalid media type")
        return as_json({"errcode": 0, "errmsg": "ok", "type": call.query["type"], "media_id": self._keep(*found)})

    def _give_file(self, call: Call) -> Response:
        return handed_out(self.kept.files, call.query.get("media_id", ""))

    async def _page(self, call: Call) -> Response:
        """The page on which a person plays a customer."""

        async def act(person: str, deed: str, text: str) -> str:
            match deed:
                case "say":
                    await self.customer_says(person, text)
                case "picture":
                    await self.customer_says(person, Image(phone.PICTURE), tea_tin())
                case "place":
                    await self.customer_says(person, Location(30.2592, 120.2193, "龙井村", "杭州市西湖区龙井路 1 号"))
                case "enter":
                    await self.customer_enters(person)
                case "join":
                    return self.add_customer(f"wm{secrets.token_hex(13)}", text or "新顾客").person
            return ""

        people = [phone.Person(one.person, one.name, tuple(one.bubbles)) for one in self.kept.customers.values()]
        return await phone.answer(call, LOOK, people, ("picture", "place", "enter"), act)
