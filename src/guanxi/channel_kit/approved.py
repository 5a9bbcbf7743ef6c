"""Templates: texts that the platform has approved beforehand, with gaps that are filled for each message."""

from __future__ import annotations

import msgspec


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be filled in: its key at the platform, and the words that stand before it."""

    key: str
    label: str


class OfferedTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template of the account. `text` names its gaps as {{key}}; `form` tells kinds of template apart."""

    id: str
    title: str
    text: str
    gaps: tuple[Gap, ...] = ()
    form: str = ""
    example: str = ""
