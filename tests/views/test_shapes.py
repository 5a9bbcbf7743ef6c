"""Addresses of files are completed where the views put them, and nowhere else."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from guanxi.infra.ids import new_id
from guanxi.views import signed

OURS = new_id()
KEY = "A" * 24


def test_an_address_of_our_own_is_completed_and_another_workspaces_is_not() -> None:
    ours, theirs = f"/media/{OURS}/{KEY}?t=", f"/media/{new_id()}/{KEY}?t="
    body = f'{{"url":"{ours}","avatar_url" : "{ours}","other":{{"url": "{theirs}"}}}}'.encode()
    done = signed(body, OURS, lambda key: f"token-of-{key[:2]}")
    assert msgspec.json.decode(done) == {
        "url": ours + "token-of-AA",
        "avatar_url": ours + "token-of-AA",
        "other": {"url": theirs},
    }


@given(st.text(max_size=40))
def test_nothing_that_somebody_writes_is_completed(text: str) -> None:
    for said in (text, f'"url":"/media/{OURS}/{KEY}?t="', f"/media/{OURS}/{KEY}?t="):
        body = msgspec.json.encode({"text": said})
        assert signed(body, OURS, lambda key: "token") == body
