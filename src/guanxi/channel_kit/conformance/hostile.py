"""Whatever else arrives: a channel reads it or says Malformed, soon, and hands on no string that cannot be kept."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from guanxi.channel_kit.conformance.fixtures import Arrival, Broken, Subject
from guanxi.channel_kit.inbound import Forged, Malformed, Receipt, Request

PATIENCE = 3.0  # seconds for the worst single body; a busy machine is slow, a quadratic reader is slower
JUNK: tuple[Any, ...] = (None, True, 0, -1, 2**70, 1e308, "", "x", "\u0000\u202e", "9" * 500, [], [[]], {}, {"": None})

BODIES: tuple[tuple[str, bytes], ...] = (
    ("nothing", b""),
    ("a space", b" "),
    ("a NUL", b"\x00"),
    ("null", b"null"),
    ("a number", b"1"),
    ("a list", b"[]"),
    ("an empty object", b"{}"),
    ("no UTF-8", b"\xff\xfe\xed\xa0\x80"),
    ("HTML", b"<html><body><p>Hello</body></html>"),
    ("an empty document", b"<xml/>"),
    ("deep JSON", b"[" * 100_000),
    ("deep objects", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    ("deep XML", b"<a>" * 20_000),
    ("endless digits", b'{"a":' + b"9" * 100_000 + b"}"),
    ("no number", b'{"a": NaN, "b": Infinity, "c": 1e999}'),
    ("a doubled key", b'{"events": [], "events": [1]}'),
    ("lone surrogates", b'{"a": "\\ud800", "\\udfff": 1}'),
    (
        "a billion laughs",
        b'<!DOCTYPE x [<!ENTITY a "ha">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]><xml>&j;</xml>",
    ),
    ("an outer entity", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'),
    ("10 MB of text", b"<xml><Content>" + b"a" * 10_000_000 + b"</Content></xml>"),
    ("10 MB of JSON", b'{"a": "' + b"a" * 10_000_000 + b'"}'),
    ("a list of a million", b"[" + b"0," * 1_000_000 + b"0]"),
)


def any_other_body_is_read_or_malformed(subject: Subject) -> None:
    """Once for what is pushed, and once for what is fetched."""
    firsts = {arrival.is_pulled: arrival for arrival in reversed([*_samples(subject)])}
    for arrival in firsts.values():
        for what, body in BODIES:
            _endure(subject, arrival, msgspec.structs.replace(arrival.request, body=body), what)


def a_damaged_body_is_read_or_malformed(subject: Subject) -> None:
    for arrival in _samples(subject):
        for what, body in _damaged(arrival.request.body):
            _endure(subject, arrival, msgspec.structs.replace(arrival.request, body=body), what)


def a_field_of_the_wrong_type_is_read_or_malformed(subject: Subject) -> None:
    for arrival in _samples(subject):
        body = arrival.request.body
        try:
            document = json.loads(body)
        except ValueError:
            bodies = _other_texts(body)
        else:
            bodies = (json.dumps(other).encode() for other in _other_values(document))
        for changed in bodies:
            _endure(subject, arrival, msgspec.structs.replace(arrival.request, body=changed), repr(changed[:200]))


def a_request_without_anything_is_refused_quietly(subject: Subject) -> None:
    for arrival in _samples(subject):
        for request in (
            Request(),
            Request(method="GET"),
            Request(body=arrival.request.body),
            msgspec.structs.replace(arrival.request, headers={}),
            msgspec.structs.replace(arrival.request, query={}),
            Request(query={"": "\x00"}, headers={"": "\udc80"}, body=b"\xff"),
        ):
            _endure(subject, arrival, request, "a request with parts missing")


def _samples(subject: Subject) -> Iterator[Arrival]:
    yield from (arrival for arrival in subject.arrivals if not arrival.greets)


def _endure(subject: Subject, arrival: Arrival, request: Request, what: str) -> None:
    """Walk the way in with it, whoever signed it: a stored body may be older than the code that reads it."""
    channel, began = subject.channel, time.monotonic()
    try:
        channel.verify(request, arrival.access)
    except Forged:
        pass
    except Exception as error:
        raise Broken(f"{arrival.name}, {what}: verify raises {error!r}") from error
    try:
        told = channel.parse(request, arrival.access)
    except Malformed:
        told = ()
    except Exception as error:
        raise Broken(f"{arrival.name}, {what}: parse raises {error!r}") from error
    if time.monotonic() - began > PATIENCE:
        raise Broken(f"{arrival.name}, {what}: takes longer than {PATIENCE} seconds")
    for one in told:
        _can_be_kept(one, f"{arrival.name}, {what}")


def _can_be_kept(told: Any, where: str) -> None:
    if not isinstance(told, Receipt) and hasattr(told, "sender") and not (told.external_id and told.sender.external_id):
        raise Broken(f"{where}: something is told without an id or about nobody")
    for text in _strings(msgspec.to_builtins(told)):
        if "\x00" in text or text.encode("utf-8", "replace").decode() != text:
            raise Broken(f"{where}: a string with NUL or a lone surrogate is handed on")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *_strings(item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _damaged(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The same damage in every run, so that a failure can be seen again."""
    chance = random.Random(len(body))
    for part in range(8):
        yield "cut off", body[: len(body) * part // 8]
    for piece in (
        b"\x00",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"\\u0000",
        b"]]>",
        b"&lt;&x;",
        b'"',
        b"{",
        b"<",
        b"\r\n",
        b"\x0b",
    ):
        for _ in range(4):
            at = chance.randrange(len(body) + 1)
            yield f"{piece!r} at {at}", body[:at] + piece + body[at:]
    for _ in range(20):
        start, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
        yield f"without {start} to {end}", body[:start] + body[end:]
        yield f"with {start} to {end} twice", body[:end] + body[start:]


def _other_values(document: Any) -> Iterator[Any]:
    """The document with each of its parts in turn replaced by each piece of junk, and with each key left out."""
    yield from JUNK
    if isinstance(document, dict):
        for key, value in document.items():
            rest = {name: held for name, held in document.items() if name != key}
            yield rest
            yield from ({**rest, key: other} for other in _other_values(value))
    elif isinstance(document, list):
        for at, value in enumerate(document):
            yield from ([*document[:at], other, *document[at + 1 :]] for other in _other_values(value))


def _other_texts(body: bytes) -> Iterator[bytes]:
    """An XML body with each text in turn replaced, and with each element left out, doubled or nested."""
    for found in re.finditer(rb"<(\w+)>(?:<!\[CDATA\[)?([^<\]]*)(?:\]\]>)?</\1>", body):
        before, after, tag = body[: found.start()], body[found.end() :], found[1]
        for other in (b"", b"-1", b"NaN", b"9" * 500, b"x" * 5000, b"<a><b>1</b></a>", b"&#8238;", b"1e308", b" "):
            yield before + b"<" + tag + b">" + other + b"</" + tag + b">" + after
        yield before + after
        yield before + found[0] * 2 + after


PROMISES = (
    any_other_body_is_read_or_malformed,
    a_damaged_body_is_read_or_malformed,
    a_field_of_the_wrong_type_is_read_or_malformed,
    a_request_without_anything_is_refused_quietly,
)
