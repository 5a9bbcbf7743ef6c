"""A simulated KakaoTalk: a channel's chatbot with its callbacks, its add and block events, and a dealer's relay."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from guanxi.content import Content, File, Image, Location, Text, Video, Voice, as_text
from guanxi.demo.platforms import phone
from guanxi.demo.platforms.asgi import NO_CERTIFICATES, App, Call, Response, Script, application, as_json
from guanxi.demo.platforms.kakao_rules import LOOK, Chat, refusal_of, shown, wrong_with_response
from guanxi.demo.platforms.pictures import tea_tin

CALLBACK_LIVES = 60.0
COUNSEL_LIVES = 30 * 24 * 3600.0


@dataclass(slots=True)
class Platform:
    """One channel. `app` is what HTTP is served from: callbacks, the relay's doors, and files."""

    inbound_key: str
    sender_key: str = "9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b"
    client_id: str = "shop"
    client_secret: str = ""
    admin_key: str = ""
    bot_id: str = "66f0c19a"
    public_id: str = "_xQhbT"
    webhook: str = ""
    address: str = ""
    way: str = "counsel"
    redelivers: int = 2
    between_tries: float = 5.0
    clock: Callable[[], float] = time.time
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    script: Script = field(default_factory=Script)
    chats: dict[str, Chat] = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    uploaded: set[str] = field(default_factory=set)
    serials: set[str] = field(default_factory=set)
    callbacks: dict[str, tuple[str, float]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    answers: list[int] = field(default_factory=list)
    next_id: int = 3_700_000_000_000_000_001

    @property
    def app(self) -> App:
        return application(self._answer)

    def add_customer(self, key: str, name: str = "") -> Chat:
        if key not in self.chats:
            self.chats[key] = Chat(id=key, name=name or key[-4:])
        return self.chats[key]

    def received(self, key: str) -> list[dict[str, Any]]:
        """Everything that reached this person, in its order: messages of the relay, and outputs of the bot."""
        return self.chats[key].got if key in self.chats else []

    # what a customer does in a consultation ----------------------------------------------------------------------

    async def customer_says(self, key: str, content: Content | str, file: bytes = b"", *, times: int = 1) -> str:
        """Write to a person; that begins or prolongs the consultation. Returns the serial number."""
        chat = self.add_customer(key)
        chat.open_until = self.clock() + COUNSEL_LIVES
        said = Text(content) if isinstance(content, str) else content
        written, bubble = self._written(said, file)
        chat.bubbles.append(bubble)
        return await self._push(key, written, times=times)

    async def customer_begins(self, key: str, **reference: str) -> None:
        """Tap "consult" on a page of the shop's."""
        self.add_customer(key).open_until = self.clock() + COUNSEL_LIVES
        await self._push(key, {"type": "reference", "reference": reference})

    async def customer_leaves(self, key: str) -> None:
        """End the consultation: nobody can write to this person any more."""
        self.add_customer(key).open_until = 0.0
        await self._push(key, {"type": "expired_session", "reason": "left"})

    async def customer_adds(self, key: str, event: str = "added", times: int = 1) -> None:
        """Add the channel, or block it."""
        body = {
            "event": event,
            "id": key,
            "id_type": "app_user_id",
            "channel_public_id": self.public_id,
            "updated_at": self._now().isoformat(),
        }
        headers = {"authorization": f"KakaoAK {self.admin_key}", "x-kakao-resource-id": secrets.token_hex(8)}
        for _ in range(times):
            await self._deliver(body, headers)

    async def _push(self, key: str, item: dict[str, Any], *, times: int = 1) -> str:
        self.next_id += 1
        serial = str(self.next_id)
        told = {
            "user_key": key,
            "session_id": f"{key}1",
            "sender_key": self.sender_key,
            "serialNumber": serial,
            "time": self._now().isoformat(timespec="milliseconds"),
            **item,
        }
        for _ in range(times):
            await self._deliver(told, {"x-guanxi-key": self.inbound_key})
        return serial

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    async def _deliver(self, body: Any, headers: dict[str, str]) -> None:
        """Push it; a dealer repeats what was not taken."""
        async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=5.0) as http:
            for attempt in range(1 + self.redelivers):
                if attempt:
                    await self.pause(self.between_tries)
                try:
                    status = (await http.post(self.webhook, json=body, headers=headers)).status_code
                except httpx.TransportError:
                    status = 0
                self.answers.append(status)
                if status == 200:
                    return

    def _written(self, content: Content, file: bytes) -> tuple[dict[str, Any], phone.Bubble]:
        bubble = phone.Bubble(mine=True, text=as_text(content), at=self.clock())
        match content:
            case Text(text=said):
                return {"type": "text", "content": said}, bubble
            case Image(media=media):
                path = self._kept(file, media.type or "image/png")
                told = {"type": "image", "content": self.address + path}
                return told, phone.Bubble(mine=True, text="", picture=path, at=self.clock())
            case File(media=media) | Video(media=media) | Voice(media=media):
                path = self._kept(file, media.type or "application/octet-stream")
                kind = {"File": "file", "Video": "video", "Voice": "audio"}[type(content).__name__]
                return {"type": kind, "content": {"url": self.address + path, "name": media.name}}, bubble
            case Location(latitude=latitude, longitude=longitude, address=address):
                place = {"lat": latitude, "lng": longitude, "address": address}
                return {"type": "location", "contents": place}, bubble
            case _:
                return {"type": "text", "content": as_text(content)}, bubble

    def _kept(self, file: bytes, kind: str) -> str:
        name = secrets.token_hex(8)
        self.files[name] = (file, kind)
        return f"/file/{name}"

    # what a customer does with the bot ---------------------------------------------------------------------------

    async def customer_asks_bot(
        self, key: str, utterance: str, *, callback: bool = True, extra: Any = None
    ) -> dict[str, Any]:
        """Say something to the bot; its block allows a callback or not. Returns what the bot said at once."""
        chat = self.add_customer(key)
        asked: dict[str, Any] = {
            "timezone": "Asia/Seoul",
            "utterance": utterance,
            "lang": "ko",
            "block": {"id": "66f0c1b0", "name": "폴백 블록"},
            "user": {"id": key, "type": "botUserKey", "properties": {"botUserKey": key, "isFriend": True}},
        }
        if callback:
            number = secrets.token_hex(8)
            self.callbacks[number] = (key, self.clock() + CALLBACK_LIVES)
            asked["callbackUrl"] = f"{self.address}/callback/{number}"
        body = {
            "userRequest": asked,
            "bot": {"id": self.bot_id, "name": "청화도예"},
            "action": {"id": "66f0c1c2", "name": "상담", "params": {}, "clientExtra": extra},
            "contexts": [],
        }
        chat.bubbles.append(phone.Bubble(mine=True, text=utterance, at=self.clock()))
        async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=5.0) as http:
            answer = await http.post(self.webhook, json=body, headers={"x-guanxi-key": self.inbound_key})
        self.answers.append(answer.status_code)
        said: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        if said.get("useCallback"):
            chat.bubbles.append(phone.Bubble(mine=False, text=said.get("data", {}).get("text", ""), at=self.clock()))
        for output in said.get("template", {}).get("outputs", []):
            chat.bubbles.append(shown(output, self.clock()))
        return said

    async def customer_taps(self, key: str, number: int = 0) -> None:
        """Tap one of the quick replies below the bot's newest answer."""
        quick = self.chats[key].quick[number]
        await self.customer_asks_bot(key, quick["messageText"], extra=quick.get("extra"))

    # what the platform answers -----------------------------------------------------------------------------------

    async def _answer(self, call: Call) -> Response:
        match call.method, *call.path.strip("/").split("/"):
            case "POST", "callback", number:
                self.calls["callback"] += 1
                return self.script.play("callback", lambda: self._take_callback(number, call))
            case "POST", "v1", *doors:
                door = "-".join(doors)
                self.calls[door] += 1
                known = (call.headers.get("ht-client-id"), call.headers.get("ht-client-secret"))
                if known != (self.client_id, self.client_secret):
                    return as_json({"code": -401, "message": "invalid client"}, 401)
                return self.script.play(door, lambda: self._relay(door, call))
            case "GET", "file", name if name in self.files:
                return Response(body=self.files[name][0], type=self.files[name][1])
        return await self._page(call)

    def _take_callback(self, number: str, call: Call) -> Response:
        told = {"taskId": f"task-{number}", "timestamp": int(self.clock() * 1000)}
        key, until = self.callbacks.get(number, ("", 0.0))
        if wrong := wrong_with_response(call.json()):
            return as_json({**told, "status": "ERROR", "message": wrong})
        if until <= self.clock():
            return as_json({**told, "status": "FAIL", "message": "callback expired"})
        del self.callbacks[number]
        chat, template = self.add_customer(key), call.json()["template"]
        chat.quick = template.get("quickReplies", [])
        for output in template["outputs"]:
            chat.got.append(output)
            chat.bubbles.append(shown(output, self.clock()))
        return as_json({**told, "status": "SUCCESS", "message": ""})

    def _relay(self, door: str, call: Call) -> Response:
        if door in ("image-upload", "file-upload"):
            return self._take_file(call)
        asked = call.json()
        if asked.get("sender_key") != self.sender_key:
            return as_json({"code": -501, "message": "InvalidSenderException(senderKey: ?)"})
        chat = self.chats.get(asked.get("user_key", ""))
        if refusal := refusal_of(door, asked, chat, self.clock(), self.uploaded):
            return as_json(refusal)
        assert chat is not None
        if door == "chat-end":
            chat.open_until = 0.0
        elif asked["serial_number"] in self.serials:
            return as_json({"code": -611, "message": "DuplicatedSerialNumberException"})
        else:
            self.serials.add(asked["serial_number"])
            chat.got.append(asked)
            chat.bubbles.append(shown(asked, self.clock()))
        return as_json({"code": 0, "message": "OK"})

    def _take_file(self, call: Call) -> Response:
        file = call.file("file")
        if file is None:
            return as_json({"code": -400, "message": "file is required"})
        url = self.address + self._kept(file[1], file[2])
        self.uploaded.add(url)
        return as_json({"code": 0, "message": "OK", "image": url})

    # the page on which a person plays a customer -----------------------------------------------------------------

    async def _page(self, call: Call) -> Response:
        async def act(key: str, deed: str, text: str) -> str:
            match deed:
                case "say" if self.way == "bot":
                    await self.customer_asks_bot(key, text)
                case "say":
                    await self.customer_says(key, text)
                case "picture":
                    await self.customer_says(key, Image(phone.PICTURE), tea_tin())
                case "place":
                    await self.customer_says(key, Location(37.5796, 126.9770, "경복궁", "서울 종로구 사직로 161"))
                case "leave":
                    await self.customer_leaves(key)
                case "join":
                    return self.add_customer(secrets.token_hex(6), text or "손님").id
            return ""

        people = [phone.Person(one.id, one.name, tuple(one.bubbles)) for one in self.chats.values()]
        deeds = ("picture", "place", "leave") if self.way == "counsel" else ()
        return await phone.answer(call, LOOK, people, deeds, act)
