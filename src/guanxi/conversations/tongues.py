"""In which of the languages that we speak to customers a customer is spoken to."""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["zh-CN", "zh-TW", "en", "ja", "ko"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

BEGINNINGS: tuple[tuple[str, Language], ...] = (("zh", "zh-CN"), ("en", "en"), ("ja", "ja"), ("ko", "ko"), ("kr", "ko"))


def tongue(*languages: str) -> Language:
    """zh-CN, zh-TW, en, ja or ko: the first of these languages that we speak, else English. What a platform calls a
    language may be anything (zh_CN, ko-KR, kr)."""
    for language in languages:
        plain = language.replace("_", "-").lower()
        if plain.startswith(("zh-tw", "zh-hk", "zh-hant")):
            return "zh-TW"
        for begins, name in BEGINNINGS:
            if plain.startswith(begins):
                return name
    return "en"
