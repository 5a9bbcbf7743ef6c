"""What customers are told while nobody serves: that it is so, and when somebody does again, in their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec


class Words(msgspec.Struct, frozen=True):
    """`closed` alone where nothing opens for long; `opens` has the gaps {date}, {weekday}, {time} and {zone}."""

    closed: str
    opens: str
    date: str
    weekdays: Sequence[str]


WORDS: Mapping[str, Words] = {
    "zh-CN": Words(
        "现在是非服务时间。",
        "现在是非服务时间，人工客服将于{date}（{weekday}）{time}（{zone}）上班。",
        "{month}月{day}日",
        ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    ),
    "zh-TW": Words(
        "目前非服務時間。",
        "目前非服務時間，客服人員將於{date}（{weekday}）{time}（{zone}）上線。",
        "{month}月{day}日",
        ("週一", "週二", "週三", "週四", "週五", "週六", "週日"),
    ),
    "en": Words(
        "We are closed just now.",
        "We are closed just now. Somebody will be here on {weekday} {date} at {time} ({zone}).",
        "{day} {month}",
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    ),
    "ja": Words(
        "ただいま営業時間外です。",
        "ただいま営業時間外です。次の営業は{date}（{weekday}）{time}（{zone}）からです。",
        "{month}月{day}日",
        ("月", "火", "水", "木", "金", "土", "日"),
    ),
    "ko": Words(
        "지금은 상담 시간이 아닙니다.",
        "지금은 상담 시간이 아닙니다. {date}({weekday}) {time}({zone})에 상담을 시작합니다.",
        "{month}월 {day}일",
        ("월", "화", "수", "목", "금", "토", "일"),
    ),
}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


def sentence(opens: datetime | None, time_zone: str, language: str) -> str:
    """That it is closed, and when it opens, by the clock of `time_zone`; `language` is one that we speak."""
    words = WORDS[language]
    if opens is None:
        return words.closed
    local = opens.astimezone(ZoneInfo(time_zone))
    day = f"{local.day} {MONTHS[local.month - 1]}" if language == "en" else words.date
    return words.opens.format(
        date=day.format(month=local.month, day=local.day),
        weekday=words.weekdays[local.weekday()],
        time=f"{local:%H:%M}",
        zone=_offset(local),
    )


def _offset(local: datetime) -> str:
    """UTC+8, UTC-3:30."""
    minutes = round((local.utcoffset() or local - local).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"
