"""A conversation taken along: what was said, by the workspace's clock, without notes unless asked, and without markup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest_asyncio

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Front, arrives, open_front

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def test_a_transcript_tells_everything_but_notes_by_the_clock_of_the_workspace(front: Front) -> None:
    shop, agents = await front.opens(f"Kotori {uuid4().hex[:6]}", "mei")
    mei = agents["mei"]
    inbox_id = (await shop.connects("line", secrets=LINE)).inbox_id
    shop.world.clock.at = datetime(2026, 3, 28, 16, 30, tzinfo=UTC)  # 00:30 of the next day in Shanghai
    id_ = await arrives(shop, inbox_id, "<b>Eve</b>", "<script>hit()</script> & hello")
    at = f"/api/conversations/{id_}"
    await mei.post(f"{at}/notes", {"id": str(uuid4()), "text": "a secret of ours"})
    await mei.post(f"{at}/transfer", {"agent_id": str(agents["boss"].id), "note": "she is angry"})
    await mei.post(f"{at}/replies", {"id": str(uuid4()), "content": {"kind": "text", "text": "Hi"}, "force": True})

    async def taken(**query: Any) -> str:
        answer = await mei.get(f"{at}/transcript", **query)
        assert answer.status_code == 200, answer.text
        return str(answer.content.decode("utf-8-sig"))

    text = await taken(form="txt", language="en")
    assert "== 2026-03-29 ==" in text
    assert "[00:30:00] <b>Eve</b>: <script>hit()</script> & hello" in text
    assert "Times in Asia/Shanghai" in text
    assert "Channel: LINE official account · " in text
    assert "mei: Hi" in text
    assert text.index("hello") < text.index("mei: Hi")
    page = await mei.get(f"{at}/transcript", form="html", language="zh-CN")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "&lt;script&gt;hit()&lt;/script&gt; &amp; hello" in page.text
    assert "<script" not in page.text
    told = (await mei.get(f"{at}/transcript", form="json")).json()
    assert told["messages"][0] == {
        "at": "2026-03-29T00:30:00+08:00",
        "by": "<b>Eve</b>",
        "side": "theirs",
        "text": "<script>hit()</script> & hello",
    }
    for form in ("txt", "html", "json"):
        without, with_notes = await taken(form=form), await taken(form=form, notes="true")
        for secret in ("a secret of ours", "she is angry"):
            assert secret not in without, form
            assert secret in with_notes, form
    kept = await mei.get(f"{at}/transcript", form="txt")
    assert kept.headers["content-disposition"] == f'attachment; filename="conversation-{id_}.txt"'
    assert kept.headers["cache-control"] == "no-store"


async def test_a_long_conversation_comes_whole(front: Front) -> None:
    shop, agents = await front.opens(f"Kotori {uuid4().hex[:6]}", "mei")
    inbox_id = (await shop.connects("line", secrets=LINE)).inbox_id
    id_ = await arrives(shop, inbox_id, "Ada", *[f"line {number}" for number in range(1203)])
    told = (await agents["mei"].get(f"/api/conversations/{id_}/transcript", form="json")).json()
    assert [one["text"] for one in told["messages"]] == [f"line {number}" for number in range(1203)]
