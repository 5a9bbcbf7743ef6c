"""Who translates, what is to be translated, and how it fails."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["off", "libretranslate", "openai"]


class TranslationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who translates for a workspace. The key is never shown: `has_key` says that there is one."""

    kind: Kind
    url: str = ""
    model: str = ""
    has_key: bool = False


NOBODY = TranslationSettings(kind="off")


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """The same with its key, for calling. `version` changes with every change of the settings."""

    kind: Kind
    url: str
    model: str = ""
    key: str = ""
    version: str = ""

    def __repr__(self) -> str:
        return f"Provider({self.kind}, {self.url}, …)"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says, in which language as far as we know, and what it is in the language asked for, if that is
    known."""

    seq: int
    text: str
    language: str
    translated: str | None


class Refused(Exception):
    """It cannot be done: no_translator, not_translating, bad_url, no_model."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Failed(Exception):
    """The provider gave no translation. `code`: unreachable, slow, busy, refused (its key), unsupported (a language),
    broken, unreadable, too_long, resting (it failed so often that nobody is asked for a while)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
