"""A simulated LINE platform: reply tokens that answer once, pushes under a retry key, signed webhooks with redelivery."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
import uuid
from base64 import b64encode
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import msgspec

from guanxi.content import Content, File, Image, Location, Sticker, Text, Voice
from guanxi.demo.platforms import phone
from guanxi.demo.platforms.asgi import NO_CERTIFICATES, App, Call, Response, Script, application, as_json
from guanxi.demo.platforms.line_chat import LOOK, Chat, mark_read, read_token, shown
from guanxi.demo.platforms.line_menus import Menus
from guanxi.demo.platforms.line_rules import is_uuid, offered, quote_token, wrong_with
from guanxi.demo.platforms.pictures import tea_tin

TOKEN_LIVES = 60.0


@dataclass(slots=True)
class Platform:
    """One official account on the simulated platform. `app` is what HTTP is served from, for API and files alike."""

    channel_secret: str
    channel_access_token: str
    bot_id: str = "U" + "0" * 31 + "1"
    webhook: str = ""
    redelivers: int = 2
    between_tries: float = 5.0
    quota: int = 1000
    quota_a_month: int = 1000
    clock: Callable[[], float] = time.time
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    script: Script = field(default_factory=Script)
    chats: dict[str, Chat] = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    preparing: set[str] = field(default_factory=set)
    reply_tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    accepted: dict[str, tuple[str, list[dict[str, str]]]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    answers: list[int] = field(default_factory=list)
    menus: Menus = field(default_factory=Menus)
    next_id: int = 620_000_000_000_000_001
    pushed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def app(self) -> App:
        return application(self._answer)

    # what a customer does ---------------------------------------------------------------------------------------

    def add_customer(self, user_id: str, name: str = "", language: str = "ja") -> Chat:
        if user_id not in self.chats:
            self.chats[user_id] = Chat(id=user_id, name=name or user_id[-4:], language=language)
        return self.chats[user_id]

    async def customer_says(
        self,
        user_id: str,
        content: Content | str,
        file: bytes = b"",
        *,
        group: str = "",
        times: int = 1,
        quotes: str = "",
    ) -> str:
        """The customer sends something, in a group when one is given, or quoting the message of an id; `times` repeats
        the very same event.

        Returns the message's id.
        """
        speaker, chat = self.add_customer(user_id), self.add_customer(group or user_id)
        chat.last_message = self._number()
        said = Text(content) if isinstance(content, str) else content
        message, bubble = self._written(said, file, chat.last_message)
        message |= {"markAsReadToken": read_token(chat)} | ({"quotedMessageId": quotes} if quotes else {})
        chat.bubbles.append(replace(bubble, name=speaker.name if group else ""))
        await self._event("message", user_id, group, times=times, message=message)
        return chat.last_message

    async def customer_follows(self, user_id: str, unblocked: bool = False) -> None:
        self.add_customer(user_id).blocked = False
        await self._event("follow", user_id, follow={"isUnblocked": unblocked})

    async def customer_leaves(self, user_id: str) -> None:
        self.add_customer(user_id).blocked = True
        await self._event("unfollow", user_id, token=False)

    async def customer_unsends(self, user_id: str, message_id: str, *, times: int = 1) -> None:
        chat = self.add_customer(user_id)
        mine = [at for at, bubble in enumerate(chat.bubbles) if bubble.mine]
        if mine and message_id == chat.last_message:
            chat.bubbles[mine[-1]] = replace(chat.bubbles[mine[-1]], gone=True)
            chat.last_message = ""
        await self._event("unsend", user_id, token=False, times=times, unsend={"messageId": message_id})

    async def customer_edits(
        self, user_id: str, message_id: str, text: str, *, group: str = "", times: int = 1
    ) -> None:
        chat = self.add_customer(group or user_id)
        mine = [at for at, bubble in enumerate(chat.bubbles) if bubble.mine]
        if mine and message_id == chat.last_message:
            chat.bubbles[mine[-1]] = replace(chat.bubbles[mine[-1]], text=text)
        message = {"type": "text", "id": message_id, "text": text}
        await self._event("messageEdited", user_id, group, times=times, message=message)

    async def group_event(self, kind: str, group: str) -> None:  # join, or leave
        await self._event(kind, "", group, token=kind == "join")

    async def customer_taps(self, user_id: str, data: str) -> None:
        await self._event("postback", user_id, postback={"data": data})

    async def customer_chooses(self, user_id: str, number: int = 0) -> None:
        """Tap an answer below the newest message that has some, or a button of the newest card."""
        action = [actions for message in self.chats[user_id].got if (actions := offered(message))][-1][number]
        if action["type"] == "message":
            await self.customer_says(user_id, action["text"])
            return
        self.chats[user_id].bubbles.append(phone.Bubble(mine=True, text=action["displayText"], at=self.clock()))
        await self.customer_taps(user_id, action["data"])

    def received(self, chat_id: str) -> list[dict[str, Any]]:
        """Everything that reached this person or group, in its order: {'type': 'text', 'text': …, 'id': …}."""
        return self.chats[chat_id].got if chat_id in self.chats else []

    # what the platform pushes -----------------------------------------------------------------------------------

    def _number(self) -> str:
        self.next_id += 1
        return str(self.next_id)

    def _written(self, content: Content, file: bytes, number: str) -> tuple[dict[str, Any], phone.Bubble]:
        def bubble(text: str, picture: str = "") -> phone.Bubble:
            return phone.Bubble(mine=True, text=text, picture=picture, at=self.clock())

        here = {"id": number, "contentProvider": {"type": "line"}}
        match content:
            case Text(text=said):
                return {"type": "text", "id": number, "quoteToken": quote_token(number), "text": said}, bubble(said)
            case Image(media=media):
                self.files[number] = (file, media.type or "image/png")
                return {"type": "image", **here}, bubble("", f"/file/{number}")
            case Voice(media=media):
                self.files[number] = (file, media.type or "audio/mp4")
                return {"type": "audio", "duration": media.duration, **here}, bubble("🎙")
            case File(media=media):
                self.files[number] = (file, media.type or "application/octet-stream")
                told = {"type": "file", "id": number, "fileName": media.name, "fileSize": len(file)}
                return told, bubble(f"📎 {media.name}")
            case Location(latitude=latitude, longitude=longitude, title=title, address=address):
                place = {"title": title, "address": address, "latitude": latitude, "longitude": longitude}
                return {"type": "location", "id": number, **place}, bubble(f"📍 {title or address}")
            case Sticker(id=sticker, package=package, text=text):
                told = {"stickerId": sticker, "packageId": package, "stickerResourceType": "STATIC", "keywords": [text]}
                return {"type": "sticker", "id": number, **told}, bubble(f"〔{text or 'sticker'}〕")
            case _:
                raise ValueError(f"the simulated customer cannot send {content!r}")

    async def _event(
        self, kind: str, user_id: str, group: str = "", *, token: bool = True, times: int = 1, **fields: Any
    ) -> None:
        source = {"type": "user", "userId": user_id} if user_id else {}
        if group:
            source["type"] = "room" if group.startswith("R") else "group"
            source["roomId" if group.startswith("R") else "groupId"] = group
        now = self.clock()
        event: dict[str, Any] = {
            "type": kind,
            "mode": "active",
            "timestamp": int(now * 1000),
            "source": source,
            "webhookEventId": f"01{secrets.token_hex(12).upper()}",
            "deliveryContext": {"isRedelivery": False},
            **fields,
        }
        if token:
            event["replyToken"] = secrets.token_hex(16)
            self.reply_tokens[event["replyToken"]] = (group or user_id, now + TOKEN_LIVES)
        self.pushed.append(event)
        for _ in range(times):
            await self.deliver(event)

    async def deliver(self, event: dict[str, Any]) -> None:
        async with httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES, timeout=2.0) as http:
            for attempt in range(1 + self.redelivers):
                if attempt:
                    await self.pause(self.between_tries)
                    event = {**event, "deliveryContext": {"isRedelivery": True}}
                body = msgspec.json.encode({"destination": self.bot_id, "events": [event]})
                mac = b64encode(hmac.digest(self.channel_secret.encode(), body, hashlib.sha256)).decode()
                headers = {"content-type": "application/json; charset=utf-8", "x-line-signature": mac}
                try:
                    status = (await http.post(self.webhook, content=body, headers=headers)).status_code
                except httpx.TransportError:
                    status = 0
                self.answers.append(status)
                if status == 200:
                    return

    # what the platform answers ----------------------------------------------------------------------------------

    async def _answer(self, call: Call) -> Response:
        if call.path.startswith("/v2/"):
            door, perform = self._door(call)
            self.calls[door] += 1
            if call.headers.get("authorization") != f"Bearer {self.channel_access_token}":
                return complaint(401, "Authentication failed. Confirm that the access token is valid.")
            return self.script.play(door, perform)
        if call.path.startswith("/file/") and (kept := self.files.get(call.path.removeprefix("/file/"))):
            return Response(body=kept[0], type=kept[1])
        return await self._page(call)

    def _door(self, call: Call) -> tuple[str, Callable[[], Response]]:
        match call.method, *call.path.strip("/").split("/")[2:]:
            case "POST", "message", "reply":
                return "reply", lambda: self._take_reply(call)
            case "POST", "message", "push":
                return "push", lambda: self._take_push(call)
            case "GET", "message", number, "content":
                return "content", lambda: self._give_file(number)
            case "POST", "chat", "loading", "start":
                return "loading", lambda: self._start_loading(call)
            case "POST", "chat", "markAsRead":
                return "read", lambda: as_json({}, 200 if mark_read(self.chats, call.json()) else 400)
            case ("GET", "profile", chat) | ("GET", "group" | "room", _, "member", chat):
                return "profile", lambda: self._give_profile(chat)
            case "GET", "group", chat, "summary":
                return "profile", lambda: self._give_profile(chat)
            case "GET", "message", "quota":
                return "quota", lambda: as_json({"type": "limited", "value": self.quota_a_month})
            case "GET", "message", "quota", "consumption":
                return "quota", lambda: as_json({"totalUsage": self.quota_a_month - self.quota})
            case _, "richmenu" | "user", *_:
                return "menu", lambda: self.menus.answer(call, call.path.strip("/").split("/")[2:])
            case "GET", "info":
                told = {"userId": self.bot_id, "basicId": "@simulated", "displayName": "Simulated shop"}
                return "info", lambda: as_json(told)
            case _:
                return "unknown", lambda: complaint(404, "Not found")

    def _take_reply(self, call: Call) -> Response:
        asked = call.json()
        if "x-line-retry-key" in call.headers:
            return complaint(400, "The retry key is not allowed here")
        if wrong := wrong_with(asked.get("messages"), self.next_id):
            return complaint(400, wrong)
        chat_id, until = self.reply_tokens.pop(asked.get("replyToken", ""), ("", 0.0))
        if until <= self.clock():
            return complaint(400, "Invalid reply token")
        return self._hand_over(chat_id, asked["messages"])

    def _take_push(self, call: Call) -> Response:
        asked, key = call.json(), call.headers.get("x-line-retry-key", "")
        if key and not is_uuid(key):
            return complaint(400, "The retry key is not a UUID")
        if key in self.accepted:
            request_id, sent = self.accepted[key]
            told = {"message": "The retry key is already accepted", "sentMessages": sent}
            return as_json(told, 409, x_line_accepted_request_id=request_id)
        if wrong := wrong_with(asked.get("messages"), self.next_id):
            return complaint(400, wrong)
        if asked.get("to") not in self.chats:
            return complaint(400, "The property, 'to', in the request body is invalid")
        if self.quota < len(asked["messages"]):
            return complaint(429, "You have reached your monthly limit.")
        self.quota -= len(asked["messages"])
        response = self._hand_over(asked["to"], asked["messages"])
        if key:
            sent = msgspec.json.decode(response.body)["sentMessages"]
            self.accepted[key] = (response.headers["x-line-request-id"], sent)
        return response

    def _hand_over(self, chat_id: str, messages: list[dict[str, Any]]) -> Response:
        """A person who has blocked the account gets nothing, and the account is not told."""
        chat = self.add_customer(chat_id)
        sent = [{"id": number, "quoteToken": quote_token(number)} for number in (self._number() for _ in messages)]
        chat.writing_until = 0.0
        for message, told in zip(messages, sent, strict=True):
            if not chat.blocked:
                chat.got.append({**message, "id": told["id"]})
                chat.bubbles.append(shown(message, self.clock()))
        return as_json({"sentMessages": sent}, x_line_request_id=str(uuid.uuid4()))

    def _give_file(self, number: str) -> Response:
        if number not in self.files:
            return complaint(404, "Not found")
        if number in self.preparing:
            self.preparing.discard(number)
            return Response(status=202)
        body, kind = self.files[number]
        return Response(body=body, type=kind)

    def _start_loading(self, call: Call) -> Response:
        asked = call.json()
        chat, seconds = self.chats.get(asked.get("chatId", "")), asked.get("loadingSeconds", 20)
        if chat is None or not chat.id.startswith("U") or seconds not in range(5, 61, 5):
            return complaint(400, "The request body has 1 error(s)")
        chat.writing_until = self.clock() + seconds
        return as_json({}, 202)

    def _give_profile(self, chat_id: str) -> Response:
        chat = self.chats.get(chat_id)
        if chat is None or chat.blocked:
            return complaint(404, "Not found")
        if chat_id.startswith("C"):
            return as_json({"groupId": chat.id, "groupName": chat.name})
        return as_json({"userId": chat.id, "displayName": chat.name, "language": chat.language})

    # the page on which a person plays a customer ----------------------------------------------------------------

    async def _page(self, call: Call) -> Response:
        async def act(chat_id: str, deed: str, text: str) -> str:
            match deed:
                case "say":
                    await self.customer_says(chat_id, text)
                case "picture":
                    await self.customer_says(chat_id, Image(phone.PICTURE), tea_tin())
                case "place":
                    await self.customer_says(chat_id, Location(35.7101, 139.8107, "浅草寺", "東京都台東区浅草2-3-1"))
                case "sticker":
                    await self.customer_says(chat_id, Sticker("1988", "446", "ありがとう"))
                case "unsend" if chat_id in self.chats and self.chats[chat_id].last_message:
                    await self.customer_unsends(chat_id, self.chats[chat_id].last_message)
                case "follow":
                    await self.customer_follows(chat_id)
                case "join":
                    return self.add_customer(f"U{secrets.token_hex(16)}", text or "お客様").id
            return ""

        people = [
            phone.Person(one.id, one.name, tuple(one.bubbles), writing=one.writing_until > self.clock())
            for one in self.chats.values()
            if one.id.startswith("U")
        ]
        return await phone.answer(call, LOOK, people, ("picture", "place", "sticker", "unsend", "follow"), act)


def complaint(status: int, message: str) -> Response:
    return as_json({"message": message}, status)
