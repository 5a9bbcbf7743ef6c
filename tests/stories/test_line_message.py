"""A LINE text arrives and the agent answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from guanxi import conversations
from guanxi.channel_kit import Request
from guanxi.content import Text
from guanxi.infra.postgres import Server
from tests.world import open_world

SECRETS = {"channel_secret": "line_channel_secret", "channel_access_token": "access-token"}


def line_request(text: str, message_id: str, person: str = "U11111111111111111111111111111111") -> Request:
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": 1763700000000,
        "webhookEventId": f"01HF{message_id:0>22}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"token-{message_id}",
        "source": {"type": "user", "userId": person},
        "message": {"type": "text", "id": message_id, "text": text, "quoteToken": "q"},
    }
    body = msgspec.json.encode({"destination": "U" + "0" * 32, "events": [event]})
    signature = base64.b64encode(hmac.digest(SECRETS["channel_secret"].encode(), body, hashlib.sha256)).decode()
    return Request(headers={"x-line-signature": signature}, body=body)


@pytest.mark.asyncio
async def test_a_text_becomes_one_message_in_one_conversation_with_a_free_agent(server: Server, tmp_path: Path) -> None:
    async with open_world(server, tmp_path) as world:
        shop = await world.shop("Kotori", "小関")
        await shop.comes_online("小関")
        door = await shop.connects("line", secrets=SECRETS)
        for _ in range(2):
            await shop.hears(door, line_request("サイズ交換できますか", "444"))
        await world.read_everything()
        async with world.house.db.reading(shop.id) as tx:
            rows = await tx.fetch("select * from conversation where workspace_id = $1", shop.id)
            messages = await tx.fetch("select * from message where workspace_id = $1 order by seq", shop.id)
        assert [row["assignee_id"] for row in rows] == [shop.agents["小関"]]
        assert [(m["seq"], m["author"], m["kind"]) for m in messages] == [
            (1, "contact", "text"),
            (2, "system", "event"),
        ]
        assert messages[0]["content"] == {"kind": "text", "text": "サイズ交換できますか"}
        async with world.house.db.transaction(shop.id) as tx:
            await conversations.reply(
                tx, rows[0]["id"], id=uuid4(), content=Text("はい、承ります"), agent_id=shop.agents["小関"]
            )
        await world.send_everything()
        await world.follow_everything(shop.id)
        async with world.house.db.reading(shop.id) as tx:
            kinds = await tx.fetch("select kind, version from event where workspace_id = $1 order by xid, id", shop.id)
            found = await tx.fetch("select * from search_message where workspace_id = $1", shop.id)
            day = await tx.fetch("select measure, count from report_figure where workspace_id = $1", shop.id)
            reply = await tx.fetchrow("select state, reason from message where workspace_id = $1 and seq = 3", shop.id)
        print([(k["kind"], k["version"]) for k in kinds])
        print(dict(reply), len(found), day)
