"""What is fetched from a platform, page by page from a stored cursor: after a nudge, or because it is time."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from guanxi.channel_kit.inbound import EMPTY


class Pull(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The next page of one feed. `key` names the feed where an inbox has several, `cursor` is what the last page said
    ('' at the first time), `token` came with the nudge, if there was one."""

    key: str = ""
    cursor: str = ""
    token: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One page, as the platform said it. It is kept as an inbound event of method PULL in the transaction that moves the
    cursor, and read by `parse` like everything else that arrives; `query` is what parse has to know besides the body.

    An empty body is not kept. `more`: the next page is fetched at once, whether this one held anything or not.
    """

    cursor: str
    body: bytes = b""
    query: Mapping[str, str] = EMPTY
    more: bool = False


PULLED = "PULL"
