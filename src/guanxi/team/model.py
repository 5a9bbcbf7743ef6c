"""How a change to the team is refused."""

from __future__ import annotations


class NotFound(Exception):
    """There is no such agent or phrase in this workspace."""


class Refused(Exception):
    """The change cannot be made; `code` says why: last_admin, shortcut_taken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
