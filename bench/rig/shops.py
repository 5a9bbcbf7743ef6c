"""Shops for a figure: workspaces with agents and a LINE inbox, and the signed webhooks that arrive there."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from bench.rig.figure import Missed
from bench.rig.house import Site
from guanxi import access, channels, inboxes, routing, team
from guanxi.inboxes import Door
from guanxi.infra.ids import new_id
from guanxi.pipeline.doors import Doors

SECRETS = {"channel_secret": "b3" * 16, "channel_access_token": "Ab1" * 56}
NOWHERE = {"api_base": "http://127.0.0.1:1", "data_base": "http://127.0.0.1:1"}  # no figure leaves this machine
SENTENCES = (
    "您好，我想问一下昨天下单的茶具什么时候发货？",
    "杯子收到了，但是杯沿有一个小缺口，可以换一个吗？",
    "サイズ交換できますか？ 明日までに必要です。",
    "안녕하세요, 환불은 언제 받을 수 있나요?",
    "Hello, do you ship to Singapore, and how long does it take?",
    "好的，谢谢！",
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A workspace, its agents, and the door of its LINE inbox."""

    id: UUID
    agents: tuple[UUID, ...]
    people: tuple[UUID, ...]
    door: Door


async def open_shop(
    site: Site, name: str, *, agents: int = 1, online: bool = False, settings: dict[str, str] | None = None
) -> Shop:
    """Found a workspace by the verbs of the house. `online` agents are given what arrives."""
    async with site.house.db.directory() as directory:
        people = []
        for n in range(agents):
            email = f"{secrets.token_hex(6)}@{name}.example"
            people.append(
                await access.add_person(
                    directory, email=email, name=f"{name} {n}", password_hash=None, language="zh-CN"
                )
            )
        workspace_id, first = await team.found_workspace(
            directory, name=name, language="zh-CN", person_id=people[0], person_name=f"{name} 0"
        )
        others = [
            await team.join(directory, workspace_id, person_id=person, name=f"{name} {n}", role="agent")
            for n, person in enumerate(people[1:], 1)
        ]
    async with site.house.db.transaction(workspace_id) as tx:
        if online:
            for agent in (first, *others):
                await routing.set_presence(tx, agent, "online")
        inbox_id = await inboxes.connect(
            tx,
            channels.get("line").manifest,
            name=f"{name} LINE",
            settings=settings or NOWHERE,
            secrets=SECRETS,
            sealer=site.house.sealer,
            by=first,
        )
    door = await Doors(site.house).get(workspace_id, inbox_id)
    assert door is not None
    return Shop(workspace_id, (first, *others), tuple(people), door)


async def sign_in(site: Site, shop: Shop, nth: int = 0) -> dict[str, str]:
    """The headers with which the shop's nth agent may do everything at the HTTP door."""
    async with site.house.db.directory() as directory:
        token = await access.sign_in(directory, shop.people[nth], shop.id)
        who = await access.find_who(directory, access.token_hash(token))
    assert who is not None
    return {"cookie": f"guanxi={token}", "x-csrf": who.csrf}


def text_body(person: int, number: int, text: str = "") -> bytes:
    """What LINE delivers when a person sends a text. `number` makes message, event and reply token unique."""
    said = text or f"{SENTENCES[number % len(SENTENCES)]} {number}"
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": 1_763_700_000_000 + number % 1_000_000_000,
        "webhookEventId": f"01HF{number:022d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"{number:032x}",
        "source": {"type": "user", "userId": f"U{person:032x}"},
        "message": {"type": "text", "id": f"{number:018d}", "text": said, "quoteToken": f"{number:064x}"},
    }
    return msgspec.json.encode({"destination": "U" + "0" * 32, "events": [event]})


def headers_of(body: bytes) -> dict[str, str]:
    """The headers that LINE sends with this body, its signature among them."""
    signature = b64encode(hmac.digest(SECRETS["channel_secret"].encode(), body, hashlib.sha256)).decode()
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "LineBotWebhook/2.0",
        "x-line-signature": signature,
    }


def kept_row(shop: Shop, body: bytes) -> tuple[object, ...]:
    """The row that accepting this body keeps."""
    kept = msgspec.json.encode(headers_of(body)).decode()
    return (shop.id, shop.door.inbox_id, new_id(), "POST", "{}", kept, body)


async def arrive(site: Site, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep raw events as accepting does, by its role, with one commit."""
    async with site.house.db.accept.acquire() as connection:
        await inboxes.keep_all(connection, rows)
    site.house.bus.wake("inbound")


async def everybody_says_hello(site: Site, shop: Shop, many: int) -> list[UUID]:
    """So many people write for the first time; gives the ids of their conversations. A worker has to be running."""
    first = time.perf_counter_ns() % 10**15
    await arrive(site, [kept_row(shop, text_body(person, first + person)) for person in range(many)])
    for _ in range(600):
        rows = await site.owner.fetch("select id from conversation where workspace_id = $1 order by id", shop.id)
        if len(rows) == many:
            return [row["id"] for row in rows]
        await asyncio.sleep(0.1)
    raise Missed("the worker did not open the conversations")
