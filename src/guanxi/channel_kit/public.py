"""What is said where everybody reads along: the media that are public, and the post that such words stand under."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Medium = Literal["chat", "mail", "call", "comment", "post", "thread"]
PublicMedium = Literal["comment", "post", "thread"]
PUBLIC: tuple[PublicMedium, ...] = ("comment", "post", "thread")


def is_public(medium: str) -> bool:
    """Does everybody read along? The one place that decides it."""
    return medium in PUBLIC


class Post(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a public conversation stands under, as it was when we first heard of it.

    `medium` says how the customer's words stand to it: a comment under somebody's post, the customer's own post that is
    about us, a thread of a forum. `audience`: everyone, the members of a place, or those whom its author has chosen.
    """

    external_id: str
    medium: PublicMedium
    audience: Literal["everyone", "members", "limited"] = "everyone"
    author: str = ""
    is_ours: bool = False
    text: str = ""
    url: str = ""
    posted_at: datetime | None = None
