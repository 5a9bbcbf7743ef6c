"""Is a menu fit to be shown? A pure decision from the channel's limits, button by button."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guanxi.channel_kit import MenuButton, MenuLimit, MenuProblem


def wrong_with_menu(buttons: Sequence[MenuButton], limit: MenuLimit) -> tuple[MenuProblem, ...]:
    """Every problem at its button, found before the platform is asked."""
    return tuple(_problems(buttons, limit))


def _problems(buttons: Sequence[MenuButton], limit: MenuLimit) -> Iterator[MenuProblem]:
    if len(buttons) > limit.buttons:
        yield MenuProblem(code="buttons")
    for number, one in enumerate(buttons):
        yield from _button(str(number), one, limit, limit.label)
        if len(one.children) > limit.children:
            yield MenuProblem(code="children", place=str(number))
        for below, child in enumerate(one.children):
            place = f"{number}.{below}"
            if child.children:
                yield MenuProblem(code="children", place=place)
            yield from _button(place, child, limit, limit.child_label)


def _button(place: str, one: MenuButton, limit: MenuLimit, longest: int) -> Iterator[MenuProblem]:
    if not one.label.strip() or len(one.label.encode()) > longest:
        yield MenuProblem(code="label", place=place)
    if one.children:
        return
    if one.does not in limit.does:
        yield MenuProblem(code="does", place=place)
    elif one.does == "url" or (one.does == "mini_program" and one.value):
        if not one.value.startswith(("https://", "http://")) or len(one.value.encode()) > limit.address:
            yield MenuProblem(code="address", place=place)
    elif one.does == "reply" and len(one.value.encode()) > limit.key:
        yield MenuProblem(code="key", place=place)
    if one.does == "mini_program":
        if not one.app_id.strip():
            yield MenuProblem(code="app_id", place=place)
        if not one.path.strip():
            yield MenuProblem(code="path", place=place)
