"""What goes out: every way in which a call can end is mapped, and doubt is never called a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from guanxi.channel_kit.access import MaybeSent, NotSent
from guanxi.channel_kit.conformance.fixtures import Broken, Subject, Try, perform
from guanxi.channel_kit.inbound import FileGone
from guanxi.channel_kit.outbound import (
    AccessLost,
    Rejected,
    RetryLater,
    Sent,
    TokenRefused,
    WindowClosed,
)
from guanxi.content import KINDS, kind_of

OUTCOMES = (Sent, RetryLater, Rejected, WindowClosed, TokenRefused, AccessLost)
ODD_BODIES = (b"", b"\xff\x00", b"<html>Bad gateway</html>", b"null", b"[]", b'{"error": {"code": "x"}}', b"[" * 5000)
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "text": {"text": "Hello"},
    "location": {"latitude": 31.23, "longitude": 121.47},
    "link": {"url": "https://shop.example/"},
    "sticker": {"id": "1"},
    "choices": {"text": "Which?", "options": [{"text": "This"}]},
    "chosen": {"text": "This", "id": "1"},
    "card": {"title": "A pot", "url": "https://shop.example/pot"},
    "mini_program": {"title": "A pot", "app_id": "wx1"},
    "template": {"id": "t1", "title": "Sent off", "text": "It is on its way."},
    "unsupported": {"what": "dance"},
}


def every_try_ends_as_the_fixture_says(subject: Subject) -> None:
    for attempt in subject.tries:
        result, wire = perform(subject, attempt, attempt.fixture.get("answers", ()))
        told, expected = _told(result), _expected(attempt)
        if told != expected:
            raise Broken(f"{attempt.name}: expected {expected}, and it ended with {told}")
        if wire.answers:
            raise Broken(f"{attempt.name}: {len(wire.answers)} answers of the platform were not asked for")
        for call, wanted in zip(wire.calls, attempt.fixture.get("expect_calls", wire.calls), strict=True):
            for key, value in wanted.items():
                got = _subset(call.get(key), value) if key in ("headers", "query") else call.get(key)
                if got != value:
                    raise Broken(f"{attempt.name}: the call's {key} is {got!r}, expected {value!r}")


def a_strange_answer_is_mapped(subject: Subject) -> None:
    """No answer of the last call may raise anything but MaybeSent, and none but a clear yes means that it was sent."""
    for attempt in _sends(subject):
        for status in (200, 204, 302, 400, 401, 403, 404, 408, 409, 410, 413, 415, 418, 422, 429, 500, 502, 503, 599):
            for body in ODD_BODIES:
                where = f"{attempt.name}, answered with {status} {body[:20]!r}"
                result = _ends(subject, attempt, {"status": status, "body": body}, where)
                by_key = status == 409 and subject.can.idempotent_send and not attempt.outgoing.token
                if isinstance(result, Sent) and status >= 300 and not by_key:
                    raise Broken(f"{where}: it says Sent")
                if status >= 500 and not isinstance(result, MaybeSent | RetryLater):
                    raise Broken(f"{where}: nobody can know, and it says {_told(result)}")
                if status >= 500 and isinstance(result, RetryLater) and not subject.can.idempotent_send:
                    raise Broken(f"{where}: it would be sent again, and the platform knows no key")


def a_broken_connection_is_doubt(subject: Subject) -> None:
    for attempt in _sends(subject):
        result = _ends(subject, attempt, {"raises": "MaybeSent"}, attempt.name)
        if not isinstance(result, MaybeSent):
            raise Broken(f"{attempt.name}: the connection broke, nobody can know, and it says {_told(result)}")
        result = _ends(subject, attempt, {"raises": "NotSent"}, attempt.name)
        if not isinstance(result, NotSent | RetryLater):
            raise Broken(f"{attempt.name}: there was no connection, and it says {_told(result)}")


def only_the_sending_call_leaves_doubt(subject: Subject) -> None:
    """When getting a token breaks, nothing was sent, and the message must not end as unknown."""
    for attempt in _sends(subject):
        _, wire = perform(subject, attempt, attempt.fixture["answers"])
        if wire.calls[0]["url"] == wire.calls[-1]["url"]:
            continue
        for broken in ({"raises": "MaybeSent"}, {"status": 502, "body": "Bad gateway"}, {"status": 200, "body": "?"}):
            result, _ = perform(subject, attempt, [broken])
            if not isinstance(result, NotSent | RetryLater | AccessLost):
                raise Broken(f"{attempt.name}: a call before the one that sends broke, and it ended in {_told(result)}")


def a_kind_that_it_does_not_send_is_rejected(subject: Subject) -> None:
    attempts = [attempt for attempt in subject.tries if attempt.call == "send"]
    for kind in KINDS:
        if kind in subject.can.sends or not attempts:
            continue
        content = {"kind": kind, **SAMPLES.get(kind, {"media": {"key": "a"}})}
        fixture = {**attempts[0].fixture, "outgoing": {**attempts[0].fixture["outgoing"], "content": content}}
        result, wire = perform(subject, Try(f"a message of kind {kind}", fixture), ())
        if not isinstance(result, Rejected) or wire.calls:
            raise Broken(f"it does not send {kind}, and sending it ended in {_told(result)}")


def a_repeated_send_carries_its_key(subject: Subject) -> None:
    if not subject.can.idempotent_send:
        return
    for attempt in _sends(subject):
        _, wire = perform(subject, attempt, attempt.fixture["answers"])
        key, called = attempt.outgoing.key, str(wire.calls[-1])
        if not attempt.outgoing.token and key not in called and key.replace("-", "") not in called:
            raise Broken(f"{attempt.name}: it can be repeated by key, says the manifest, and the key is not sent")


def a_quote_is_carried_where_it_says(subject: Subject) -> None:
    """…and never by a kind that shows none, for the core has put it into words there."""
    for attempt in _sends(subject):
        outgoing = attempt.outgoing
        named = {"quotes": "quoted-1", "quote_token": "token-of-quoted-1"}
        fixture = {**attempt.fixture, "outgoing": {**attempt.fixture["outgoing"], **named}}
        _, wire = perform(subject, Try(f"{attempt.name}, with a quote", fixture), attempt.fixture["answers"])
        carried = named["quote_token" if subject.can.quote_by == "token" else "quotes"] in str(wire.calls[-1])
        claims = kind_of(outgoing.content) in subject.can.quotes and not outgoing.post
        if carried != claims:
            raise Broken(
                f"{attempt.name}: with a quote, and {'it is not carried' if claims else 'no quote was promised'}"
            )


def _sends(subject: Subject) -> Iterator[Try]:
    """The tries that send something over the network and end well."""
    for attempt in subject.tries:
        ends_well = attempt.fixture.get("outcome", {}).get("type") == "Sent"
        if attempt.call == "send" and ends_well and attempt.fixture.get("answers"):
            yield attempt


def _ends(subject: Subject, attempt: Try, answer: Mapping[str, Any], where: str) -> Any:
    """What comes of the try when its last call is answered like this instead."""
    told = dict(answer)
    if isinstance(told.get("body"), bytes):
        told["body"] = told["body"].decode("latin-1")
    try:
        result, _ = perform(subject, attempt, [*attempt.fixture["answers"][:-1], told])
    except Broken:
        raise
    except Exception as error:
        raise Broken(f"{where}: it raises {error!r}") from error
    if not isinstance(result, (*OUTCOMES, NotSent, MaybeSent)):
        raise Broken(f"{where}: it ends with {result!r}, which is no outcome")
    return result


def _told(result: Any) -> Any:
    if isinstance(result, NotSent | MaybeSent | FileGone):
        return {"raises": type(result).__name__}
    if isinstance(result, OUTCOMES):
        return {"type": type(result).__name__, **msgspec.to_builtins(result)}
    built = msgspec.json.decode(msgspec.json.encode(result))
    if isinstance(built, dict):
        return {key: value for key, value in built.items() if value not in ("", {}, None)}
    return built


def _expected(attempt: Try) -> Any:
    """The fixture's end. What an outcome leaves out has the outcome's own default."""
    fixture = attempt.fixture
    if "raises" in fixture:
        return {"raises": fixture["raises"]}
    if "outcome" not in fixture:
        return fixture.get("returns")
    outcome = dict(fixture["outcome"])
    named = {kind.__name__: kind for kind in OUTCOMES}
    kind = named.get(outcome.pop("type", ""))
    if kind is None:
        raise Broken(f"{attempt.name}: {fixture['outcome']} is no outcome")
    return _told(msgspec.convert(outcome, kind))


def _subset(got: Any, wanted: Mapping[str, str]) -> Any:
    return {key: got.get(key) for key in wanted} if isinstance(got, dict) else got


PROMISES = (
    every_try_ends_as_the_fixture_says,
    a_strange_answer_is_mapped,
    a_broken_connection_is_doubt,
    only_the_sending_call_leaves_doubt,
    a_kind_that_it_does_not_send_is_rejected,
    a_repeated_send_carries_its_key,
    a_quote_is_carried_where_it_says,
)
