"""How routing refuses."""

from __future__ import annotations


class NotFound(Exception):
    """There is no such agent in this workspace."""


class Refused(Exception):
    """The change cannot be made; `code` says why: resolved."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
