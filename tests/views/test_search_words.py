"""What texts are found by, and what is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.infra import search


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("什么时候发货？", ["什么", "么时", "时候", "候发", "发货", "货"]),
        ("货", ["货"]),
        ("Hello, WORLD", ["hello", "world"]),
        ("ＡＢＣ１２３", ["abc123"]),
        ("買ったiPhone15を", ["買っ", "った", "た", "iphone15", "を"]),
        ("환불 받고", ["환불", "불", "받고", "고"]),
        ("订单880012345678", ["订单", "单", "880012345678", "5678", "45678", "345678", "2345678", "12345678"]),
        ("foo_bar", ["foobar"]),
        ("…!?", []),
        ("", []),
        ("a\x00b", ["ab"]),
    ],
)
def test_a_text_is_found_by_pairs_and_words(text: str, tokens: list[str]) -> None:
    assert search.tokens(text) == tokens


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("发货", "'@:发货'"),
        ("货", "'@:货':*"),
        ("order refu", "'@:order':* & '@:refu':*"),
        ("it's", "'@:it' & '@:s':*"),
        ("order退款", "'@:order' & '@:退款'"),
        ("1234567890", "('@:1234567890':* | '@:34567890')"),
        ('"free ship" 退款', "'@:free' & '@:ship':* & '@:退款'"),
        ('5" “', "'@:5'"),
        ("…", None),
        ('" "', None),
    ],
)
def test_a_query_asks_for_all_words_each_of_which_may_go_on(words: str, query: str | None) -> None:
    assert search.query(words) == query


def test_each_slice_of_each_workspace_has_tokens_of_its_own() -> None:
    assert search.numbered(search.prefix(7, 0), "发货") == ["7:发货", "7:货"]
    assert search.numbered(search.prefix(7, 3), "发货") == ["7.3:发货", "7.3:货"]
    assert search.in_slice("'@:发货' & '@:b':*", "7.3") == "'7.3:发货' & '7.3:b':*"


@given(st.text(max_size=60), st.data())
def test_any_piece_of_a_text_finds_it_by_its_pairs(text: str, data: st.DataObject) -> None:
    """Every CJK piece of a text asks only for tokens that the text has (or begins)."""
    cjk = "".join(c for c in text if "\u4e00" <= c <= "\u9fff") or "青瓷茶杯"
    begin = data.draw(st.integers(0, len(cjk) - 1))
    end = data.draw(st.integers(begin + 1, len(cjk)))
    have = search.tokens(cjk)
    for part in (search.query(cjk[begin:end]) or "").split(" & "):
        token = part.removesuffix(":*").strip("'").removeprefix("@:")
        assert any(h.startswith(token) if part.endswith(":*") else h == token for h in have)


@given(st.text(max_size=300))
def test_no_text_breaks_the_words(text: str) -> None:
    for token in search.tokens(text):
        assert token
        assert " " not in token
    search.query(text)
    search.patterns(text)


def test_patterns_take_wildcards_by_their_word() -> None:
    assert search.patterns("50%_off \\x") == ["%50\\%\\_off%", "%\\\\x%"]


def test_what_stands_in_quotes_is_one_phrase() -> None:
    assert search.words("Ships “free  of” charge") == ["ships", "free  of", "charge"]
    assert search.words('5" tv') == ['5"', "tv"]
