"""Receipts come early, doubled and out of order; what they say only moves forward."""

from __future__ import annotations

import itertools

import pytest

from guanxi.conversations.rules import moves_forward

RANKS = ["waiting", "sending", "sent", "delivered", "read"]


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])))
def test_any_order_of_receipts_ends_at_read(order: tuple[str, ...]) -> None:
    state = "sending"
    for status in [*order, *order]:
        if moves_forward(state, status):
            assert RANKS.index(status) > RANKS.index(state)
            state = status
    assert state == "read"


@pytest.mark.parametrize("state", ["delivered", "read"])
def test_a_late_failure_never_takes_back_what_arrived(state: str) -> None:
    assert not moves_forward(state, "failed")


def test_a_receipt_settles_what_was_unknown() -> None:
    assert moves_forward("unknown", "delivered")
    assert moves_forward("failed", "read")


@pytest.mark.parametrize("news", list(itertools.combinations(["sent", "delivered", "read", "failed"], 2)))
def test_every_order_of_the_same_news_ends_in_the_same_state(news: tuple[str, ...]) -> None:
    ends = set()
    for order in itertools.permutations([*news, *news[:1]]):
        state = "sending"
        for status in order:
            state = status if moves_forward(state, status) else state
        ends.add(state)
    assert len(ends) == 1
