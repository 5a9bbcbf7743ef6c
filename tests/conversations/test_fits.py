"""What a channel carries is judged before anything is written: kinds, lengths, counts, files."""

from __future__ import annotations

import pytest

from guanxi.channel_kit import Limit
from guanxi.content import (
    Button,
    Card,
    Choices,
    Content,
    File,
    Image,
    Media,
    MiniProgram,
    Option,
    Text,
    Voice,
    as_text,
    decode,
    encode,
)
from guanxi.conversations import fits, quoting

SENDS = {
    "text": Limit(bytes=12),
    "image": Limit(bytes=100, types=("image/png",)),
    "voice": Limit(bytes=100, types=("audio/amr",), seconds=60),
    "choices": Limit(characters=10, options=2, label=4),
    "card": Limit(title=6, characters=10, options=1, label=4, needs=("url",), types=("image/png",)),
    "mini_program": Limit(needs=("app_id", "path", "media")),
}
YES, NO = Option("好"), Option("不")
PAGE = "https://tea.example"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (Text("四个汉字"), ""),
        (Text("五个汉字呢"), "too_long"),
        (Text(" "), "empty"),
        (File(Media(key="a")), "kind_not_carried"),
        (Image(Media(type="image/png", size=100)), ""),
        (Image(Media(type="image/webp", size=10)), "file_type"),
        (Image(Media(type="image/png", size=101)), "file_too_large"),
        (Voice(Media(type="audio/amr", size=9, duration=60_000)), ""),
        (Voice(Media(type="audio/amr", size=9, duration=60_001)), "plays_too_long"),
        (Choices("去吗?", (YES, NO)), ""),
        (Choices("去吗?", ()), "no_options"),
        (Choices("去吗?", (YES, NO, YES)), "too_many_options"),
        (Choices("去吗?", (Option("再想一想"), Option("再想一想吧"))), "label_too_long"),
        (Choices("去吗?", (YES, Option(" "))), "empty"),
        (Choices("", (YES,)), "empty"),
        (Choices("一二三四五六七八九十百", (YES,)), "too_long"),
        (Card("春茶", url=PAGE, buttons=(Button("看看", url=PAGE),)), ""),
        (Card("春茶"), "needs_url"),
        (Card(" ", url=PAGE), "empty"),
        (Card("明前龙井茶上新", url=PAGE), "title_too_long"),
        (Card("春茶", url=PAGE, buttons=(Button("看看", url=PAGE),) * 2), "too_many_options"),
        (Card("春茶", url=PAGE, media=Media(type="image/gif")), "file_type"),
        (MiniProgram("茶", "wx1", "pages/a", Media(key="a")), ""),
        (MiniProgram("茶", "wx1", "pages/a"), "needs_media"),
    ],
)
def test_content_fits_or_the_reason_is_named(content: Content, problem: str) -> None:
    assert fits(content, SENDS) == problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (Choices("哪天?", (Option("今天"), Option("明天")), "点一下"), "哪天?\n1. 今天\n2. 明天\n点一下"),
        (Card("春茶", "到了", PAGE, buttons=(Button("好", reply="y"), Button("看", url=PAGE))), f"春茶\n到了\n{PAGE}\n好\n看: {PAGE}"),
        (MiniProgram("茶", "wx1"), "[mini program] 茶"),
    ],
)  # fmt: skip
def test_what_a_channel_cannot_draw_is_said_as_text_and_loses_no_word(content: Content, said: str) -> None:
    assert as_text(content) == said
    assert decode(encode(content)) == content


def test_a_quote_in_words_is_cut_to_what_the_channel_carries_and_left_out_where_it_carries_hardly_more() -> None:
    long = "很长" * 200
    assert quoting("在吗\n 在吗", "在", Limit()) == "「在吗 在吗」\n在"
    assert len(quoting(long, "好", Limit())) == 60 + 2 + 1 + 1
    for limit in (Limit(characters=40), Limit(bytes=120)):
        said = quoting(long, "好", limit)
        assert said.startswith("「很长")
        assert said.endswith("…」\n好")
        assert fits(Text(said), {"text": limit}) == ""
    assert quoting(long, "好", Limit(characters=10)) == "好"
    assert quoting("", "好", Limit()) == "好"
