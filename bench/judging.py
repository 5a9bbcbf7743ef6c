"""How often languages, urgency and mood are told rightly, over the sentences of the tests, and how long it takes.

precision: of the alarms that are raised (high and urgent; falling and angry), how many a person would raise. recall: of those that a
person would raise, how many are. The reference is one pass of the standard library over the same words (casefold and split).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from bench.rig.figure import Figure, run
from guanxi.conversations.hearing import language_of
from guanxi.judging.model import Facts, Said
from guanxi.judging.rules import judged
from tests.conversations.sentences import LATIN, NOBODY_KNOWS, SCRIPTS
from tests.judging.sentences import MESSAGES

ROUNDS = 40


async def measure(quick: bool) -> Figure:
    now = datetime.now(UTC)
    told = [(one, language_of(text)) for texts in (LATIN, SCRIPTS) for one, said in texts.items() for text in said]
    figures: dict[str, Any] = {
        "sentences": len(told),
        "languages_right": sum(one == found for one, found in told),
        "languages_wrong": sum(found not in ("", one) for one, found in told),
        "languages_made_up": sum(language_of(text) != "" for text in NOBODY_KNOWS),
        "messages": len(MESSAGES),
    }
    found = [(urgency, mood, judged(Facts(said=(Said(1, text, now),)))) for _, text, urgency, mood in MESSAGES]
    for name, alarms, pairs in (
        ("urgency", ("high", "urgent"), [(wanted, one.urgency) for wanted, _, one in found]),
        ("mood", ("falling", "angry"), [(wanted, one.mood) for _, wanted, one in found]),
    ):
        both = sum(wanted in alarms and said in alarms for wanted, said in pairs)
        figures[f"{name}_precision"] = round(both / sum(said in alarms for _, said in pairs), 3)
        figures[f"{name}_recall"] = round(both / sum(wanted in alarms for wanted, _ in pairs), 3)
    rounds = 1 if quick else ROUNDS
    began = time.perf_counter()
    for _ in range(rounds):
        for _, text, _, _ in MESSAGES:
            language_of(text)
    figures["language_ms"] = round((time.perf_counter() - began) / rounds / len(MESSAGES) * 1000, 4)
    began = time.perf_counter()
    for n in range(rounds):  # each message another one, so that none is remembered
        for _, text, _, _ in MESSAGES:
            judged(Facts(said=(Said(n + 2, text, now),)))
    figures["judge_ms"] = round((time.perf_counter() - began) / rounds / len(MESSAGES) * 1000, 4)
    began = time.perf_counter()
    for _ in range(rounds):
        for _, text, _, _ in MESSAGES:
            text.casefold().split()
    bare = round((time.perf_counter() - began) / rounds / len(MESSAGES) * 1000, 4)
    return Figure(bench="judging", figures=figures, reference={"casefold_and_split_ms": bare}, ratio=None)


if __name__ == "__main__":
    run(measure)
