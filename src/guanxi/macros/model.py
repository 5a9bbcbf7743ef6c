"""A macro is data: a name, perhaps a key, and actions that are done in their order."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from guanxi import automation

Key = Literal["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]


class AskRating(msgspec.Struct, frozen=True, tag_field="do", tag="ask_rating"):
    """Ask the contact what it was like; once in a conversation, and where the inbox has a way to."""


MacroAction = automation.Action | AskRating


class Macro(msgspec.Struct, frozen=True, kw_only=True):
    """The company's, or with `personal` one's own. `key` opens it on the desk; one's own goes before the company's."""

    id: UUID
    name: str
    key: Key
    personal: bool
    actions: list[MacroAction]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One action with its words filled in. `problem` is a code when it cannot be done now; `missing` are the variables that
    nothing is known of."""

    action: MacroAction
    problem: str = ""
    missing: list[str] = []


class NotFound(Exception):
    """There is no such macro in this workspace, or it is a colleague's own."""


class Refused(Exception):
    """It cannot be kept, or a step cannot be done: `code` says why, `step` which one, from 0."""

    def __init__(self, code: str, step: int = -1, reason: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.step = step
        self.reason = reason


class Rehearsed(Exception):
    """Raised out of the transaction of a rehearsal, so that nothing of it stays."""

    def __init__(self, steps: list[Step]) -> None:
        super().__init__(len(steps))
        self.steps = steps
