"""Fetching what customers said: sync_msg, page by page, from the cursor that the last page told.

Facts: the platform's page on receiving messages of customer service. A nudge's token lives ten minutes and lifts the
tight limit on calls; the platform keeps messages for three days. `has_more` decides, not the length of the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.channel_kit import Access, AccessLost, Malformed, MaybeSent, Page, Pull, RetryLater
from guanxi.channel_kit.fields import text, whole
from guanxi.channel_kit.json import read_object
from guanxi.channel_kit.weixin.calling import Refused
from guanxi.channels.wecom.asking import tell
from guanxi.channels.wecom.codes import MEANING, outcome_of

PATH = "/cgi-bin/kf/sync_msg"
LARGEST = 8_000_000


def polls(access: Access) -> Mapping[str, float]:
    """A look now and then, for a nudge may be lost. It has no token, so it must be rare."""
    seconds = int(access.settings.get("poll_seconds") or "600")
    return {"": float(max(seconds, 60))} if seconds else {}


async def pull(asked: Pull, access: Access) -> Page | RetryLater | AccessLost:
    """One page. A token that is too old is left out; the cursor stands."""
    try:
        return await _page(asked, access, asked.token)
    except Refused as refusal:
        # which code says that the token is too old is written down nowhere: any that says nothing else
        if asked.token and refusal.code not in MEANING:
            return await _without_token(asked, access)
        return _refused(refusal, access)


async def _without_token(asked: Pull, access: Access) -> Page | RetryLater | AccessLost:
    try:
        return await _page(asked, access, "")
    except Refused as refusal:
        return _refused(refusal, access)


async def _page(asked: Pull, access: Access, token: str) -> Page:
    said: dict[str, Any] = {
        "open_kfid": access.settings.get("open_kfid", ""),
        "limit": int(access.settings.get("page_size") or "200"),
        "voice_format": 0,
    }
    if asked.cursor:
        said["cursor"] = asked.cursor
    if token:
        said["token"] = token
    answer = await tell(access, PATH, said)
    try:
        told = read_object(answer.body, largest=LARGEST)
    except Malformed as error:
        raise MaybeSent(f"the page cannot be read: {error}") from error
    if "msg_list" not in told and "next_cursor" not in told:
        raise MaybeSent("the answer holds no page")
    return Page(
        cursor=text(told, "next_cursor")[:200] or asked.cursor,
        body=answer.body if told.get("msg_list") else b"",
        more=whole(told, "has_more") == 1,
    )


def _refused(refusal: Refused, access: Access) -> RetryLater | AccessLost:
    outcome = outcome_of(refusal.code, refusal.message, access)
    return outcome if isinstance(outcome, RetryLater | AccessLost) else RetryLater(reason="busy", after=60.0)
