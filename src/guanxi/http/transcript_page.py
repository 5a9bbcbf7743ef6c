"""A transcript as it is taken along: a page to print, plain text, or JSON; times by the workspace's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jinja2
import msgspec

from guanxi import channels
from guanxi import content as contents

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Conversation with {name}", "channel": "Channel", "opened": "Opened", "resolved": "Resolved",
        "zone": "Times in {zone}", "contact": "Contact", "bot": "Bot", "note": "Note", "unsent": "taken back",
        "failed": "not delivered", "unknown": "delivery unknown", "guest": "Guest", "colleague": "A colleague",
        "printed": "Taken from {workspace} on {at}", "tags": "Tags", "system": "System",
        "public": "Public", "private": "Private", "visible": "Who reads it", "post": "Post", "by": "{name}: ", "ours": "our own: ",
        "line.assigned": "assigned", "line.transferred": "transferred", "line.resolved": "resolved",
        "line.reopened": "reopened", "line.snoozed": "snoozed", "line.woken": "woken",
        "line.snoozed_until_reply": "snoozed until the contact writes", "line.snoozed_through": "snoozed",
        "line.followed_up": "followed up in private", "line.follows_up": "follows up a public conversation",
    },
    "zh-CN": {
        "title": "与 {name} 的会话", "channel": "渠道", "opened": "开始", "resolved": "解决",
        "zone": "时间按 {zone}", "contact": "客户", "bot": "机器人", "note": "备注", "unsent": "已撤回",
        "failed": "未送达", "unknown": "送达未知", "guest": "访客", "colleague": "同事",
        "printed": "{at} 导出自 {workspace}", "tags": "标签", "system": "系统",
        "public": "公开", "private": "私密", "visible": "可见范围", "post": "帖子", "by": "{name}：", "ours": "我方：",
        "line.assigned": "分配", "line.transferred": "转接", "line.resolved": "解决",
        "line.reopened": "重新打开", "line.snoozed": "推迟", "line.woken": "到时唤醒",
        "line.snoozed_until_reply": "推迟到客户回复", "line.snoozed_through": "推迟",
        "line.followed_up": "转为私信跟进", "line.follows_up": "由公开会话转来",
    },
    "zh-TW": {
        "title": "與 {name} 的對話", "channel": "管道", "opened": "開始", "resolved": "結案",
        "zone": "時間依 {zone}", "contact": "客戶", "bot": "機器人", "note": "備註", "unsent": "已收回",
        "failed": "未送達", "unknown": "無法確認是否送達", "guest": "訪客", "colleague": "同事",
        "printed": "{at} 匯出自 {workspace}", "tags": "標籤", "system": "系統",
        "public": "公開", "private": "私訊", "visible": "可見範圍", "post": "貼文", "by": "{name}：", "ours": "我方：",
        "line.assigned": "指派", "line.transferred": "轉接", "line.resolved": "結案",
        "line.reopened": "重新開啟", "line.snoozed": "延後", "line.woken": "延後時間到",
        "line.snoozed_until_reply": "延後到客戶回覆", "line.snoozed_through": "延後",
        "line.followed_up": "轉為私訊跟進", "line.follows_up": "接續公開對話",
    },
    "ja": {
        "title": "{name} さんとの会話", "channel": "チャネル", "opened": "開始", "resolved": "解決",
        "zone": "時刻は {zone}", "contact": "お客様", "bot": "ボット", "note": "メモ", "unsent": "送信取消",
        "failed": "未送信", "unknown": "届いたか不明", "guest": "訪問者", "colleague": "同僚",
        "printed": "{workspace} から {at} に出力", "tags": "タグ", "system": "システム",
        "public": "公開", "private": "非公開", "visible": "公開範囲", "post": "投稿", "by": "{name}：", "ours": "自社：",
        "line.assigned": "割り当て", "line.transferred": "引き継ぎ", "line.resolved": "解決",
        "line.reopened": "再開", "line.snoozed": "スヌーズ", "line.woken": "スヌーズ終了",
        "line.snoozed_until_reply": "お客様の返信までスヌーズ", "line.snoozed_through": "スヌーズ",
        "line.followed_up": "非公開で継続", "line.follows_up": "公開の会話の続き",
    },
    "ko": {
        "title": "{name}님과의 대화", "channel": "채널", "opened": "시작", "resolved": "해결",
        "zone": "시각은 {zone} 기준", "contact": "고객", "bot": "봇", "note": "메모", "unsent": "회수됨",
        "failed": "전송 실패", "unknown": "전달 여부 불명", "guest": "방문자", "colleague": "동료",
        "printed": "{workspace}에서 {at}에 내보냄", "tags": "태그", "system": "시스템",
        "public": "공개", "private": "비공개", "visible": "공개 범위", "post": "게시물", "by": "{name}: ", "ours": "우리: ",
        "line.assigned": "배정", "line.transferred": "이관", "line.resolved": "해결",
        "line.reopened": "다시 열림", "line.snoozed": "미룸", "line.woken": "미루기 종료",
        "line.snoozed_until_reply": "고객이 답할 때까지 미룸", "line.snoozed_through": "미룸",
        "line.followed_up": "비공개로 이어짐", "line.follows_up": "공개 대화에서 이어짐",
    },
}  # fmt: skip

PAGE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ title }}</title>
<style>
:root { color-scheme: light; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1.25rem; color: #1a1c1e; background: #fff;
  font: 14px/1.6 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 20px; }
dl { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 0 0 1.25rem; padding-bottom: .75rem; color: #474c50;
  font-size: 12px; border-bottom: 1px solid #85887e; }
dl div { display: flex; gap: .4rem; }
dt:empty { display: none; }
dd { margin: 0; color: #1a1c1e; }
h2 { margin: 1.25rem 0 .5rem; font-size: 12px; font-weight: 600; color: #63686c; }
article { display: grid; grid-template-columns: 4.5rem 1fr; gap: 0 .75rem; padding: .3rem 0; break-inside: avoid; }
time { color: #63686c; font-size: 12px; line-height: 22px; font-variant-numeric: tabular-nums; }
b { font-weight: 600; }
p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
small { color: #b02a1c; }
.ours b { color: #2f4a8a; }
.note { padding: .3rem .5rem; margin: 0 -.5rem; background: #fbf3dd; print-color-adjust: exact; }
.line { color: #63686c; font-size: 12px; }
footer { margin-top: 2rem; padding-top: .5rem; font-size: 11px; color: #63686c; border-top: 1px solid #dedfd9; }
@page { margin: 18mm 16mm; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 11pt; } }
</style>
</head>
<body>
<h1><bdi>{{ title }}</bdi></h1>
<dl>
{% for name, value in facts %}<div><dt>{{ name }}</dt><dd><bdi>{{ value }}</bdi></dd></div>
{% endfor %}
</dl>
{% for day, said in days %}
<h2>{{ day }}</h2>
{% for one in said %}
<article class="{{ one.look }}"><time datetime="{{ one.at }}">{{ one.clock }}</time><div>
{% if one.look != "line" %}<b><bdi>{{ one.who }}</bdi></b>{% if one.state %} <small>{{ one.state }}</small>{% endif %}{% endif %}
<p dir="auto">{{ one.text }}</p></div></article>
{% endfor %}
{% endfor %}
<footer>{{ printed }}</footer>
</body>
</html>
""")


class Said(msgspec.Struct, kw_only=True):
    """One message as it is shown. `at` has the workspace's offset; `look` is theirs, ours, note or line."""

    at: str
    clock: str
    day: str
    who: str
    text: str
    look: str
    state: str


def clock_of(name: str) -> ZoneInfo:
    """The workspace's zone; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def told(head: Any, messages: Sequence[Any], zone: ZoneInfo, words: Mapping[str, str], *, notes: bool) -> list[Said]:
    """The messages in words."""
    contact = head["contact_name"] or f"{words['guest']} {str(head['contact_id'])[-4:].upper()}"
    said = []
    for one in messages:
        there = one["sent_at"].astimezone(zone)
        look, who = _whose(one, contact, words)
        said.append(
            Said(
                at=there.isoformat(timespec="seconds"),
                clock=f"{there:%H:%M:%S}",
                day=f"{there:%Y-%m-%d}",
                who=who,
                text=_line(one["content"], words, notes=notes) if look == "line" else _text(one, words),
                look=look,
                state=words.get(one["state"], "") if one["author"] != "contact" else "",
            )
        )
    return said


def as_page(head: Any, said: Sequence[Said], zone: ZoneInfo, language: str, now: datetime) -> bytes:
    """A page that can be printed; nothing on it runs, and nothing that a customer wrote is markup."""
    words = WORDS[language]
    days: dict[str, list[Said]] = {}
    for one in said:
        days.setdefault(one.day, []).append(one)
    text = PAGE.render(
        language=language,
        title=_title(head, words),
        facts=_facts(head, zone, language),
        days=list(days.items()),
        printed=_printed(head, zone, words, now),
    )
    return text.encode()


def as_text(head: Any, said: Sequence[Said], zone: ZoneInfo, language: str, now: datetime) -> bytes:
    """Plain text, a message a paragraph; begins with a mark that tells old editors that it is UTF-8."""
    words = WORDS[language]
    lines = [_title(head, words), *(f"{name}: {value}" for name, value in _facts(head, zone, language)), ""]
    day = ""
    for one in said:
        if one.day != day:
            day = one.day
            lines += ["", f"== {day} ==", ""]
        state = f" ({one.state})" if one.state else ""
        who = "" if one.look == "line" else f"{one.who}{state}: "
        lines.append(f"[{one.clock}] {who}{one.text}")
    lines += ["", _printed(head, zone, words, now), ""]
    return ("\ufeff" + "\n".join(lines)).encode()


def as_json(head: Any, said: Sequence[Said], zone: ZoneInfo) -> bytes:
    """For programs: times with the workspace's offset."""
    members = {
        "conversation": str(head["id"]),
        "workspace": head["workspace"],
        "time_zone": zone.key,
        "contact": head["contact_name"],
        "channel": head["channel"],
        "public": head["is_public"],
        "medium": head["medium"],
        "post": {"author": head["post_author"], "text": head["post_text"], "url": head["post_url"]}
        if head["is_public"]
        else None,
        "inbox": head["inbox_name"],
        "state": head["state"],
        "opened_at": _at(head["opened_at"], zone),
        "resolved_at": _at(head["resolved_at"], zone),
        "tags": head["tags"],
        "messages": [
            {"at": one.at, "by": one.who, "side": one.look, "text": one.text}
            | ({"state": one.state} if one.state else {})
            for one in said
        ],
    }
    return msgspec.json.format(msgspec.json.encode(members), indent=1)


def _whose(one: Any, contact: str, words: Mapping[str, str]) -> tuple[str, str]:
    if one["is_note"]:
        return "note", f"{words['note']} · {one['agent'] or words['colleague']}"
    if one["author"] == "system":
        return "line", words["system"]
    if one["author"] == "contact":
        return "theirs", one["sender"] or contact
    return "ours", words["bot"] if one["author"] == "bot" else one["agent"] or words["colleague"]


def _text(one: Any, words: Mapping[str, str]) -> str:
    """What a message says; a file by its kind and name."""
    if one["state"] == "unsent":
        return f"[{words['unsent']}]"
    said = contents.decode(msgspec.json.encode(one["content"]))
    media = contents.media_of(said)
    text = contents.as_text(said)
    return f"{text} {media.name}" if media is not None and media.name and media.name not in text else text


def _line(content: Mapping[str, Any], words: Mapping[str, str], *, notes: bool) -> str:
    """A line about what was done. Words to the next colleague are a note, and stay inside with the notes."""
    what = str(content.get("what", ""))
    parts = [words.get(f"line.{what}", what), str(content.get("by", ""))]
    if content.get("to"):
        parts.append(f"→ {content['to']}")
    if notes and content.get("note"):
        parts.append(f"· {content['note']}")
    return " ".join(part for part in parts if part)


def _facts(head: Any, zone: ZoneInfo, language: str) -> list[tuple[str, str]]:
    words, channel = WORDS[language], channels.words(head["channel"], language)["title"]
    facts = [(words["channel"], f"{channel} · {head['inbox_name']}")]
    facts.append((words["visible"], words["public" if head["is_public"] else "private"]))
    if head["post_text"]:
        by = words["ours"] if head["post_is_ours"] else words["by"].format(name=head["post_author"] or "?")
        facts.append((words["post"], by + str(head["post_text"])[:400]))
    facts.append((words["opened"], _wall(head["opened_at"], zone)))
    if head["resolved_at"]:
        facts.append((words["resolved"], _wall(head["resolved_at"], zone)))
    if head["tags"]:
        facts.append((words["tags"], ", ".join(head["tags"])))
    return [*facts, ("", words["zone"].format(zone=zone.key))]


def _title(head: Any, words: Mapping[str, str]) -> str:
    name = head["contact_name"] or f"{words['guest']} {str(head['contact_id'])[-4:].upper()}"
    return words["title"].replace("{name}", name)


def _printed(head: Any, zone: ZoneInfo, words: Mapping[str, str], now: datetime) -> str:
    return words["printed"].replace("{workspace}", head["workspace"]).replace("{at}", _wall(now, zone))


def _wall(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _at(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")
