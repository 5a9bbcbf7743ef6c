"""Words and facts become levels: how often rightly, and never without saying why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.judging.model import AlarmWord, Facts, Said
from guanxi.judging.rules import judged
from tests.judging.sentences import MESSAGES

NOW = datetime(2027, 3, 1, 14, 5, tzinfo=UTC)


def facts(*texts: str, unanswered: int = 0, waiting: int = 0, again: int = 0, is_vip: bool = False) -> Facts:
    said = tuple(Said(n, text, NOW + timedelta(minutes=n)) for n, text in enumerate(texts, 1))
    return Facts(said=said, unanswered=unanswered, waiting=waiting, again=again, is_vip=is_vip)


def test_of_alarms_seventeen_in_twenty_are_right_and_eight_in_ten_are_raised() -> None:
    found = [(urgency, mood, judged(facts(text))) for _, text, urgency, mood in MESSAGES]
    for alarms, pairs in (
        (("high", "urgent"), [(urgency, one.urgency) for urgency, _, one in found]),
        (("falling", "angry"), [(mood, one.mood) for _, mood, one in found]),
    ):
        raised = [wanted for wanted, said in pairs if said in alarms]
        there = [said for wanted, said in pairs if wanted in alarms]
        assert sum(wanted in alarms for wanted in raised) >= 0.85 * len(raised)
        assert sum(said in alarms for said in there) >= 0.8 * len(there)
    assert sum(one.urgency == urgency and one.mood == mood for urgency, mood, one in found) >= 0.85 * len(found)


def test_each_reason_names_its_word_or_fact_and_the_message_it_stands_in() -> None:
    after = judged(facts("我要投诉", "人呢", "?", unanswered=3))
    assert after.urgency == "urgent"
    assert [(one.what, one.word, one.count, one.seq) for one in after.reasons if one.about == "urgency"] == [
        ("word", "投诉", 0, 1),
        ("unanswered", "", 3, None),
    ]
    assert after.reasons[0].at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("known", "urgency"),
    [
        (facts("hello"), "normal"), (facts("hello", is_vip=True), "normal"), (facts("hello", again=2), "normal"),
        (facts("hello", again=2, is_vip=True), "high"), (facts("hello", unanswered=3), "high"),
        (facts("hello", unanswered=2), "normal"), (facts("hello", waiting=29), "normal"),
        (facts("hello", waiting=30), "high"), (facts("hello", waiting=45, unanswered=4), "urgent"),
        (facts("refund please", is_vip=True), "high"), (facts("refund please", waiting=30), "urgent"),
        (facts("not a complaint"), "normal"), (facts("THANK YOU VERY MUCH FRIENDS!!!"), "low"),
    ],
)  # fmt: skip
def test_facts_weigh_as_they_are_said_to(known: Facts, urgency: str) -> None:
    assert judged(known).urgency == urgency


def test_a_mood_falls_and_rises_with_what_is_said_last() -> None:
    moods = [judged(facts(*said)).mood for said in (
        ["hello"], ["hello", "this is too slow"], ["this is too slow", "I am furious, what a joke of a shop, the worst"],
        ["this is too slow", "perfect, thank you"], ["I am furious", "ok", "where are you"],
    )]  # fmt: skip
    assert moods == ["neutral", "falling", "angry", "glad", "falling"]


def test_a_workspaces_own_words_stand_before_those_of_the_house() -> None:
    assert judged(facts("the kiln of death")).urgency == "normal"
    assert judged(facts("The KILN of death"), [AlarmWord("kiln of death", "urgent")]).urgency == "urgent"
    assert judged(facts("do you sell refund stamps"), [AlarmWord("refund", "nothing")]).urgency == "normal"
    assert judged(facts("a.*b"), [AlarmWord("a.*b", "high")]).urgency == "high"
    assert judged(facts("axxb"), [AlarmWord("a.*b", "high")]).urgency == "normal"


@given(st.lists(st.text(max_size=80), max_size=8), st.integers(0, 9), st.integers(0, 500), st.integers(0, 9))
def test_nothing_is_high_or_bad_without_a_reason_and_nothing_said_can_break_it(
    texts: list[str], unanswered: int, waiting: int, again: int
) -> None:
    known = facts(*texts, unanswered=unanswered, waiting=waiting, again=again)
    after = judged(known)
    assert after == judged(known)
    about = {one.about for one in after.reasons}
    assert (after.urgency in ("high", "urgent")) == ("urgency" in about)
    assert (after.mood != "neutral") == ("mood" in about)
