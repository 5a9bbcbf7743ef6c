"""What a customer who waits is told and offered, in the five languages that we speak to customers; and what he answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from guanxi.content import Choices, Content, Option, Text
from guanxi.routing import Wish

ELSEWHERE = "wait-elsewhere"
ANSWERS: Mapping[str, Wish] = {"wait-call": "call_back", "wait-later": "later", "wait-stay": "stay"}


class Words(msgspec.Struct, frozen=True):
    """`next`, `ahead` and `about` say how he stands; `offer` what he may choose, by taps, and `or_write` by words. `chosen`:
    what we say to each choice; `which`: which number."""

    next: str
    ahead: str
    about: str
    offer: str
    or_write: str
    options: Sequence[str]  # call me back, answer me later, I wait
    which: str
    calls: str
    later: str
    said: Sequence[Sequence[str]]  # other words for the same
    elsewhere: str  # go on in another app; and how to ask for it where nothing can be tapped, and other words for it
    or_elsewhere: str
    meant: Sequence[str]


WORDS: Mapping[str, Words] = {
    "zh-CN": Words(
        "您是下一位，马上为您接入。", "您前面还有 {n} 位。", "大约需要 {m} 分钟。", "您也可以选择：",
        "您也可以回复「{0}」或「{1}」。", ("给我回电", "稍后回复我", "继续等待"), "请发送您的电话号码。",
        "好的，我们会拨打 {phone} 与您联系，您的排队位置会保留。", "好的，您不必等待，轮到您时我们会在这里回复。",
        (("回电", "请回电", "打电话给我", "电话联系我"), ("稍后回复", "留言"), ("等待", "我等")),
        "换个渠道", "回复「{0}」可到其他应用继续。", ("换渠道", "其他渠道", "换个应用"),
    ),
    "zh-TW": Words(
        "您是下一位，馬上為您接入。", "您前面還有 {n} 位。", "大約需要 {m} 分鐘。", "您也可以選擇：",
        "您也可以回覆「{0}」或「{1}」。", ("請回電給我", "稍後回覆我", "繼續等候"), "請傳送您的電話號碼。",
        "好的，我們會撥打 {phone} 與您聯絡，您的順位會保留。", "好的，您不必等候，輪到您時我們會在這裡回覆。",
        (("回電", "請回電", "打電話給我"), ("稍後回覆", "留言"), ("等候", "我等")),
        "換個管道", "回覆「{0}」可到其他應用程式繼續。", ("換管道", "其他管道", "換個應用程式"),
    ),
    "en": Words(
        "You are next.", "{n} ahead of you.", "About {m} min.", "Or choose:",
        "Or write “{0}” or “{1}”.", ("Call me back", "Answer later", "I'll wait"), "Which number shall we call?",
        "We will call {phone}. Your place is kept.", "No need to wait: we answer here when it is your turn.",
        (("call back", "callback", "please call me", "call me"), ("answer me later", "later"), ("wait", "i wait")),
        "Another app", "“{0}”: go on in another app.", ("other app", "in another app", "elsewhere"),
    ),
    "ja": Words(
        "次にご案内いたします。", "お待ちのお客様はあと{n}名です。", "目安は約{m}分です。", "次の方法もお選びいただけます：",
        "「{0}」または「{1}」とご返信いただくこともできます。", ("折り返し電話", "後で返信", "このまま待つ"),
        "お電話番号をお送りください。", "{phone}へお電話いたします。順番はそのままです。",
        "お待ちいただく必要はありません。順番になりましたらここに返信いたします。",
        (("電話してください", "折り返し"), ("後で", "後で返信してください"), ("待つ", "待ちます")),
        "別のアプリ", "「{0}」とご返信いただくと、別のアプリで続けられます。", ("別のアプリで続ける", "他のアプリ"),
    ),
    "ko": Words(
        "다음 순서입니다.", "앞에 {n}명이 기다리고 있습니다.", "약 {m}분 걸립니다.", "다음 중에서 고르실 수도 있습니다:",
        "“{0}” 또는 “{1}”(이)라고 보내셔도 됩니다.", ("전화해 주세요", "나중에 답변", "계속 기다림"),
        "전화번호를 보내 주세요.", "{phone}(으)로 전화드리겠습니다. 순서는 그대로 유지됩니다.",
        "기다리지 않으셔도 됩니다. 순서가 되면 여기로 답변드립니다.",
        (("전화", "전화주세요"), ("나중에", "나중에 답변해 주세요"), ("기다림", "기다릴게요")),
        "다른 앱에서", "“{0}”(이)라고 보내시면 다른 앱에서 이어 가실 수 있습니다.", ("다른 앱", "다른 앱에서 계속"),
    ),
}  # fmt: skip


def word(
    ahead: int, minutes: int | None, language: str, *, offers: bool, taps: bool, elsewhere: bool = False
) -> Content:
    """How he stands, as far as it is known; with the offer of another way, to tap or to write, and `elsewhere`: in another app."""
    words = WORDS[language]
    gap = " " if language in ("en", "ko") else ""
    parts = [words.ahead.format(n=ahead) if ahead else words.next]
    if minutes is not None and ahead:
        parts.append(words.about.format(m=minutes))
    text = gap.join(parts)
    if not offers:
        return Text(text)
    if taps:
        options = [Option(label, id=id_) for label, id_ in zip(words.options, ANSWERS, strict=True)]
        options += [Option(words.elsewhere, id=ELSEWHERE)] if elsewhere else []
        return Choices(f"{text}\n\n{words.offer}", options=tuple(options))
    ways = [words.or_write.format(*words.options)]
    ways += [words.or_elsewhere.format(words.elsewhere)] if elsewhere else []
    return Text(f"{text}\n\n{gap.join(ways)}")


def answer_in(content: Mapping[str, str]) -> Wish | Literal["elsewhere"] | None:
    """What he chose, by a tap or by its words; None when he said something else."""
    if content.get("id") == ELSEWHERE:
        return "elsewhere"
    if (tapped := ANSWERS.get(content.get("id", ""))) is not None:
        return tapped
    said = " ".join(content.get("text", "").casefold().split()).strip(" .!?。！？「」“”\"'")
    for words in WORDS.values():
        if said in (words.elsewhere.casefold(), *words.meant):
            return "elsewhere"
        for option, others, wish in zip(words.options, words.said, ANSWERS.values(), strict=True):
            if said in (option.casefold(), *others):
                return wish
    return None
