"""A page of ours in the side bar of the platform's own app asks its script whom one writes with; it must be signed for that."""

from __future__ import annotations

import msgspec


class Signed(msgspec.Struct, frozen=True):
    """What vouches for one address of a page: `signature` is over the address, the time in seconds and the nonce."""

    timestamp: int
    nonce: str
    signature: str


class PageSignature(msgspec.Struct, frozen=True, kw_only=True):
    """`sdk_url` is where the platform's script lies; `config` speaks for the company, `agent_config` for its app."""

    corp_id: str
    agent_id: str
    sdk_url: str
    config: Signed
    agent_config: Signed
