"""Languages are told where they can be, and left open where they cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.conversations.hearing import HEARD, KEPT, language_of, spoken
from tests.conversations.sentences import LATIN, NOBODY_KNOWS, SCRIPTS


def test_languages_with_a_script_of_their_own_are_told_every_time() -> None:
    wrong = {text: language_of(text) for one, texts in SCRIPTS.items() for text in texts if language_of(text) != one}
    assert wrong == {}


def test_of_languages_in_latin_letters_nine_in_ten_are_told_and_one_in_a_hundred_wrongly_at_most() -> None:
    told = [(one, language_of(text)) for one, texts in LATIN.items() for text in texts]
    assert sum(one == found for one, found in told) >= 0.9 * len(told)
    assert sum(found not in ("", one) for one, found in told) <= 0.01 * len(told)


@pytest.mark.parametrize("text", NOBODY_KNOWS)
def test_what_is_too_short_or_says_nothing_has_no_language(text: str) -> None:
    assert language_of(text) == ""


@pytest.mark.parametrize(
    ("text", "around", "found"),
    [
        ("了解", "ja", "ja"), ("了解", "zh-CN", "zh-CN"), ("了解", "zh-TW", "zh-TW"), ("了解", "", ""), ("了解", "en", ""),
        ("你好", "", "zh"), ("你好", "zh-TW", "zh-TW"), ("你好", "ja", "zh"),
        ("領収書発行希望", "", "ja"), ("我喜歡你們的奶茶の店", "", "zh-TW"), ("ㅋㅋㅋ", "", "ko"), ("カート", "en", "ja"),
        ("My order number is 订单 88, can you check it please", "", "en"),
    ],
)  # fmt: skip
def test_signs_that_two_languages_share_are_read_by_what_is_spoken_around_them(
    text: str, around: str, found: str
) -> None:
    assert language_of(text, around) == found


def test_a_conversation_is_in_the_language_of_its_last_messages_that_tell() -> None:
    language, heard = "", ""
    for text in ("请问什么时候发货?", "快点啊,等了很久了", "ok", "Where is my parcel now?", "ok", "好的"):
        language, heard = spoken(heard, language_of(text, language))
    assert language == "zh-CN"
    for _ in range(KEPT):
        language, heard = spoken(heard, language_of("please answer me in English", language))
    assert (language, len(heard.split())) == ("en", KEPT)
    assert spoken("zh zh zh-TW en", "") == ("zh-TW", "zh zh zh-TW en")


@given(st.text(max_size=60), st.sampled_from(["", *HEARD]))
def test_whatever_is_written_has_a_known_language_or_none_and_the_same_one_each_time(text: str, around: str) -> None:
    found = language_of(text, around)
    assert found in ("", *HEARD)
    assert found == language_of(text, around)
    assert language_of(text, around, by_script=True) in ("", found)
