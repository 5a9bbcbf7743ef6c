"""The dealers of consultation talk that have an adapter here, by key. A new one: a module beside this, and one line."""

from __future__ import annotations

from collections.abc import Mapping

from guanxi.channel_kit import Access
from guanxi.channels.kakao.dealers import happytalk
from guanxi.channels.kakao.relay import Dealer

DEALERS: Mapping[str, Dealer] = {one.key: one for one in (happytalk.dealer,)}


def dealer_of(access: Access) -> Dealer:
    return DEALERS.get(access.settings.get("dealer", ""), happytalk.dealer)
