"""The question what a conversation was like, as choices whose ids say which question and how many stars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from guanxi.channel_kit import STARS
from guanxi.content import Choices, Option
from guanxi.conversations.tongues import tongue

ANSWER = re.compile(r"rate([1-5])-([0-9a-f]{32})")


class Words(msgspec.Struct, frozen=True):
    """How a language asks, and what it calls five stars down to one. A label with its stars has at most 14 characters."""

    question: str
    labels: Sequence[str]


# What customers read of us, by the beginning of their language.
WORDS: Mapping[str, Words] = {
    "zh-CN": Words("请评价本次服务，点选一项即可：", ("非常满意", "满意", "一般", "不满意", "很不满意")),
    "zh-TW": Words("請評價這次的服務，點選一項即可：", ("非常滿意", "滿意", "普通", "不滿意", "很不滿意")),
    "en": Words("How did we do? One tap is enough:", ("great", "good", "okay", "poor", "bad")),
    "ja": Words(
        "今回の対応はいかがでしたか。一つお選びください：", ("とても満足", "満足", "ふつう", "不満", "とても不満")
    ),
    "ko": Words("이번 상담은 어떠셨나요? 하나를 눌러 주세요:", ("매우 만족", "만족", "보통", "불만족", "매우 불만족")),
}


def words_in(*languages: str) -> Words:
    """The words of the first of these languages that we have, else English."""
    return WORDS[tongue(*languages)]


def question(rating_id: UUID, words: Words, *, text: str = "", before: str = "") -> Choices:
    """The question as it is sent: `text` instead of our own words, `before` as a line above it."""
    options = [
        Option(f"{stars_of(score)} {label}", id=f"rate{score}-{rating_id.hex}")
        for score, label in zip(range(STARS, 0, -1), words.labels, strict=True)
    ]
    asked = text.strip() or words.question
    return Choices("\n\n".join(part for part in (before.strip(), asked) if part), options=tuple(options))


def stars_of(score: int) -> str:
    return "★" * score + "☆" * (STARS - score)


def read_answer(chosen: str) -> tuple[UUID, int] | None:
    """(which question, how many stars) of what was tapped; None when it was something else."""
    found = ANSWER.fullmatch(chosen)
    return (UUID(hex=found[2]), int(found[1])) if found else None
