"""What arrives: only the genuine is let in, and it says the same whenever it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from guanxi.channel_kit.access import Access
from guanxi.channel_kit.channel import Channel
from guanxi.channel_kit.conformance.fixtures import Arrival, Broken, Subject, is_declared
from guanxi.channel_kit.inbound import Forged, Happened, Malformed, Receipt, Received, Request
from guanxi.content import kind_of

FORGED = "forged"
SAMPLES = 200


def a_genuine_request_is_let_in(subject: Subject) -> None:
    for arrival in subject.arrivals:
        if _heard(subject.channel, arrival, arrival.request) is FORGED:
            raise Broken(f"{arrival.name} is genuine and was refused")


def a_changed_byte_of_what_is_signed_is_refused(subject: Subject) -> None:
    """Where the whole body is signed, any change of it is refused; elsewhere a change is refused or changes nothing
    of what is read. What a greeting hands back need not be signed."""
    for arrival in _signed(subject):
        signed = arrival.fixture.get("signed", subject.manifest.signs)
        heard, refused = _heard(subject.channel, arrival, arrival.request), 0
        for part, changed in _changed(arrival.request, signed, arrival.fixture.get("unsigned", ())):
            now = _heard(subject.channel, arrival, changed)
            refused += now is FORGED
            whole = signed == "body" and part == "body"
            if now is not FORGED and (whole or (now != heard and not arrival.greets)):
                raise Broken(f"{arrival.name}: one byte of the {part} was changed, and it was let in")
        if not refused:
            raise Broken(f"{arrival.name}: none of the changed bytes was noticed")


def a_missing_or_doubled_signature_is_refused(subject: Subject) -> None:
    """A proof is what is missed when it is left out and noticed when it is changed. It counts once and as it is."""
    for arrival in _signed(subject):
        proofs = [
            (part, name, value)
            for part in ("headers", "query")
            for name, value in getattr(arrival.request, part).items()
            if all(_is_forged(subject, arrival, part, name, other) for other in (None, f"{value[:-1]}!"))
        ]
        if not proofs:
            raise Broken(f"{arrival.name}: no header and no parameter is missed when it is left out")
        for part, name, value in proofs:
            for other in (f"{value}, {value}", f"{value},{value}", "", value[:-1], "é\udc80"):
                if not _is_forged(subject, arrival, part, name, other):
                    raise Broken(f"{arrival.name}: {name} was {other!r}, and it was let in")


def the_secret_of_another_inbox_is_refused(subject: Subject) -> None:
    for arrival in _signed(subject):
        ours = arrival.access
        for secrets in ({name: f"{value}x" for name, value in ours.secrets.items()}, {}):
            other = Access(settings=ours.settings, secrets=secrets)
            if _heard(subject.channel, arrival, arrival.request, other) is not FORGED:
                raise Broken(f"{arrival.name}: let in with {'another' if secrets else 'no'} secret")


def every_fixture_says_what_it_expects(subject: Subject) -> None:
    for arrival in subject.arrivals:
        heard, fixture = _heard(subject.channel, arrival, arrival.request), arrival.fixture
        expected = fixture.get("raises") or fixture.get("reply") or fixture.get("expect")
        if arrival.greets and isinstance(heard, dict):
            heard = {key: value for key, value in heard.items() if key in fixture["reply"]}
        if heard != expected:
            raise Broken(f"{arrival.name}: expected {expected}, and it says {heard}")


def it_is_read_the_same_twice(subject: Subject) -> None:
    for arrival in subject.arrivals:
        once, twice = (_heard(subject.channel, arrival, arrival.request) for _ in range(2))
        if once != twice:
            raise Broken(f"{arrival.name} says something else when it is read again")
        if arrival.is_pulled:
            continue
        reply = subject.channel.acknowledge(arrival.request, arrival.access)
        if reply.status >= 300:
            raise Broken(f"{arrival.name} is stored, and acknowledged with {reply.status}")


def a_redelivery_has_the_same_ids(subject: Subject) -> None:
    by_name = {arrival.name: arrival for arrival in subject.arrivals}
    for arrival in subject.arrivals:
        if first := arrival.fixture.get("same_as"):
            if first not in by_name:
                raise Broken(f"{arrival.name} repeats {first}, which is not there")
            ids = [[told.external_id for told in _parsed(subject, one)] for one in (arrival, by_name[first])]
            if ids[0] != ids[1]:
                raise Broken(f"{arrival.name} repeats {first} under other ids")


def everything_has_an_id_and_a_zoned_time(subject: Subject) -> None:
    for arrival in _read(subject):
        seen: set[tuple[str, str]] = set()
        for told in _parsed(subject, arrival):
            at = told.at if isinstance(told, Receipt) else getattr(told, "sent_at", None)
            if isinstance(at, datetime) and at.utcoffset() is None:
                raise Broken(f"{arrival.name}: a time has no zone")
            if isinstance(at, datetime) and at.utcoffset() != timedelta(0):
                raise Broken(f"{arrival.name}: a time is not in UTC")
            if isinstance(told, Received | Happened):
                if not told.external_id or not told.sender.external_id:
                    raise Broken(f"{arrival.name}: something was said without an id or by nobody")
                if (told.external_id, type(told).__name__) in seen:
                    raise Broken(f"{arrival.name}: two things have the id {told.external_id}")
                seen.add((told.external_id, type(told).__name__))


def only_what_is_declared_is_told(subject: Subject) -> None:
    can = subject.can
    windows = {window.by: window for window in can.reply_windows}
    for arrival in _read(subject):
        for told in _parsed(subject, arrival):
            if isinstance(told, Received) and kind_of(told.content) not in can.receives:
                raise Broken(f"{arrival.name}: {kind_of(told.content)} is received and not declared")
            if isinstance(told, Happened) and not is_declared(told.what, can.happens):
                raise Broken(f"{arrival.name}: {told.what} happened and is not declared")
            if isinstance(told, Receipt) and told.status not in can.receipts:
                raise Broken(f"{arrival.name}: a receipt says {told.status}, which is not declared")
            for closed in told.closes if isinstance(told, Happened) else ():
                if closed not in windows:
                    raise Broken(f"{arrival.name}: it closes the window {closed}, which the manifest does not know")
            for opening in told.opens if isinstance(told, Received | Happened) else ():
                if opening.by not in windows:
                    raise Broken(f"{arrival.name}: it opens the window {opening.by}, which the manifest does not know")
                if windows[opening.by].token != bool(opening.token):
                    raise Broken(f"{arrival.name}: the window {opening.by} and its token do not agree")


def _signed(subject: Subject) -> Iterator[Arrival]:
    if subject.manifest.signs == "none":
        return
    if not subject.arrivals:
        raise Broken("there is no inbound fixture to try")
    yield from (one for one in subject.arrivals if "raises" not in one.fixture and not one.is_pulled)


def _read(subject: Subject) -> Iterator[Arrival]:
    yield from (arrival for arrival in subject.arrivals if not arrival.greets and "raises" not in arrival.fixture)


def _parsed(subject: Subject, arrival: Arrival) -> Sequence[Any]:
    return subject.channel.parse(arrival.request, arrival.access)


def _heard(channel: Channel, arrival: Arrival, request: Request, access: Access | None = None) -> Any:
    """FORGED, 'Malformed', or in builtins what was said or is answered: the whole way in, as the pipeline walks it."""
    access = access or arrival.access
    try:
        if arrival.greets:
            if channel.greet is None:
                raise Broken(f"{arrival.name} greets, and the channel does not")
            reply = channel.greet(request, access)
            return {"status": reply.status, "body": reply.body.decode("utf-8", "replace"), "type": reply.type}
        if not arrival.is_pulled:
            channel.verify(request, access)
        return msgspec.json.decode(msgspec.json.encode(list(channel.parse(request, access))))
    except Forged:
        return FORGED
    except Malformed:
        return "Malformed"
    except Broken:
        raise
    except Exception as error:
        raise Broken(f"{arrival.name}, changed or not, makes it raise {error!r}") from error


def _is_forged(subject: Subject, arrival: Arrival, part: str, name: str, value: str | None) -> bool:
    return _heard(subject.channel, arrival, _with(arrival.request, part, name, value)) is FORGED


def _changed(request: Request, signed: str, unsigned: Sequence[str]) -> Iterator[tuple[str, Request]]:
    """The request with one byte changed, at up to SAMPLES places of its body and of each parameter and header."""
    if signed in ("body", "sealed"):
        step = max(len(request.body) // SAMPLES, 1)
        for at in range(0, len(request.body), step):
            body = bytearray(request.body)
            body[at] ^= 1
            yield "body", msgspec.structs.replace(request, body=bytes(body))
    for part in ("query", "headers"):
        for name, value in getattr(request, part).items():
            for at in range(0 if name in unsigned else min(len(value), SAMPLES)):
                changed = value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
                yield part, _with(request, part, name, changed)


def _with(request: Request, part: str, name: str, value: str | None) -> Request:
    values: Mapping[str, str] = getattr(request, part)
    others = {key: held for key, held in values.items() if key != name}
    return msgspec.structs.replace(request, **{part: others if value is None else {**others, name: value}})


PROMISES = (
    a_genuine_request_is_let_in,
    a_changed_byte_of_what_is_signed_is_refused,
    a_missing_or_doubled_signature_is_refused,
    the_secret_of_another_inbox_is_refused,
    every_fixture_says_what_it_expects,
    it_is_read_the_same_twice,
    a_redelivery_has_the_same_ids,
    everything_has_an_id_and_a_zoned_time,
    only_what_is_declared_is_told,
)
