"""What a shop arranges on its web chat's own page: the questions before the first word, and when to speak first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from guanxi.channel_kit.json import clean

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Language = Annotated[str, msgspec.Meta(max_length=12)]
Words = Annotated[dict[Language, Annotated[str, msgspec.Meta(max_length=300)]], msgspec.Meta(max_length=12)]
Kind = Literal["text", "long", "email", "phone", "choice"]
Place = Literal["name", "email", "phone", "attribute"]

LONGEST_ANSWER = {"text": 200, "long": 2000, "email": 200, "phone": 40, "choice": 200}
_EMAIL = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]{1,190}\.[^@\s<>\".]{1,60}")
_PHONE = re.compile(r"[+0-9][0-9 ().\-/]{3,38}")


class FormChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to choose. `value` is what the contact's attribute becomes."""

    value: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    words: Words = {}


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """One question of the form. `place` is where the answer goes: the contact's name, e-mail, phone, or an attribute
    named `key`."""

    key: Key
    kind: Kind = "text"
    place: Place = "attribute"
    required: bool = False
    words: Words = {}
    choices: Annotated[list[FormChoice], msgspec.Meta(max_length=20)] = []


class GreetingRule(msgspec.Struct, frozen=True, kw_only=True):
    """Speak first to who is on a page whose address matches `url` (* stands for anything; '' for every page), has
    looked at it for `seconds`, and has seen at least `visits` pages."""

    id: Key
    name: Annotated[str, msgspec.Meta(max_length=80)] = ""
    on: bool = True
    url: Annotated[str, msgspec.Meta(max_length=300)] = ""
    seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 20
    visits: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    words: Words = {}


class WebChatSetup(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `asks` shows the form; `help_centre` keeps its place in the window, which is empty so far."""

    asks: bool = False
    intro: Words = {}
    fields: Annotated[list[FormField], msgspec.Meta(max_length=12)] = []
    email_words: Words = {}
    rules: Annotated[list[GreetingRule], msgspec.Meta(max_length=20)] = []
    help_centre: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody answered, by where it goes."""

    name: str = ""
    email: str = ""
    phone: str = ""
    attributes: dict[str, str] = {}


def read_setup(extras: Mapping[str, Any]) -> WebChatSetup:
    """The setup as it was saved; what an older or newer version wrote and we cannot read counts as not arranged."""
    try:
        return msgspec.convert(extras, WebChatSetup)
    except msgspec.ValidationError:
        return WebChatSetup()


def problems(setup: WebChatSetup) -> dict[str, str]:
    """What is wrong with which part: twice, empty, missing."""
    wrong: dict[str, str] = {}
    for name, keys in (("fields", [one.key for one in setup.fields]), ("rules", [one.id for one in setup.rules])):
        for at, key in enumerate(keys):
            if key in keys[:at]:
                wrong[f"{name}.{at}.key"] = "twice"
    for at, field in enumerate(setup.fields):
        if not any(word.strip() for word in field.words.values()):
            wrong[f"fields.{at}.words"] = "missing"
        if field.kind == "choice" and not field.choices:
            wrong[f"fields.{at}.choices"] = "missing"
    for at, rule in enumerate(setup.rules):
        if not any(word.strip() for word in rule.words.values()):
            wrong[f"rules.{at}.words"] = "missing"
    if setup.asks and not setup.fields:
        wrong["fields"] = "missing"
    return wrong


def said_in(words: Mapping[str, str], language: str) -> str:
    """The words in this language, else in its sister (zh-TW and zh-CN), else in English, else in any; '' for none."""
    wanted = language.lower()
    by_tag = {tag.lower(): text.strip() for tag, text in words.items() if text.strip()}
    sisters = [text for tag, text in by_tag.items() if tag[:2] == wanted[:2]]
    return by_tag.get(wanted) or next(iter([*sisters, by_tag.get("en", ""), *by_tag.values()]), "") or ""


def form_in(setup: WebChatSetup, language: str, known: Sequence[Place] = ()) -> list[dict[str, Any]]:
    """The form as the window draws it, without what is `known` already. Empty: nothing is asked."""
    if not setup.asks:
        return []
    return [
        {
            "key": field.key,
            "kind": field.kind,
            "required": field.required,
            "label": said_in(field.words, language) or field.key,
            "choices": [
                {"value": one.value, "label": said_in(one.words, language) or one.value} for one in field.choices
            ],
        }
        for field in setup.fields
        if field.place not in known
    ]


def plan(setup: WebChatSetup, visits: str) -> dict[str, Any] | None:
    """What the launcher has to know on every page: when to speak first, and whether visits may be asked about. None:
    nothing."""
    rules = [
        {"id": rule.id, "url": rule.url, "seconds": rule.seconds, "visits": rule.visits}
        for rule in setup.rules
        if rule.on
    ]
    return {"visits": visits, "rules": rules} if rules or visits != "off" else None


def told(setup: WebChatSetup, answers: Mapping[str, Any]) -> tuple[Told, dict[str, str]]:
    """What was answered, and what is wrong with which answer: missing, malformed. Answers to nothing are left out."""
    wrong: dict[str, str] = {}
    said: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for field in setup.fields if setup.asks else []:
        given = answers.get(field.key)
        if given is None:  # not shown, because it was known
            continue
        answer = clean(given).strip() if isinstance(given, str) else ""
        if not answer:
            if field.required:
                wrong[field.key] = "missing"
            continue
        if len(answer) > LONGEST_ANSWER[field.kind] or not _fits(field, answer):
            wrong[field.key] = "malformed"
        elif field.place == "attribute":
            attributes[field.key] = answer
        else:
            said[field.place] = answer[: {"name": 100, "email": 200, "phone": 40}[field.place]]
    return Told(**said, attributes=attributes), wrong


def is_email(address: str) -> bool:
    """Could this be an e-mail address? Whether it is one, only a letter would show."""
    return len(address) <= 200 and _EMAIL.fullmatch(address) is not None


def _fits(field: FormField, answer: str) -> bool:
    match field.kind:
        case "email":
            return is_email(answer)
        case "phone":
            return _PHONE.fullmatch(answer) is not None
        case "choice":
            return answer in {one.value for one in field.choices}
    return True
