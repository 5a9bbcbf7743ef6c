"""A person tells who he is, on a page of the platform's that he is sent to and comes back from."""

from __future__ import annotations

import msgspec

from guanxi.channel_kit.inbound import Profile


class Introduced(msgspec.Struct, frozen=True, kw_only=True):
    """Who came back. `profile` is None where he was asked for nothing but who he is."""

    external_id: str
    profile: Profile | None = None
