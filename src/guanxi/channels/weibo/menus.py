"""Weibo's standing menu: published and taken away; what the platform refuses is laid at the button that it quotes.

Facts: the platform's pages on creating and deleting a custom menu: one to three buttons, one to five below one. They name no
codes (264XX) and no lengths, so a label that is too long for a phone is cut off there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from guanxi.channel_kit import Access, MaybeSent, MenuButton, MenuProblem
from guanxi.channels.weibo.asking import Refused, address_of, ask, document_of
from guanxi.channels.weibo.codes import outcome_of


async def publish_menu(buttons: Sequence[MenuButton], access: Access) -> tuple[MenuProblem, ...]:
    """Show this menu to everybody; without buttons the account shows none. Returns why not, nothing when it is shown."""
    form = {"menus": msgspec.json.encode({"button": [_wire(one) for one in buttons]}).decode()} if buttons else {}
    address = f"{address_of(access, 'menu_url')}/{'create' if buttons else 'delete'}.json"
    try:
        told = document_of(await ask(access, "POST", address, by="message_token", form=form))
    except Refused as refusal:
        return _problems(refusal, buttons, access)
    if told.get("result") is False:
        return (MenuProblem(code="other", detail="result false"),)
    if not told:
        raise MaybeSent("the answer says nothing of a menu")
    return ()


def _problems(refusal: Refused, buttons: Sequence[MenuButton], access: Access) -> tuple[MenuProblem, ...]:
    detail = f"{refusal.code or refusal.status} {refusal.message}".strip()[:300]
    reason = outcome_of(refusal, access, by="message_token").reason
    if reason in ("message_token_expired", "quota", "too_fast"):
        return (MenuProblem(code=reason, detail=detail),)
    quoted = [place for place, one in _placed(buttons) if _is_quoted(one, refusal.message)]
    return tuple(MenuProblem(code="other", place=place, detail=detail) for place in quoted or [""])


def _is_quoted(one: MenuButton, message: str) -> bool:
    return any(part and part in message for part in (one.label, "" if one.children else one.value))


def _placed(buttons: Sequence[MenuButton]) -> Iterator[tuple[str, MenuButton]]:
    for number, one in enumerate(buttons):
        yield str(number), one
        yield from ((f"{number}.{below}", child) for below, child in enumerate(one.children))


def _wire(one: MenuButton) -> dict[str, Any]:
    if one.children:
        return {"name": one.label, "sub_button": [_wire(child) for child in one.children]}
    if one.does == "url":
        return {"type": "view", "name": one.label, "url": one.value}
    return {"type": "click", "name": one.label, "key": one.value or one.label}
