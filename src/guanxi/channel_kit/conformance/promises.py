"""What a manifest claims, it has to show: a function for each flag, a fixture for each kind."""

from __future__ import annotations

import re

from guanxi.channel_kit import adjustable
from guanxi.channel_kit.conformance.fixtures import Broken, Subject, is_declared
from guanxi.channel_kit.rating import STARS
from guanxi.content import KINDS

LEAVES = ("end", "hand_over")  # what we do to a talk, and what may still be said then


def the_manifest_is_in_order(subject: Subject) -> None:
    manifest, can = subject.manifest, subject.can
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", manifest.key):
        raise Broken(f"{manifest.key!r} is no key: small letters, digits and _")
    for kind in (*can.receives, *can.sends, *can.public_sends):
        if kind not in KINDS:
            raise Broken(f"{kind!r} is no kind of content")
    if "text" not in can.sends or (can.public_sends and "text" not in can.public_sends):
        raise Broken("it does not send text, which is what every other content is said as")
    for kind in can.quotes:
        if kind not in can.sends:
            raise Broken(f"it quotes in {kind!r}, and does not send that")
    for names, what in (
        ([setting.key for setting in manifest.settings], "setting"),
        ([window.by for window in can.reply_windows], "reply window"),
    ):
        if len(set(names)) != len(names):
            raise Broken(f"a {what} is there twice: {names}")
    limits = {one.key for one in adjustable(manifest)}
    for open_ in can.unconfirmed:
        if not any(key == open_ or key.startswith(open_ + ".") for key in limits):
            raise Broken(f"{open_!r} is unconfirmed, and there is no such limit")
    if can.recall_within and not can.recall:
        raise Broken("it says how long a message can be recalled, and recalls none")
    for setting in manifest.settings:
        if setting.kind == "choice" and setting.default not in setting.choices:
            raise Broken(f"the default of the setting {setting.key} is none of its choices")
        asked, _, value = setting.only.partition("=")
        if asked and not any(other.key == asked and value in other.choices for other in manifest.settings):
            raise Broken(f"the setting {setting.key} is asked for only while {setting.only}, which cannot be")
        if setting.pattern and setting.default and not re.fullmatch(setting.pattern, setting.default):
            raise Broken(f"the default of the setting {setting.key} does not match its own pattern")


def a_rating_can_be_asked_for_as_it_says(subject: Subject) -> None:
    can, asked = subject.can, any(setting.key == "rating" for setting in subject.manifest.settings)
    if bool(can.rating) != asked:
        raise Broken("the flag rating and the setting rating do not agree")
    if can.rating == "choices" and not ("choices" in can.sends and "chosen" in can.receives):
        raise Broken("it asks for a rating by choices, and does not send them or cannot tell what was chosen")
    if can.rating == "choices" and can.sends["choices"].options < STARS:
        raise Broken(f"it asks for a rating by choices, and {STARS} answers are too many for it")


def every_flag_has_its_function(subject: Subject) -> None:
    channel, can = subject.channel, subject.can
    for flag, function, name in (
        (can.typing, channel.typing, "typing"),
        (can.recall, channel.recall, "recall"),
        ("template" in can.sends, channel.templates, "templates"),
        (can.menu is not None, channel.publish_menu, "publish_menu"),
        (can.codes is not None, channel.make_code, "make_code"),
        (can.crosses in ("link", "scan"), channel.crossing, "crosses"),
    ):
        if flag != (function is not None):
            raise Broken(f"the flag {name} and the function {name} do not agree")
    remote = [arrival.name for arrival in subject.arrivals if _names_a_remote_file(arrival.fixture.get("expect"))]
    if remote and channel.fetch_media is None:
        raise Broken(f"{remote[0]} names a file at the platform, and there is no fetch_media")


def every_claim_has_a_fixture(subject: Subject) -> None:
    can = subject.can
    told = [told for arrival in subject.arrivals for told in arrival.fixture.get("expect", [])]
    received = {one["content"]["kind"] for one in told if one["kind"] == "received"}
    happened = [one["what"] for one in told if one["kind"] == "happened"]
    opened = {opening["by"] for one in told for opening in one.get("opens", ())}
    opened |= {
        opening["by"]
        for attempt in subject.tries
        if attempt.call in LEAVES
        for opening in attempt.fixture.get("returns", ())
    }
    ended_well = [
        attempt.fixture["outgoing"]
        for attempt in subject.tries
        if attempt.call == "send" and attempt.fixture.get("outcome", {}).get("type") == "Sent"
    ]
    sent = {one["content"]["kind"] for one in ended_well if not one.get("post")}
    said = {one["content"]["kind"] for one in ended_well if one.get("post")}
    if can.public_sends and not any(one.get("post") for one in told):
        raise Broken("it speaks in public, says the manifest, and no fixture hears anything under a post")
    for claims, shown, what in (
        (can.receives, received, "receives {}"),
        (can.receipts, {one["status"] for one in told if one["kind"] == "receipt"}, "has receipts of {}"),
        ([window.by for window in can.reply_windows], opened, "opens a window by {}"),
        (can.sends, sent, "sends {}"),
        (can.public_sends, said, "says {} in public"),
    ):
        for claim in claims:
            if claim not in shown:
                raise Broken(f"it {what.format(claim)}, says the manifest, and no fixture shows it")
    for word in can.happens:
        if not any(is_declared(what, (word,)) for what in happened):
            raise Broken(f"{word!r} can happen, says the manifest, and no fixture shows it")


def every_function_has_a_fixture(subject: Subject) -> None:
    called = {attempt.call for attempt in subject.tries}
    calls = (
        "upload",
        "fetch_media",
        "profile",
        "introduced",
        "page_signature",
        "quota",
        "typing",
        "mark_read",
        "end",
        "hand_over",
        "recall",
        "templates",
        "publish_menu",
        "make_code",
        "crossing",
        "check",
    )
    for name in ("send", *calls):
        if getattr(subject.channel, name) is not None and name not in called:
            raise Broken(f"there is a function {name}, and no fixture calls it")
    if subject.channel.pull is not None and not any("expect" in attempt.fixture for attempt in subject.pulls):
        raise Broken("there is a function pull, and no fixture calls it")
    if subject.channel.greet is not None and not any(arrival.greets for arrival in subject.arrivals):
        raise Broken("there is a function greet, and no fixture calls it")


def _names_a_remote_file(expect: object) -> bool:
    return isinstance(expect, list) and any(
        one.get("content", {}).get("media", {}).get("remote") for one in expect if isinstance(one, dict)
    )


def a_code_to_go_on_arrives_as_it_was_given(subject: Subject) -> None:
    """Whoever goes on here brings the code in what he says, or in what he scanned or followed, whole."""
    crosses = subject.can.crosses
    if crosses and "text" not in subject.can.receives:
        raise Broken("a customer may go on here, says the manifest, and could not say the code")
    if crosses == "scan":
        named = [told for arrival in subject.arrivals for told in arrival.fixture.get("expect", [])]
        if not any(one.get("details", {}).get("scene") for one in named):
            raise Broken("who scans a code goes on here, says the manifest, and no fixture hears a scene")


PROMISES = (
    the_manifest_is_in_order,
    a_rating_can_be_asked_for_as_it_says,
    every_flag_has_its_function,
    every_claim_has_a_fixture,
    every_function_has_a_fixture,
    a_code_to_go_on_arrives_as_it_was_given,
)
