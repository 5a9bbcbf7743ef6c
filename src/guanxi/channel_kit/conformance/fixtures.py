"""Reads a channel's fixtures and plays the platform for them.

NAME.in.json    {note, request: {method, query, headers, body | body_base64 | body_json}, settings, secrets,
                 expect: [what parse tells, as builtins] | raises: "Malformed" | reply: {status, body},
                 unsigned: [headers that are read and prove nothing, such as an id for recognising repeats],
                 signed: "query" | "body" | "sealed" (what of this request is signed, when not what the manifest says),
                 same_as: "OTHER.in.json" (a redelivery of that: the same ids)}
NAME.out.json   {note, call: "send" (the default), "upload", "fetch_media", "profile", "introduced", "quota", "typing",
                 "mark_read", "end", "hand_over", "recall", "templates", "publish_menu" (of `buttons`), "make_code",
                 "page_signature" or "check",
                 settings, secrets, outgoing | arguments, file,
                 answers: [{status, headers, body | body_base64 | json} | {raises: "NotSent" | "MaybeSent"}],
                 expect_calls: [{method, url, query, headers, json, body, files}], each key optional,
                 outcome: {type: "Sent", …} | raises: "NotSent" | "MaybeSent" | "FileGone" | returns: …,
                 cases: [{answers, outcome | raises | returns, …}] for several ends of one message}
NAME.pull.json  {note, settings, secrets, pull: {key, cursor, token}, answers, expect_calls,
                 page: {cursor, more, query} and expect: [what parse tells of it] | outcome | raises, cases}
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from guanxi.channel_kit.access import Access, Answer, MaybeSent, NotSent
from guanxi.channel_kit.channel import Channel
from guanxi.channel_kit.inbound import FileGone, Request
from guanxi.channel_kit.outbound import Outgoing
from guanxi.channel_kit.pulling import PULLED, Page, Pull
from guanxi.channel_kit.showing import MenuButton
from guanxi.content import Media

Fixture = Mapping[str, Any]
SHARED = Path(__file__).parent.parent / "words"
RECEIVED_AT = datetime(2026, 11, 21, 10, tzinfo=UTC)  # of every fixture


class Broken(AssertionError):
    """The channel does not keep a promise. The message is a sentence that says where and how."""


@dataclass(frozen=True)
class Arrival:
    """One inbound fixture: a request as it came, and what it says."""

    name: str
    fixture: Fixture

    @property
    def request(self) -> Request:
        return request_of(self.fixture["request"])

    @property
    def access(self) -> Access:
        return Access(settings=self.fixture.get("settings", {}), secrets=self.fixture.get("secrets", {}))

    @property
    def greets(self) -> bool:
        return "reply" in self.fixture

    @property
    def is_pulled(self) -> bool:
        """A page that we fetched ourselves: nobody signs it."""
        return bool(self.fixture["request"].get("method") == PULLED)


@dataclass(frozen=True)
class Try:
    """One outbound case: a call of the channel, the platform's answers, and how it has to end."""

    name: str
    fixture: Fixture

    @property
    def call(self) -> str:
        return str(self.fixture.get("call", "send"))

    @property
    def outgoing(self) -> Outgoing:
        return msgspec.convert({"key": "00000000-0000-7000-8000-000000000000", **self.fixture["outgoing"]}, Outgoing)


class Wire:
    """The platform's side of one try: gives the scripted answers in their order, and keeps the calls."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self.answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    async def http(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        limit: int = 25_000_000,
    ) -> Answer:
        call: dict[str, Any] = {"method": method, "url": url, "query": dict(query or {})}
        call["headers"] = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            call["json"] = msgspec.to_builtins(json)
        if body is not None:
            call["body"] = body.decode("utf-8", "replace")
            if "json" in call["headers"].get("content-type", ""):
                call["json"] = msgspec.json.decode(body)
        if form is not None:
            call["form"] = dict(form)
        if files is not None:
            call["files"] = {name: {"name": file[0], "type": file[2]} for name, file in files.items()}
        self.calls.append(call)
        if not self.answers:
            raise Broken(f"calls {method} {url}, and the fixture has no answer for it")
        answer = self.answers.pop(0)
        match answer.get("raises"):
            case "NotSent":
                raise NotSent("the fixture says so")
            case "MaybeSent":
                raise MaybeSent("the fixture says so")
        return answer_of(answer)


def request_of(told: Fixture) -> Request:
    return Request(
        method=told.get("method", "POST"),
        query=told.get("query", {}),
        headers=told.get("headers", {}),
        body=body_of(told),
        number=told.get("number", 1),
        received_at=RECEIVED_AT,
    )


def answer_of(told: Fixture) -> Answer:
    headers = {"content-type": "application/json"} if "json" in told else {}
    return Answer(status=told.get("status", 200), headers=headers | told.get("headers", {}), body=body_of(told))


def body_of(told: Fixture) -> bytes:
    if "body_base64" in told:
        return b64decode(told["body_base64"])
    for key in ("body_json", "json"):
        if key in told:
            return msgspec.json.encode(told[key])
    return str(told.get("body", "")).encode()


def is_declared(what: str, words: tuple[str, ...]) -> bool:
    """'event.*' stands for every word that begins with 'event.'."""
    return any(what == word or (word.endswith(".*") and what.startswith(word[:-1])) for word in words)


class Subject:
    """A channel with its folder, as the checks look at it."""

    def __init__(self, channel: Channel, folder: Path) -> None:
        self.channel, self.folder = channel, folder
        self.manifest = channel.manifest
        self.can = channel.manifest.capabilities

    @cached_property
    def arrivals(self) -> tuple[Arrival, ...]:
        """Inbound fixtures, the calls of `greet` and the pages that are fetched among them."""
        pushed = (Arrival(name, fixture) for name, fixture in self._read("*.in.json"))
        return (*pushed, *(page for attempt in self.pulls for page in self._pages(attempt)))

    @cached_property
    def pulls(self) -> tuple[Try, ...]:
        """Cases of fetching a page."""
        return self._tries("*.pull.json", call="pull")

    def _pages(self, attempt: Try) -> Iterator[Arrival]:
        """What is read in the page that the channel makes of the platform's answers."""
        if "expect" not in attempt.fixture:
            return
        page, _ = perform(self, attempt, attempt.fixture["answers"])
        if not isinstance(page, Page):
            raise Broken(f"{attempt.name}: no page came of it, but {page!r}")
        request = {"method": PULLED, "query": dict(page.query), "body": page.body.decode("utf-8", "replace")}
        yield Arrival(attempt.name, {**attempt.fixture, "request": request})

    @cached_property
    def tries(self) -> tuple[Try, ...]:
        """Outbound cases: a fixture with `cases` is as many."""
        return self._tries("*.out.json")

    def _tries(self, pattern: str, **given: str) -> tuple[Try, ...]:
        found: list[Try] = []
        for name, fixture in self._read(pattern):
            shared = {key: value for key, value in fixture.items() if key != "cases"}
            for number, case in enumerate(fixture.get("cases", [{}]), 1):
                label = f"{name} case {number}" if "cases" in fixture else name
                found.append(Try(label, {**given, **shared, **case}))
        return tuple(found)

    def words(self, language: str) -> Mapping[str, str]:
        """The channel's own, with those that all channels share."""
        path = self.folder / "words" / f"{language}.json"
        if not path.is_file():
            raise Broken(f"words/{language}.json is missing")
        try:
            own = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        except msgspec.DecodeError as error:
            raise Broken(f"words/{language}.json: {error}") from error
        return msgspec.json.decode((SHARED / f"{language}.json").read_bytes(), type=dict[str, str]) | own

    def _read(self, pattern: str) -> Iterator[tuple[str, Fixture]]:
        for path in sorted((self.folder / "fixtures").glob(pattern)):
            try:
                yield path.name, msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
            except msgspec.DecodeError as error:
                raise Broken(f"{path.name}: {error}") from error


def perform(subject: Subject, attempt: Try, answers: Sequence[Any]) -> tuple[Any, Wire]:
    """Run the try's call against these answers. Returns what came of it, or the NotSent, MaybeSent or FileGone, and the wire."""
    wire = Wire(answers)
    held: dict[str, str] = dict(attempt.fixture.get("tokens", {}))

    async def token(name: str, fetch: Callable[[], Awaitable[tuple[str, float]]], *, stale: str = "") -> str:
        if name not in held or held[name] == stale:
            held[name] = (await fetch())[0]
        return held[name]

    access = Access(
        settings=attempt.fixture.get("settings", {}),
        secrets=attempt.fixture.get("secrets", {}),
        http=wire.http,
        token=token,
    )
    function = getattr(subject.channel, attempt.call, None)
    if function is None:
        raise Broken(f"{attempt.name} calls {attempt.call}, and the channel has none")
    try:
        return asyncio.run(function(*_arguments(attempt), access)), wire
    except (NotSent, MaybeSent, FileGone) as ended:
        return ended, wire


def _arguments(attempt: Try) -> tuple[Any, ...]:
    match attempt.call:
        case "send":
            return (attempt.outgoing,)
        case "upload":
            return (attempt.outgoing, str(attempt.fixture.get("file", "file")).encode())
        case "fetch_media":
            return (msgspec.convert(attempt.fixture["media"], Media),)
        case "pull":
            return (msgspec.convert(attempt.fixture.get("pull", {}), Pull),)
        case "publish_menu":
            return (msgspec.convert(attempt.fixture["buttons"], tuple[MenuButton, ...]),)
        case _:
            return tuple(attempt.fixture.get("arguments", ()))
