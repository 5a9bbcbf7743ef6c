"""What an account shows by itself: a standing menu, and codes to scan."""

from __future__ import annotations

from typing import Literal

import msgspec

Deed = Literal["reply", "url", "mini_program"]


class MenuButton(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One button: it opens its `children`, or does something with `value`: a key that comes back, or an address.

    A mini program is named by `app_id` and `path`; `value` is then the page for those who cannot open it.
    """

    label: str
    does: Deed = "reply"
    value: str = ""
    app_id: str = ""
    path: str = ""
    children: tuple[MenuButton, ...] = ()


class MenuLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How large a menu may be. Labels and values are counted in bytes of UTF-8."""

    buttons: int
    children: int
    label: int
    child_label: int
    key: int
    address: int
    does: tuple[Deed, ...]


class MenuProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a menu cannot be shown, and at which button: '0' the first, '1.2' the third below the second, '' the whole.

    `code` has words `menu.CODE` in the channel; `detail` is what the platform said.
    """

    code: str
    place: str = ""
    detail: str = ""


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code that the platform made: what it says, its picture, and for how many seconds (0: for ever)."""

    address: str
    picture: bytes = b""
    seconds: int = 0


class CodeLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How long a scene's name may be, in characters, and how many days a temporary code can live (0: all are permanent).
    `numbers`: a scene is a whole number from 1 up to this (0: any words without spaces)."""

    scene: int
    days: int
    numbers: int = 0
