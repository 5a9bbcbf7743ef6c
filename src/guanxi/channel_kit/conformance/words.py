"""Whatever a channel can show has words in every language of the desktop, a drawing, and a page on how to connect it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from xml.parsers import expat

from guanxi.channel_kit.conformance.fixtures import Broken, Subject

LANGUAGES = ("en", "zh-CN")
OUTCOMES = ("RetryLater", "Rejected", "WindowClosed", "AccessLost")


def every_word_is_there_in_both_languages(subject: Subject) -> None:
    for language in LANGUAGES:
        words = subject.words(language)
        for name in _needed(subject):
            if not words.get(name, "").strip():
                raise Broken(f"words/{language}.json lacks {name}")
    one, other = (set(subject.words(language)) for language in LANGUAGES)
    if one != other:
        raise Broken(f"only one of the languages has {sorted(one ^ other)}")


def every_reason_has_words_and_a_fixture(subject: Subject) -> None:
    shown = {
        attempt.fixture["outcome"]["reason"]
        for attempt in (*subject.tries, *subject.pulls)
        if attempt.fixture.get("outcome", {}).get("type") in OUTCOMES
    }
    words = subject.words("en")
    told = [one for arrival in subject.arrivals for one in arrival.fixture.get("expect", [])]
    shown |= {one["reason"] for one in told if f"reason.{one.get('reason', '')}" in words}  # of receipts
    for reason in sorted(shown | _reasons_in_the_source(subject)):
        if f"reason.{reason}" not in words:
            raise Broken(f"words/en.json lacks reason.{reason}")
        if reason not in shown:
            raise Broken(f"the reason {reason} is given somewhere, and no fixture shows when")
    for name in words:
        if name.startswith("reason.") and name.removeprefix("reason.") not in shown:
            raise Broken(f"{name} has words, and no fixture ends with it")


def what_pauses_an_account_says_what_to_do(subject: Subject) -> None:
    """What is wrong is one sentence. Somebody who has to put it right needs one more."""
    lost = {
        attempt.fixture["outcome"]["reason"]
        for attempt in (*subject.tries, *subject.pulls)
        if attempt.fixture.get("outcome", {}).get("type") == "AccessLost"
    }
    words = subject.words("en")
    for reason in sorted(lost):
        if len(re.split(r"[.:?!] ", words.get(f"reason.{reason}", ""))) < 2:
            raise Broken(f"reason.{reason} pauses the account and does not say what to do about it")


def every_result_of_the_check_has_words(subject: Subject) -> None:
    words = subject.words("en")
    for attempt in subject.tries:
        result = attempt.fixture.get("returns", "")
        if attempt.call != "check" or not result:
            continue
        code, _, detail = result.partition(":")
        if f"check.{code}" not in words:
            raise Broken(f"{attempt.name} gives {code}, and words/en.json lacks check.{code}")
        if detail and "{detail}" not in words[f"check.{code}"]:
            raise Broken(f"check.{code} leaves out the detail that {attempt.name} gives")


def it_has_a_drawing_of_its_own(subject: Subject) -> None:
    path = subject.folder / "icon.svg"
    if not path.is_file():
        raise Broken("icon.svg is missing")
    drawing = path.read_bytes()
    try:
        expat.ParserCreate().Parse(drawing, True)
    except expat.ExpatError as error:
        raise Broken(f"icon.svg: {error}") from error
    if b"currentColor" not in drawing:
        raise Broken("icon.svg does not take the colour of the text around it (currentColor)")
    if re.search(rb"<script|<image|<!DOCTYPE|href|\son\w+=", drawing, re.IGNORECASE):
        raise Broken("icon.svg does more than draw")


def it_says_how_to_connect(subject: Subject) -> None:
    path = subject.folder / "README.md"
    if not path.is_file() or len(path.read_text("utf-8").split()) < 20:
        raise Broken("README.md does not say how to get the credentials")


def _needed(subject: Subject) -> Iterator[str]:
    yield "title"
    for setting in subject.manifest.settings:
        yield f"setting.{setting.key}"
        yield f"setting.{setting.key}.help"
        yield from (f"setting.{setting.key}.{choice}" for choice in setting.choices)
    yield from (f"happened.{word}" for word in subject.can.happens)
    for attempt in subject.tries:
        if attempt.call == "profile":
            told = attempt.fixture.get("returns") or {}
            yield from (f"attribute.{key}" for key in told.get("attributes", ()))


def _reasons_in_the_source(subject: Subject) -> set[str]:
    """Every reason that is written down in the folder, as in `Rejected(reason="too_long")`."""
    found: set[str] = set()
    for path in sorted(subject.folder.glob("**/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OUTCOMES:
                for given in node.keywords:
                    if given.arg == "reason" and isinstance(given.value, ast.Constant):
                        found.add(str(given.value.value))
    return found


PROMISES = (
    every_word_is_there_in_both_languages,
    every_reason_has_words_and_a_fixture,
    what_pauses_an_account_says_what_to_do,
    every_result_of_the_check_has_words,
    it_has_a_drawing_of_its_own,
    it_says_how_to_connect,
)
