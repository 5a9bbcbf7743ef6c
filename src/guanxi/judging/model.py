"""What is judged, by what, and the words and facts behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Urgency = Literal["low", "normal", "high", "urgent"]
Mood = Literal["angry", "falling", "neutral", "glad"]
Meaning = Literal["danger", "urgent", "high", "late", "angry", "bad", "good", "closing", "nothing"]


class Refused(Exception):
    """It cannot be set; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AlarmWord(msgspec.Struct, frozen=True):
    """A word or phrase of the workspace's own, and what it means; nothing: ours is no alarm here. With a `language` it counts
    in messages of that language, and in those of which nobody can tell; `zh` is Chinese in both ways of writing."""

    word: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    means: Literal["urgent", "high", "angry", "bad", "good", "nothing"]
    language: Annotated[str, msgspec.Meta(max_length=10)] = ""


class OurWord(msgspec.Struct, frozen=True):
    """A word of the house's, what it means, and in which language it was thought."""

    word: str
    means: Meaning
    language: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A word that stands in a text. It means `means`, and counts as `counts_as` there: a negated one counts for nothing, a
    negated good one for a bad one. `own`: the workspace's."""

    word: str
    means: Meaning
    counts_as: Meaning
    own: bool


class Said(msgspec.Struct, frozen=True):
    """One message of the contact's."""

    seq: int
    text: str
    at: datetime
    language: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation is judged by. `said`: the contact's last messages, oldest first. `unanswered`: how often he wrote
    without an answer, `waiting`: for how many minutes, `again`: how many other conversations he began within a week."""

    said: tuple[Said, ...] = ()
    unanswered: int = 0
    waiting: int = 0
    again: int = 0
    is_vip: bool = False


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One reason. what: word (with `word`, and the message it stands in), capitals, exclaims, unanswered, waiting, again
    (with `count`), vip."""

    about: Literal["urgency", "mood"]
    what: Literal["word", "not", "capitals", "exclaims", "unanswered", "waiting", "again", "vip"]
    word: str = ""
    count: int = 0
    seq: int | None = None
    at: datetime | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    urgency: Urgency = "normal"
    mood: Mood = "neutral"
    reasons: tuple[Reason, ...] = ()
