"""WeChat's standing menu: checked button by button, published, and what the platform refuses laid at its button.

Facts: the platform's pages on creating and deleting a custom menu, and the global return codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from guanxi.channel_kit import Access, MenuButton, MenuProblem
from guanxi.channel_kit.weixin.account import ask
from guanxi.channel_kit.weixin.calling import JSON, Refused

Placed = tuple[str, MenuButton]

# errcode → (our word, buttons of which level, what of a button it is about)
FIRST, SECOND, ALL = "first", "second", "all"
SAID: Mapping[int, tuple[str, str, Callable[[MenuButton], str]]] = {
    40016: ("buttons", "", lambda one: ""),
    40017: ("does", FIRST, lambda one: one.does),
    40018: ("label", FIRST, lambda one: one.label),
    40019: ("key", FIRST, lambda one: one.value),
    40020: ("address", FIRST, lambda one: one.value if one.does == "url" else ""),
    40023: ("children", FIRST, lambda one: one.label if one.children else ""),
    40024: ("does", SECOND, lambda one: one.does),
    40025: ("label", SECOND, lambda one: one.label),
    40026: ("key", SECOND, lambda one: one.value),
    40027: ("address", SECOND, lambda one: one.value if one.does == "url" else ""),
    40054: ("domain", SECOND, lambda one: one.value if one.does == "url" else ""),
    40055: ("domain", FIRST, lambda one: one.value if one.does == "url" else ""),
    40165: ("path", ALL, lambda one: one.path),
    40166: ("app_id", ALL, lambda one: one.app_id),
    45064: ("mini_program", ALL, lambda one: one.app_id),
    48001: ("not_granted", "", lambda one: ""),
}


async def publish_menu(buttons: Sequence[MenuButton], access: Access) -> tuple[MenuProblem, ...]:
    """Show this menu to everybody; without buttons the account shows none. Returns why not, nothing when it is shown."""
    try:
        if not buttons:
            await ask(access, "GET", "/cgi-bin/menu/delete")
        else:
            # Raw UTF-8: an escaped \uXXXX would be shown as it stands.
            body = msgspec.json.encode({"button": [_wire(one) for one in buttons]})
            await ask(access, "POST", "/cgi-bin/menu/create", headers=JSON, body=body)
    except Refused as refusal:
        return problems_of(refusal.code, refusal.message, buttons)
    return ()


def problems_of(code: int, message: str, buttons: Sequence[MenuButton]) -> tuple[MenuProblem, ...]:
    """The refusal at the buttons it can be about. The platform names the level at most; where it quotes a value, that
    button alone is meant."""
    detail = f"{code} {message}".strip()[:300]
    word, level, part = SAID.get(code, ("other", "", lambda one: ""))
    meant = [(place, one) for place, one in _placed(buttons, level) if part(one)]
    quoted = [(place, one) for place, one in meant if part(one) in message]
    found = quoted or meant
    if not found:
        return (MenuProblem(code=word, detail=detail),)
    return tuple(MenuProblem(code=word, place=place, detail=detail) for place, _ in found)


def _placed(buttons: Sequence[MenuButton], level: str) -> Iterator[Placed]:
    for number, one in enumerate(buttons):
        if level in (FIRST, ALL):
            yield str(number), one
        if level in (SECOND, ALL):
            yield from ((f"{number}.{below}", child) for below, child in enumerate(one.children))


def _wire(one: MenuButton) -> dict[str, Any]:
    if one.children:
        return {"name": one.label, "sub_button": [_wire(child) for child in one.children]}
    match one.does:
        case "url":
            return {"type": "view", "name": one.label, "url": one.value}
        case "mini_program":
            page = {"appid": one.app_id, "pagepath": one.path, "url": one.value or "https://mp.weixin.qq.com"}
            return {"type": "miniprogram", "name": one.label, **page}
        case _:
            return {"type": "click", "name": one.label, "key": one.value or one.label}
