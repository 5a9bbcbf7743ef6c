"""The simulated LINE's rich menus: made, given a picture, shown to all, taken away."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from guanxi.demo.platforms.asgi import Call, Response, as_json


@dataclass(slots=True)
class Menus:
    """Every menu by its id, its picture, and which of them everybody sees."""

    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    shown: str = ""

    def answer(self, call: Call, steps: list[str]) -> Response:
        match call.method, *steps:
            case "POST", "richmenu":
                return self._make(call.json())
            case "POST", "richmenu", menu, "content" if menu in self.made:
                self.pictures[menu] = call.body
                return as_json({})
            case "POST", "user", "all", "richmenu", menu if menu in self.made:
                if menu not in self.pictures:
                    return as_json({"message": "must upload richmenu image before applying it to user"}, 400)
                self.shown = menu
                return as_json({})
            case "DELETE", "richmenu", menu if menu in self.made:
                del self.made[menu]
                self.pictures.pop(menu, None)
                self.shown = "" if self.shown == menu else self.shown
                return as_json({})
            case _:
                return as_json({"message": "Not found"}, 404)

    def _make(self, menu: dict[str, Any]) -> Response:
        size = menu.get("size", {})
        width, height = size.get("width", 0), size.get("height", 0)
        right = 800 <= width <= 2500 and height >= 250 and width / height >= 1.45
        right = right and 1 <= len(menu.get("chatBarText", "")) <= 14 and 1 <= len(menu.get("areas", [])) <= 20
        if not right:
            return as_json({"message": "The request body has 1 error(s)"}, 400)
        menu_id = f"richmenu-{secrets.token_hex(16)}"
        self.made[menu_id] = menu
        return as_json({"richMenuId": menu_id})
