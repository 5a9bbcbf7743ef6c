"""What is fetched page by page: the cursor moves with a clear answer and never without one."""

from __future__ import annotations

from typing import Any

import msgspec

from guanxi.channel_kit.access import MaybeSent, NotSent
from guanxi.channel_kit.conformance.fixtures import Broken, Subject, Try, perform
from guanxi.channel_kit.outbound import AccessLost, RetryLater
from guanxi.channel_kit.pulling import Page

ENDS = {kind.__name__: kind for kind in (RetryLater, AccessLost)}
ODD_ANSWERS = (b"", b"\xff\x00", b"<html>Bad gateway</html>", b"null", b"[]", b'{"error": {"code": "x"}}', b"[" * 5000)


def every_pull_ends_as_the_fixture_says(subject: Subject) -> None:
    for attempt in subject.pulls:
        result, wire = perform(subject, attempt, attempt.fixture.get("answers", ()))
        told, expected = _told(result), _expected(attempt)
        if told != expected:
            raise Broken(f"{attempt.name}: expected {expected}, and it ended with {told}")
        if wire.answers:
            raise Broken(f"{attempt.name}: {len(wire.answers)} answers of the platform were not asked for")
        for call, wanted in zip(wire.calls, attempt.fixture.get("expect_calls", wire.calls), strict=True):
            for key, value in wanted.items():
                got = call.get(key)
                if key in ("headers", "query") and isinstance(got, dict):
                    got = {name: got.get(name) for name in value}
                if got != value:
                    raise Broken(f"{attempt.name}: the call's {key} is {got!r}, expected {value!r}")


def no_cursor_moves_without_a_clear_answer(subject: Subject) -> None:
    for attempt in subject.pulls:
        if "page" not in attempt.fixture:
            continue
        before = attempt.fixture.get("pull", {}).get("cursor", "")
        for status in (200, 302, 400, 401, 403, 404, 408, 429, 500, 502, 599):
            for body in ODD_ANSWERS:
                answer = {"status": status, "body": body.decode("latin-1")}
                result = _end(subject, attempt, answer)
                if isinstance(result, Page) and (result.cursor != before or result.body):
                    raise Broken(f"{attempt.name}, answered with {status} {body[:20]!r}: it takes that for a page")
        for broken in ("NotSent", "MaybeSent"):
            if isinstance(_end(subject, attempt, {"raises": broken}), Page):
                raise Broken(f"{attempt.name}: the connection broke, and it takes that for a page")


def _end(subject: Subject, attempt: Try, answer: dict[str, Any]) -> Any:
    """What comes of the pull when its last call, and whatever it then tries, is answered like this instead."""
    try:
        result, _ = perform(subject, attempt, [*attempt.fixture["answers"][:-1], *[answer] * 3])
    except Broken:
        raise
    except Exception as error:
        raise Broken(f"{attempt.name}, answered with {answer}: it raises {error!r}") from error
    if not isinstance(result, (Page, RetryLater, AccessLost, NotSent, MaybeSent)):
        raise Broken(f"{attempt.name}, answered with {answer}: it ends with {result!r}")
    return result


def _told(result: Any) -> Any:
    if isinstance(result, NotSent | MaybeSent):
        return {"raises": type(result).__name__}
    if isinstance(result, Page):
        return {"cursor": result.cursor, "more": result.more, "query": dict(result.query)}
    return {"type": type(result).__name__, **msgspec.to_builtins(result)}


def _expected(attempt: Try) -> Any:
    fixture = attempt.fixture
    if "raises" in fixture:
        return {"raises": fixture["raises"]}
    if "page" in fixture:
        return {"cursor": "", "more": False, "query": {}, **fixture["page"]}
    outcome = dict(fixture.get("outcome", {}))
    kind = ENDS.get(outcome.pop("type", ""))
    if kind is None:
        raise Broken(f"{attempt.name} says neither page nor outcome nor raises")
    return _told(msgspec.convert(outcome, kind))


PROMISES = (
    every_pull_ends_as_the_fixture_says,
    no_cursor_moves_without_a_clear_answer,
)
