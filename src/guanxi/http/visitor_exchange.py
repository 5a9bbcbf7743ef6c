"""What a visitor and the shop exchange: hello, messages, how far he has read, files. Checked here, kept by accept."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from guanxi import conversations, views
from guanxi.access import networks
from guanxi.channel_kit import Forged
from guanxi.channel_kit.fields import branch, text, web_address, whole
from guanxi.channel_kit.json import clean
from guanxi.channels import webchat
from guanxi.channels.webchat import Visitor
from guanxi.content import Media
from guanxi.house import House
from guanxi.http.visitor_limits import Limiter
from guanxi.http.visitor_transcript import written
from guanxi.http.visitor_turn import Problem, Turn
from guanxi.inboxes import Door
from guanxi.infra import media as media_store
from guanxi.infra.group_commit import Full, Unwritten
from guanxi.infra.sql import Tx
from guanxi.pipeline.accept import Ingest

LONGEST_TEXT = 10_000
LARGEST_FILE = 10_000_000
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
SIGNED_IN = timedelta(hours=12)  # that a visitor counts as signed in to the shop after the shop said so
OVERLAP = timedelta(minutes=2)  # a reply shows when it is sent, which may be after a later one was written

TOKEN_REFUSED = Problem(401, "who", "Say hello again: this visitor is not known here.")


class Exchange:
    """One per process. Every method checks what it is given and raises Problem."""

    def __init__(self, house: House, ingest: Ingest) -> None:
        self._house = house
        self._ingest = ingest
        self.public_url = house.settings.public_url
        self.trusted = networks(house.settings.trusted_proxies)
        self._messages = Limiter([(5, 5.0), (60, 600.0)])
        self._files = Limiter([(6, 60.0), (30, 3600.0)])
        self._hellos = Limiter([(60, 60.0)])
        self._newcomers = Limiter([(10, 3600.0)])
        self._transcripts = Limiter([(6, 60.0)])
        self._strollers = Limiter([(60, 3600.0)])
        self._typing = Limiter([(12, 10.0)])

    def visitor(self, door: Door, token: str) -> Visitor:
        """Whose token this is. Raises Problem 401."""
        try:
            return webchat.read_visitor(token, door.secrets, self._house.clock())
        except (Forged, webchat.Expired) as error:
            raise TOKEN_REFUSED from error

    def token(self, door: Door, visitor: Visitor) -> str:
        return webchat.write_visitor(visitor, door.secrets)

    def writing(self, workspace_id: UUID, *, durable: bool = True) -> AbstractAsyncContextManager[Tx]:
        return self._house.db.transaction(workspace_id, durable=durable)

    def now(self) -> float:
        """Seconds since 1970."""
        return self._house.clock().timestamp()

    def reading(self, workspace_id: UUID) -> AbstractAsyncContextManager[Tx]:
        return self._house.db.reading(workspace_id)

    async def hello(self, door: Door, body: Mapping[str, Any], address: str) -> dict[str, Any]:
        """Who are you, and what has been said? A browser becomes a visitor only when it `begin`s to write, or when
        the shop says who has signed in; until then nothing is stored, here or there."""
        now = self._house.clock()
        self._allow(self._hellos, f"{door.inbox_id}|{address}", "too_many", "Too many at once from your network.")
        browser = self._known_browser(door, text(body, "visitor"), now)
        identified, customer = self._identified(door, text(body, "identify"), now)
        if browser is None and (customer is not None or body.get("begin") in (True, "visit")):
            limiter = self._strollers if body.get("begin") == "visit" else self._newcomers
            self._allow(limiter, f"{door.inbox_id}|{address}", "too_many", "Too many new visitors from your network.")
            browser = Visitor(id=secrets.token_hex(16))
        speaker = browser
        if browser is not None and customer is not None:
            until = int((now + SIGNED_IN).timestamp())
            speaker = Visitor(id=browser.id, customer=customer, until=until)
        rows: list[str] = []
        before = rating = talking = None
        wants_email = door.settings.get("email", "true") == "true"
        async with self._house.db.reading(door.workspace_id) as tx:
            front = await views.shop_front(tx)
            if speaker is not None:
                ids = webchat.external_ids(speaker)
                rows, before = await views.visitor_messages(tx, door.inbox_id, ids)
                talking = await views.current_conversation(tx, door.inbox_id, ids[0])
                rating = await views.asked_rating(tx, door.inbox_id, ids)
                wants_email = wants_email and not await views.has_email(tx, door.inbox_id, ids[0])
        language = text(body, "language")[:16]
        setup = webchat.read_setup(door.extras)
        questions = [] if rows else webchat.form_in(setup, language, _known(customer))
        return {
            "visitor": webchat.write_visitor(speaker, door.secrets) if speaker else None,
            "browser": webchat.write_visitor(browser, door.secrets) if browser else None,
            "identified": identified,
            "name": customer.name if customer else "",
            "messages": msgspec.Raw(self._signed(door, rows)),
            "next_before": before,
            "rating": rating,
            "talking": talking is not None,
            "greetings": {rule.id: webchat.said_in(rule.words, language) for rule in setup.rules if rule.on},
            "visits": door.settings.get("visits", "off"),
            "form": {"intro": webchat.said_in(setup.intro, language), "fields": questions} if questions else None,
            "email": {"words": webchat.said_in(setup.email_words, language)} if wants_email else None,
            "settings": {
                "title": door.settings.get("title") or door.name,
                "greeting": door.greeting or front["greeting"],
                "away_text": door.away_text or front["away_text"],
                "online": front["online"],
                "color": door.settings.get("color", ""),
                "language": language,
                "help": setup.help_centre,
            },
        }

    def _known_browser(self, door: Door, token: str, now: datetime) -> Visitor | None:
        if not token:
            return None
        try:
            return Visitor(id=webchat.read_visitor(token, door.secrets, now).id)
        except (Forged, webchat.Expired):
            return None

    def _identified(self, door: Door, token: str, now: datetime) -> tuple[str, webchat.Customer | None]:
        if not token:
            return "no", None
        try:
            return "yes", webchat.read_customer(token, door.secrets, now)
        except webchat.Unsigned:
            return "unsigned", None
        except webchat.Expired:
            return "expired", None
        except Forged:
            return "forged", None

    async def take_message(self, door: Door, body: Mapping[str, Any]) -> str:
        """Keep a message; returns its id when it is on disk. The same id again is the same message."""
        visitor = self.visitor(door, text(body, "visitor"))
        message_id = text(body, "id")
        if not MESSAGE_ID.fullmatch(message_id):
            raise Problem(400, "id_unreadable", "A message needs an id of 8 to 64 letters, digits and dashes.")
        frame: dict[str, Any] = {
            "type": "message",
            "id": message_id,
            "content": self._content(door, visitor, branch(body, "content")),
        }
        if answers := branch(body, "answers"):
            told, wrong = webchat.told(webchat.read_setup(door.extras), answers)
            if wrong:
                raise Problem(422, "answers", "Some answers cannot be taken.")
            frame["told"] = told
        self._allow(
            self._messages, f"{door.inbox_id}|{visitor.id}", "too_fast", "That was quick. The rest follows in a moment."
        )
        await self._keep(door, visitor, frame, body)
        return message_id

    async def take_email(self, door: Door, body: Mapping[str, Any]) -> None:
        """Keep an address for the answer, and the words that the visitor agreed to."""
        visitor = self.visitor(door, text(body, "visitor"))
        message_id, address = text(body, "id"), text(body, "email").strip()
        if not MESSAGE_ID.fullmatch(message_id):
            raise Problem(400, "id_unreadable", "An address needs an id of 8 to 64 letters, digits and dashes.")
        if not webchat.is_email(address):
            raise Problem(422, "no_email", "This is no e-mail address.")
        self._allow(self._messages, f"{door.inbox_id}|{visitor.id}", "too_fast", "One after the other, please.")
        frame = {"type": "email", "id": message_id, "email": address, "consent": clean(text(body, "consent"))[:500]}
        await self._keep(door, visitor, frame, body)

    def allow_typing(self, door: Door, visitor: Visitor) -> None:
        """Raises Problem 429."""
        self._allow(self._typing, f"{door.inbox_id}|{visitor.id}", "too_fast", "That was quick.")

    def _content(self, door: Door, visitor: Visitor, content: Mapping[str, Any]) -> dict[str, Any]:
        kind = text(content, "kind")
        if kind == "text":
            said = clean(text(content, "text"))
            if not said.strip():
                raise Problem(422, "empty", "There is nothing to send.")
            if len(said) > LONGEST_TEXT:
                raise Problem(422, "too_long", "A message has at most 10,000 characters.")
            return {"kind": "text", "text": said}
        if kind in ("image", "file"):
            try:
                media = webchat.read_file(text(content, "media", "key"), visitor, door.secrets)
            except Forged as error:
                raise Problem(422, "file_unknown", "Upload the file first.") from error
            return {"kind": "image" if media.type in IMAGES else "file", "media": media}
        raise Problem(422, "kind_not_carried", "Only text, pictures and files can be sent.")

    async def take_read(self, door: Door, body: Mapping[str, Any]) -> None:
        """Keep how far the visitor has read: up to the message of time `at`."""
        visitor = self.visitor(door, text(body, "visitor"))
        at = _time(text(body, "at"))
        self._allow(self._messages, f"{door.inbox_id}|{visitor.id}|read", "too_fast", "Once is enough.")
        await self._keep(door, visitor, {"type": "read", "at": at}, {})

    async def _keep(self, door: Door, visitor: Visitor, frame: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        page = {"url": web_address(body, "page")[:500], "language": text(body, "language")[:16]}
        request = webchat.frame_request(visitor, frame, self._house.clock(), page, door.secrets)
        try:
            await self._ingest.keep(door, request)
        except (Full, Unwritten) as error:
            raise Problem(503, "busy", "We are very busy. Try again in a moment.", after=2) from error

    async def messages(self, door: Door, token: str, query: Mapping[str, str]) -> dict[str, Any]:
        """The newest messages, those since `after`, or those before the place `before`."""
        visitor = self.visitor(door, token)
        ids = webchat.external_ids(visitor)
        before = after = None
        if query.get("before"):
            at, _, seq = query["before"].partition("~")
            if not re.fullmatch("[0-9]{1,15}", seq):
                raise Problem(400, "place_unreadable", "That is no place to go on from.")
            before = (_time(at), int(seq))
        elif query.get("after"):
            after = _time(query["after"]) - OVERLAP
        async with self._house.db.reading(door.workspace_id) as tx:
            rows, more = await views.visitor_messages(tx, door.inbox_id, ids, after=after, before=before)
            front = await views.shop_front(tx)
            rating = await views.asked_rating(tx, door.inbox_id, ids)
        shown = msgspec.Raw(self._signed(door, rows))
        return {"rows": shown, "next_before": more, "online": front["online"], "rating": rating}

    async def newest(self, door: Door, visitor: Visitor, after: str = "") -> list[str]:
        """What a socket shows: the newest messages, or those since `after`, as JSON texts with signed addresses."""
        since = _time(after) - OVERLAP if after else None
        async with self._house.db.reading(door.workspace_id) as tx:
            rows, _ = await views.visitor_messages(tx, door.inbox_id, webchat.external_ids(visitor), after=since)
        return [self._sign(door, row) for row in rows]

    async def rating(self, door: Door, visitor: Visitor) -> dict[str, Any]:
        """The frame that says what this visitor is asked just now."""
        async with self._house.db.reading(door.workspace_id) as tx:
            return {"type": "rate", "id": await views.asked_rating(tx, door.inbox_id, webchat.external_ids(visitor))}

    async def take_rating(self, door: Door, body: Mapping[str, Any]) -> None:
        """What the visitor thinks of a conversation, asked before."""
        visitor = self.visitor(door, text(body, "visitor"))
        score, rating_id = whole(body, "score"), text(body, "rating")
        if not 1 <= score <= 5 or not UUID_TEXT.fullmatch(rating_id):
            raise Problem(422, "no_score", "One to five stars, please.")
        self._allow(self._messages, f"{door.inbox_id}|{visitor.id}", "too_fast", "One after the other, please.")
        ids = webchat.external_ids(visitor)
        try:
            async with self._house.db.transaction(door.workspace_id) as tx:
                await conversations.rate(
                    tx, door.inbox_id, ids, UUID(rating_id), score=score, word=clean(text(body, "word"))
                )
        except conversations.NotFound as error:
            raise Problem(404, "not_asked", "Nobody has asked this visitor.") from error
        except conversations.Refused as error:
            raise Problem(409, error.code, "This has been rated already.") from error

    async def transcript(self, door: Door, token: str, query: Mapping[str, str]) -> bytes:
        """Everything that the visitor and the shop have said, the newest 2,000 messages, as plain text to keep."""
        visitor = self.visitor(door, token)
        self._allow(self._transcripts, f"{door.inbox_id}|{visitor.id}", "too_fast", "You have it already.")
        rows: list[str] = []
        before: tuple[datetime, int] | None = None
        async with self._house.db.reading(door.workspace_id) as tx:
            for _ in range(20):
                page, more = await views.visitor_messages(
                    tx, door.inbox_id, webchat.external_ids(visitor), before=before, limit=100
                )
                rows = page + rows
                if more is None:
                    break
                at, _, seq = more.partition("~")
                before = (_time(at), int(seq))
        title = door.settings.get("title") or door.name
        return written(title, rows, zone=query.get("zone", ""), you=query.get("you", "")).encode()

    async def take_file(self, door: Door, turn: Turn) -> dict[str, Any]:
        """Keep a picture or a PDF; what comes back as `media` goes into a message. The type is that of its bytes."""
        visitor = self.visitor(door, turn.token())
        self._allow(self._files, f"{door.inbox_id}|{visitor.id}", "too_fast", "One after the other, please.")
        body = await turn.body(LARGEST_FILE)
        if media_store.sniff(body) not in IMAGES | {"application/pdf"}:
            raise Problem(415, "wrong_type", "Only pictures and PDF files can be sent.")
        try:
            stored = await self._house.media.put(door.workspace_id, body, turn.file_name(), turn.header("content-type"))
        except media_store.Refused as error:
            raise Problem(415, error.code, "This file cannot be taken.") from error
        kept = Media(
            key=stored.key,
            name=stored.name,
            type=stored.type,
            size=stored.size,
            width=stored.width,
            height=stored.height,
        )
        address = self._house.media.url(door.workspace_id, stored.key, self._house.clock())
        shown = {name: getattr(kept, name) for name in ("name", "type", "size", "width", "height")}
        return {
            "kind": "image" if kept.type in IMAGES else "file",
            "media": {
                "key": webchat.write_file(kept, visitor, door.secrets),
                "url": address.removeprefix(self.public_url),
                **shown,
            },
        }

    def _allow(self, limiter: Limiter, key: str, code: str, sentence: str) -> None:
        wait = limiter.take(key, self._house.clock().timestamp())
        if wait:
            raise Problem(429, code, sentence, after=wait)

    def _signed(self, door: Door, rows: list[str]) -> bytes:
        return f"[{','.join(self._sign(door, row) for row in rows)}]".encode()

    def _sign(self, door: Door, row: str) -> str:
        def token(key: str) -> str:
            return self._house.media.url(door.workspace_id, key, self._house.clock()).partition("?t=")[2]

        return views.signed(row.encode(), door.workspace_id, token).decode()


def _known(customer: webchat.Customer | None) -> tuple[Any, ...]:
    """Where nothing is to be asked, for the shop has said it."""
    if customer is None:
        return ()
    return tuple(place for place in ("name", "email", "phone") if getattr(customer, place))


def _time(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise Problem(400, "time_unreadable", "That is no time.") from error
    if at.tzinfo is None or not 2000 < at.year < 3000:
        raise Problem(400, "time_unreadable", "That is no time with a zone.")
    return at
