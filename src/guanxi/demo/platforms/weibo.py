"""A simulated Weibo: signed pushes with three tries, direct messages in a window, posts with comments that are fetched."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from guanxi.content import Content, Image, Location, Text
from guanxi.demo.platforms import phone
from guanxi.demo.platforms.asgi import NO_CERTIFICATES, App, Call, Response, Script, application, as_json
from guanxi.demo.platforms.pictures import code_to_scan, tea_tin
from guanxi.demo.platforms.weibo_words import (
    LOOK,
    Comment,
    Customer,
    Kept,
    Post,
    as_comment,
    as_status,
    as_user,
    as_wechat,
    numbered,
    refusal,
    shown,
    written,
    written_at,
    wrong_with_menu,
)

TWO_DAYS = 48 * 3600.0
TRIES, BETWEEN_TRIES = 3, 5.0
TOO_LATE = 30001  # this platform's own: the real one names no code
LONGEST_COMMENT = 140
FIRST = "新釉色今天上架：青釉、月白、天目，首批各两百只。"


@dataclass(slots=True)
class Platform:
    """One account on the simulated platform. `app` is what HTTP is served from; `planned` comments come one by one, each
    with a look at the feed."""

    uid: str
    app_secret: str
    message_token: str
    user_token: str = ""
    name: str = "青禾陶作"
    planned: Sequence[tuple[str, str, str]] = ()
    webhook: str = ""
    as_xml: bool = False  # which format the account has chosen
    clock: Callable[[], float] = time.time
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    script: Script = field(default_factory=Script)
    kept: Kept = field(default_factory=Kept)
    calls: Counter[str] = field(default_factory=Counter)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def app(self) -> App:
        return application(self._answer)

    # what people do ---------------------------------------------------------------------------------------------

    def add_customer(self, uid: str, name: str = "") -> Customer:
        return self.kept.customers.setdefault(uid, Customer(uid, name or uid[-4:]))

    async def customer_says(self, uid: str, content: Content | str, file: bytes = b"", times: int = 1) -> bool:
        """A direct message; `times` repeats the very same push. Returns whether the shop took it."""
        customer = self.add_customer(uid)
        said = Text(content) if isinstance(content, str) else content
        told, bubble = written(said, file, self._keep, self.clock())
        customer.bubbles.append(bubble)
        customer.open_until = self.clock() + TWO_DAYS
        body = self._common(uid) | told
        return [await self._push(body) for _ in range(times)][-1]

    async def customer_does(self, uid: str, subtype: str, **data: str) -> bool:
        """follow, unfollow, scan, scan_follow, click, view …"""
        customer = self.add_customer(uid)
        customer.follows = subtype != "unfollow"
        customer.open_until = self.clock() + TWO_DAYS if customer.follows else 0.0
        return await self._push(self._common(uid) | {"type": "event", "text": "", "data": {"subtype": subtype, **data}})

    async def customer_taps(self, uid: str, label: str) -> bool:
        """He taps the button of that name in the account's menu."""
        flat = [below for one in self.kept.menu for below in one.get("sub_button", [one])]
        tapped = next(one for one in flat if one["name"] == label)
        return await self.customer_does(uid, tapped["type"], key=tapped.get("key") or tapped.get("url", ""))

    async def customer_scans(self, uid: str, ticket: str) -> bool:
        """He scans a code of the account's, who follows it or does by that."""
        kind = "scan" if self.add_customer(uid).follows else "scan_follow"
        return await self.customer_does(uid, kind, key=f"QR_LIMIT_SCENE_{self.kept.scenes[ticket]}", ticket=ticket)

    async def customer_mentions(self, uid: str, text: str) -> Post:
        """He writes a post about us; the account is told by a push, too."""
        post = self.posts(uid, text)
        customer = self.add_customer(uid)
        customer.open_until = self.clock() + TWO_DAYS
        customer.bubbles.append(phone.Bubble(mine=True, text=f"📣 {text}", at=self.clock()))
        data = {"subtype": "status", "key": str(post.id)}
        await self._push(self._common(uid) | {"type": "mention", "text": text, "data": data})
        return post

    def posts(self, author: str, text: str) -> Post:
        post = Post(self._next(), author, text, self.clock())
        self.kept.posts.append(post)
        return post

    def customer_comments(self, uid: str, text: str, post: Post | None = None, answers: int = 0) -> Comment:
        """Under a post, else under the account's newest. Nobody is told; who wants to know looks."""
        under = post or next((one for one in reversed(self.kept.posts) if one.author == self.uid), None)
        under = under or self.posts(self.uid, FIRST)
        comment = Comment(self._next(), under.id, uid, text, self.clock(), answers)
        self.kept.comments.append(comment)
        customer = self.add_customer(uid)
        customer.bubbles.append(phone.Bubble(mine=True, text=f"💬 {text}", at=self.clock()))
        return comment

    def customer_deletes(self, comment: Comment) -> None:
        self.kept.comments.remove(comment)

    def received(self, uid: str) -> list[dict[str, Any]]:
        """Every direct message that reached him, in its order: {'type': 'text', 'text': {'content': …}, 'data': …}."""
        return self.kept.customers[uid].got if uid in self.kept.customers else []

    def own_comments(self) -> list[Comment]:
        return [one for one in self.kept.comments if one.author == self.uid]

    # what the platform pushes -----------------------------------------------------------------------------------

    def _common(self, uid: str) -> dict[str, Any]:
        return {"receiver_id": int(self.uid), "sender_id": numbered(uid), "created_at": written_at(self.clock())}

    async def _push(self, body: dict[str, Any]) -> bool:
        """Post it to the shop, up to three times five seconds apart, until it is answered with nothing."""
        async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=5.0) as http:
            for attempt in range(TRIES):
                if attempt:
                    await self.pause(BETWEEN_TRIES)
                try:
                    push = {"content": as_wechat(body, self.clock()).encode()} if self.as_xml else {"json": body}
                    answer = await http.post(self.webhook, params=self.signed(), **push)
                except httpx.TransportError:
                    self.answers.append((0, b""))
                    continue
                self.answers.append((answer.status_code, answer.content))
                if answer.status_code == 200:
                    return answer.content == b""
        return False

    def signed(self) -> dict[str, str]:
        stamp, nonce = str(int(self.clock())), str(secrets.randbelow(10**10))
        joined = "".join(sorted((self.app_secret, stamp, nonce)))
        return {"signature": hashlib.sha1(joined.encode()).hexdigest(), "timestamp": stamp, "nonce": nonce}  # noqa: S324

    # what the platform answers ----------------------------------------------------------------------------------

    async def _answer(self, call: Call) -> Response:
        doors: dict[tuple[str, str], tuple[str, str, Callable[[Call], Response]]] = {
            ("POST", "/2/messages/reply/biz.json"): ("send", self.message_token, self._take_message),
            ("POST", "/2/messages/menu/create.json"): ("menu", self.message_token, self._take_menu),
            ("POST", "/2/messages/menu/delete.json"): ("menu", self.message_token, self._take_menu),
            ("POST", "/2/eps/qrcode/create.json"): ("code", self.message_token, self._give_code),
            ("GET", "/2/mss/msget"): ("media", self.message_token, self._give_file),
            ("GET", "/2/eps/user/info.json"): ("profile", self.message_token, self._give_profile),
            ("GET", "/2/comments/to_me.json"): ("feed", self.user_token, lambda call: self._feed(call, "to_me")),
            ("GET", "/2/comments/mentions.json"): ("feed", self.user_token, lambda call: self._feed(call, "at_us")),
            ("GET", "/2/statuses/mentions.json"): ("feed", self.user_token, lambda call: self._feed(call, "posts")),
            ("POST", "/2/comments/reply.json"): ("comment", self.user_token, self._take_comment),
            ("POST", "/2/comments/create.json"): ("comment", self.user_token, self._take_comment),
            ("GET", "/2/account/get_uid.json"): ("uid", self.user_token, lambda _: as_json({"uid": int(self.uid)})),
            ("GET", "/2/account/rate_limit_status.json"): (
                "limits",
                self.user_token,
                lambda _: as_json({"remaining_user_hits": 0, "reset_time_in_seconds": 1800}),
            ),
        }
        if (call.method, call.path) not in doors:
            if call.path == "/2/eps/qrcode/show" and call.query.get("ticket") in self.kept.scenes:
                return Response(body=code_to_scan(call.query["ticket"]), type="image/png")
            if call.path.startswith("/media/") and (file := self.kept.files.get(call.path.removeprefix("/media/"))):
                return Response(body=file[1], type=file[2])
            return await self._page(call)
        door, token, perform = doors[call.method, call.path]
        self.calls[door] += 1
        in_form = call.method == "POST" and "json" not in call.headers.get("content-type", "")
        given = (call.form() if in_form else call.query).get("access_token", "")
        if not token or given != token:
            return refusal(21332, "invalid_access_token", 401)
        return self.script.play(door, lambda: perform(call))

    def _take_message(self, call: Call) -> Response:
        form = call.form()
        customer = self.kept.customers.get(form.get("receiver_id", ""))
        if customer is None or not customer.follows:
            return refusal(20003, "User does not exists!" if customer is None else "not a follower")
        if customer.open_until <= self.clock():
            return refusal(TOO_LATE, "out of the time for replies")
        kind, data = form.get("type", ""), json.loads(form.get("data", "{}"))
        if kind not in ("text", "articles", "position"):
            return refusal(10017, "parameter (type)'s value invalid")
        customer.got.append({"type": kind, "text": {"content": data.get("text", "")}, "data": data})
        customer.bubbles.append(shown(kind, data, self.clock()))
        told = {"sender_id": int(self.uid), "receiver_id": numbered(customer.uid), "type": kind, "data": form["data"]}
        return as_json({"result": True, **told})

    def _take_comment(self, call: Call) -> Response:
        form = call.form()
        post = next((one for one in self.kept.posts if str(one.id) == form.get("id")), None)
        if post is None:
            return refusal(20101, "target weibo does not exist!")
        answered = next((one for one in self.kept.comments if str(one.id) == form.get("cid")), None)
        if call.path.endswith("reply.json") and answered is None:
            return refusal(20201, "target weibo comment does not exist!")
        text = form.get("comment", "")
        if not text or len(text) > LONGEST_COMMENT:
            return refusal(20012, "Text too long, please input text less than 140 characters!")
        if any(one.text == text and one.post == post.id for one in self.own_comments()):
            return refusal(20019, "repeat content!")
        comment = Comment(self._next(), post.id, self.uid, text, self.clock(), answered.id if answered else 0)
        self.kept.comments.append(comment)
        whose = self.kept.customers.get(answered.author if answered else post.author)
        if whose is not None:
            whose.bubbles.append(phone.Bubble(mine=False, text=text, name="公开回复", at=self.clock()))
        return as_json(as_comment(comment, as_user(self.uid, self.name), {}))

    def _take_menu(self, call: Call) -> Response:
        menu = (
            json.loads(call.form().get("menus", '{"button": []}'))["button"]
            if call.path.endswith("create.json")
            else []
        )
        if wrong := wrong_with_menu(menu):
            return refusal(26401, wrong)
        self.kept.menu = menu
        return as_json({"result": True})

    def _give_code(self, call: Call) -> Response:
        asked = call.json()
        scene = asked.get("action_info", {}).get("scene", {}).get("scene_id")
        if asked.get("action_name") != "QR_LIMIT_SCENE" or not isinstance(scene, int) or not 1 <= scene <= 100_000:
            return refusal(10017, "parameter (action_info)'s value invalid")
        ticket = hashlib.sha256(f"{self.uid} {scene}".encode()).hexdigest()[:36]
        self.kept.scenes[ticket] = scene
        return as_json({"ticket": ticket})

    def _feed(self, call: Call, which: str) -> Response:
        since, below = int(call.query.get("since_id", 0)), int(call.query.get("max_id", 2**62))
        if which == "to_me" and "since_id" in call.query:
            self._plan()
        most = min(int(call.query.get("count", 50)), 200)
        found: list[Post | Comment] = []
        if which == "posts":
            found += [one for one in self.kept.posts if one.author != self.uid and self._is_about_us(one.text)]
        else:
            ours = {one.id for one in self.kept.posts if one.author == self.uid}
            found += [
                one
                for one in self.kept.comments
                if (one.post in ours if which == "to_me" else one.author != self.uid and self._is_about_us(one.text))
            ]
        page = sorted((one for one in found if since < one.id <= below), key=lambda one: -one.id)[:most]
        told = [as_status(one, self._user(one.author)) if isinstance(one, Post) else self._told(one) for one in page]
        return as_json({"statuses" if which == "posts" else "comments": told, "total_number": len(found)})

    def _is_about_us(self, text: str) -> bool:
        return f"@{self.name}" in text

    def _told(self, one: Comment) -> dict[str, Any]:
        post = next(post for post in self.kept.posts if post.id == one.post)
        return as_comment(one, self._user(one.author), as_status(post, self._user(post.author)))

    def _user(self, uid: str) -> dict[str, Any]:
        known = self.kept.customers.get(uid)
        return as_user(uid, self.name if uid == self.uid else known.name if known else uid)

    def _plan(self) -> None:
        """One of the planned comments is written when somebody looks."""
        if self.kept.planned < len(self.planned):
            uid, name, text = self.planned[self.kept.planned]
            self.kept.planned += 1
            self.add_customer(uid, name)
            self.customer_comments(uid, text)

    def _give_profile(self, call: Call) -> Response:
        customer = self.kept.customers.get(call.query.get("uid", ""))
        told = {"subscribe": 1, "uid": numbered(call.query.get("uid", ""))}
        if customer is None:
            return as_json(told)
        return as_json({**told, "nickname": customer.name, "language": "zh_CN", "follow": int(customer.follows)})

    def _give_file(self, call: Call) -> Response:
        kept = self.kept.files.get(call.query.get("fid", ""))
        if kept is None:
            return refusal(20101, "file does not exist", 200)
        return Response(
            body=kept[1], type=kept[2], headers={"content-disposition": f'attachment; filename="{kept[0]}"'}
        )

    def _keep(self, name: str, body: bytes, kind: str) -> str:
        number = str(self._next() * 2)
        self.kept.files[number] = (name, body, kind)
        return number

    def _next(self) -> int:
        """Numbers go on from the time, so that after a restart none comes twice."""
        self.kept.next_id = max(self.kept.next_id + 1, int(self.clock() * 1_000_000))
        return self.kept.next_id

    # the page on which a person plays a customer ----------------------------------------------------------------

    async def _page(self, call: Call) -> Response:
        async def act(uid: str, deed: str, text: str) -> str:
            match deed:
                case "say":
                    await self.customer_says(uid, text)
                case "comment" | "mention" if not text:
                    return ""
                case "comment":
                    self.customer_comments(uid, text)
                case "mention":
                    await self.customer_mentions(uid, f"{text} @{self.name}")
                case "picture":
                    await self.customer_says(uid, Image(phone.PICTURE), tea_tin())
                case "place":
                    await self.customer_says(uid, Location(29.2926, 117.2149, address="景德镇市珠山区"))
                case "join":
                    return self.add_customer(str(secrets.randbelow(10**9) + 10**9), text or "新顾客").uid
            return ""

        people = [phone.Person(one.uid, one.name, tuple(one.bubbles)) for one in self.kept.customers.values()]
        return await phone.answer(call, LOOK, people, ("comment", "mention", "picture", "place"), act)
