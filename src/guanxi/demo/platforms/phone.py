"""The page of a simulated platform on which a person plays its customers: a phone, drawn with HTML and CSS alone."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from urllib.parse import urlencode

from guanxi.content import Media
from guanxi.demo.platforms.asgi import Call, Response
from guanxi.demo.platforms.phone_style import PAGE, STYLE

PICTURE = Media(name="tea.png", type="image/png")
HTML = "text/html; charset=utf-8"
WORDS = {
    "zh": {
        "explain": "这是模拟平台：消息经由真实协议发送到 Guanxi，坐席的回复会出现在这里。",
        "customers": "顾客", "new": "新顾客的名字", "join": "添加", "say": "以顾客身份发消息…", "send": "发送",
        "picture": "发图片", "place": "发位置", "scan": "扫二维码", "tap": "点菜单", "sticker": "发贴图", "unsend": "撤回上一条", "comment": "在最新微博下评论", "mention": "发微博并 @ 商家",
        "follow": "加好友", "enter": "进入会话", "leave": "退出咨询", "card": "发小程序页面", "writing": "对方正在输入…", "empty": "还没有消息。先说点什么吧。", "nobody": "还没有顾客。", "other": "English",
    },
    "en": {
        "explain": "A simulated platform: messages travel to Guanxi by the real protocol, and what agents reply appears here.",
        "customers": "Customers", "new": "Name of a new customer", "join": "Add", "say": "Write as the customer…",
        "send": "Send", "picture": "Picture", "place": "Place", "scan": "Scan a code", "tap": "Tap the menu",
        "sticker": "Sticker", "unsend": "Unsend", "comment": "Comment in public", "mention": "Post about the shop", "follow": "Add friend", "enter": "Open the chat", "leave": "Leave",
        "card": "Send a page", "writing": "is writing…",
        "empty": "Nothing yet. Say something.", "nobody": "No customers yet.", "other": "中文",
    },
}  # fmt: skip

# (person, deed, text) → the person to look at next, '' for the same
Act = Callable[[str, str, str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Look:
    """A platform's title and colours on the page."""

    key: str
    title: dict[str, str]
    ground: str
    bar: str
    ink: str
    mine: str
    theirs: str
    accent: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the phone. `mine` is the customer's own. `picture` is an address."""

    mine: bool
    text: str
    at: float
    picture: str = ""
    name: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A customer, or a group, whose phone can be looked at."""

    id: str
    name: str
    bubbles: tuple[Bubble, ...]
    writing: bool = False


async def answer(call: Call, look: Look, people: Sequence[Person], deeds: Sequence[str], act: Act) -> Response:
    """The page at `/`, its thread at `/thread`, and what the form does at `POST /do`. Anything else is not found."""
    lang = "en" if call.query.get("lang") == "en" else "zh"
    people = sorted(people, key=lambda one: one.bubbles[-1].at if one.bubbles else 0.0, reverse=True)
    chosen = next((one for one in people if one.id == call.query.get("as")), people[0] if people else None)
    match call.method, call.path:
        case "GET", "/":
            page = _page(look, lang, people, chosen, deeds)
            return Response(body=page.encode(), type=HTML)
        case "GET", "/thread":
            return Response(body=_thread(lang, chosen).encode(), type=HTML)
        case "POST", "/do":
            asked = call.form()
            person, deed, text = asked.get("as", ""), asked.get("deed", "say"), asked.get("text", "").strip()
            if deed in ("join", *deeds) or (deed == "say" and text and person):
                person = await act(person, deed, text) or person
            back = urlencode({"as": person, "lang": "en" if asked.get("lang") == "en" else "zh"})
            return Response(status=303, headers={"location": f"/?{back}"})
        case _:
            return Response(status=404, body=b'{"message":"Not found"}')


def _page(look: Look, lang: str, people: Sequence[Person], chosen: Person | None, deeds: Sequence[str]) -> str:
    words = WORDS[lang]
    other = "zh" if lang == "en" else "en"
    hidden = f'<input type="hidden" name="lang" value="{lang}">'
    if chosen is not None:
        hidden += f'<input type="hidden" name="as" value="{escape(chosen.id)}">'
    buttons = "".join(f'<button name="deed" value="{deed}" formnovalidate>{words[deed]}</button>' for deed in deeds)
    return Template(PAGE).substitute(
        lang="zh-CN" if lang == "zh" else "en",
        style=Template(STYLE).substitute(
            ground=look.ground, bar=look.bar, ink=look.ink, mine=look.mine, theirs=look.theirs, accent=look.accent
        ),
        title=escape(look.title[lang]),
        explain=words["explain"],
        other=words["other"],
        other_address="/?" + urlencode({"lang": other, "as": chosen.id if chosen else ""}),
        customers=words["customers"],
        people="".join(_card(one, one is chosen, lang) for one in people) or f"<p>{words['nobody']}</p>",
        new=words["new"],
        join=words["join"],
        name=escape(chosen.name) if chosen else "",
        clock=time.strftime("%H:%M"),
        thread=_thread(lang, chosen),
        hidden=hidden,
        say=words["say"],
        send=words["send"],
        buttons=buttons,
    )


def _card(person: Person, chosen: bool, lang: str) -> str:
    last = person.bubbles[-1].text or "🖼" if person.bubbles else ""
    address = escape("/?" + urlencode({"as": person.id, "lang": lang}))
    current = ' aria-current="true"' if chosen else ""
    return (
        f'<a href="{address}"{current}>{_face(person)}<span><b><bdi>{escape(person.name)}</bdi></b>'
        f"<small><bdi>{escape(last[:40])}</bdi></small></span></a>"
    )


def _face(person: Person) -> str:
    hue = sum(person.id.encode()) * 47 % 360
    return f'<i style="--hue:{hue}" aria-hidden="true">{escape(person.name[:1])}</i>'


def _thread(lang: str, person: Person | None) -> str:
    words = WORDS[lang]
    if person is None or not (person.bubbles or person.writing):
        return f'<p class="empty">{words["empty"]}</p>'
    shown: list[str] = []
    before = 0.0
    for bubble in person.bubbles[-200:]:
        if bubble.at - before > 300:
            shown.append(f"<time>{time.strftime('%H:%M', time.localtime(bubble.at))}</time>")
        before = bubble.at
        inside = f'<img src="{escape(bubble.picture)}" alt="🖼">' if bubble.picture else ""
        inside += f"<bdi>{escape(bubble.text)}</bdi>" if bubble.text else ""
        name = f"<small>{escape(bubble.name)}</small>" if bubble.name else ""
        kind = ("me" if bubble.mine else "shop") + (" gone" if bubble.gone else "") + (" pic" if bubble.picture else "")
        shown.append(f'<div class="{kind}">{name}<p>{inside}</p></div>')
    if person.writing:
        shown.append(f'<div class="shop writing"><p><s></s><s></s><s></s><span>{words["writing"]}</span></p></div>')
    return "".join(shown)
