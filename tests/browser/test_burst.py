"""A burst on a long list, in a real browser: afterwards the screen is what a fresh snapshot shows, drawn once a frame."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from playwright.async_api import Page, WebSocketRoute, expect

from guanxi import contacts, conversations
from guanxi.contacts import Seen
from guanxi.content import Text
from guanxi.conversations import Arrival, Wish
from guanxi.infra.ids import new_id
from tests.browser.pages import Pages
from tests.http.desk import Agent, arrives
from tests.world import Shop

LINE = {"channel_secret": "0" * 32, "channel_access_token": "token"}
ROWS = 5000
# Rows are drawn when they come, go or move, and when their words change. What only tells the time is left out.
COUNT = """() => {
  let frame = 0
  window.drawn = []
  const next = () => { frame++; requestAnimationFrame(next) }
  requestAnimationFrame(next)
  const tells = (node) => !(node.nodeType === 1 ? node : node.parentElement)?.closest("time, .wait")
  new MutationObserver((changes) => {
    if (changes.some((one) => tells(one.target))) drawn[frame] = (drawn[frame] ?? 0) + 1
  }).observe(document.querySelector("[data-conversations] .all"),
    { subtree: true, childList: true, characterData: true, attributeFilter: ["style"] })
}"""
# What stands in each row from the top on, without what only tells the time: `most` rows, read screen by screen.
READ = """async (most) => {
  const box = document.querySelector("[data-conversations]")
  const found = []
  const drawn = () => new Promise(requestAnimationFrame)
  for (box.scrollTop = 0; found.length < most; box.scrollTop += box.clientHeight - 100) {
    await drawn()
    for (const one of box.querySelectorAll("[role=option]")) {
      const row = one.cloneNode(true)
      row.querySelectorAll("time, .wait").forEach((time) => time.remove())
      found[one.ariaPosInSet - 1] = `${one.id} ${row.textContent}`
    }
    if (box.scrollTop + box.clientHeight >= box.scrollHeight) break
  }
  box.scrollTop = 0
  return found.slice(0, most)
}"""


@dataclass
class Burst:
    pages: Pages
    shop: Shop
    boss: Agent
    mei: Agent
    inbox: UUID
    conversations: list[UUID]
    deaf_to: set[str] = field(default_factory=set)

    async def says(self, conversation: UUID, text: str) -> None:
        self.pages.front.world.clock.forward(seconds=1)
        async with self.shop.world.house.db.transaction(self.shop.id) as tx:
            one = await conversations.lock(tx, conversation)
            await conversations.append(tx, [_arrival(tx.now, one, text)])

    async def does(self, conversation: UUID, verb: str, **body: Any) -> None:
        self.pages.front.world.clock.forward(seconds=1)
        answer = await self.mei.post(f"/api/conversations/{conversation}/{verb}", body)
        assert answer.is_success, answer.text

    async def replies(self, conversation: UUID, text: str) -> None:
        content = {"kind": "text", "text": text}
        await self.does(conversation, "replies", id=str(uuid4()), content=content, force=True)

    async def desk(self, rows: int) -> Page:
        """All open conversations, at least so many of them loaded."""
        page = await self.pages.open("/login", self.boss, height=2600)
        await page.route_web_socket("**/api/live", self._listen)
        await page.goto(self.pages.front.base + "/all")
        await page.get_by_role("option").first.wait_for()
        await page.wait_for_function(
            """(rows) => {
              const box = document.querySelector("[data-conversations]")
              const loaded = box.querySelector(".all").offsetHeight / box.querySelector("[role=option]").offsetHeight
              box.scrollTop = loaded > rows - 1 ? 0 : box.scrollHeight
              return loaded > rows - 1 && box.ariaBusy === "false"
            }""",
            arg=rows,
            timeout=120_000,
        )
        return page

    def _listen(self, desk: WebSocketRoute) -> None:
        """The line to the house, from which frames of some kinds get lost."""
        house = desk.connect_to_server()

        def hear(told: str | bytes) -> None:
            frames = json.loads(told)
            frames = frames if isinstance(frames, list) else [frames]
            desk.send(json.dumps([one for one in frames if one.get("kind") not in self.deaf_to]))

        house.on_message(hear)


@pytest_asyncio.fixture
async def burst(pages: Pages) -> Burst:
    shop, agents = await pages.front.opens(f"Qinghe {uuid4().hex[:6]}", "mei")
    door = await shop.connects("line", {}, LINE)
    made = [
        one for first in range(0, ROWS, 500) for one in await _write(shop, door.inbox_id, range(first, first + 500))
    ]
    return Burst(pages, shop, agents["boss"], agents["mei"], door.inbox_id, made)


async def _write(shop: Shop, inbox: UUID, numbers: range) -> list[UUID]:
    """So many customers write once, in one transaction."""
    shop.world.clock.forward(seconds=1)
    async with shop.world.house.db.transaction(shop.id) as tx:
        names = [f"guest {number}" for number in numbers]
        people = await contacts.recognise(tx, [Seen(inbox_id=inbox, external_id=name, name=name) for name in names])
        queue = await tx.fetchval("select queue_id from inbox where workspace_id = $1 and id = $2", shop.id, inbox)
        wishes = [
            Wish(identity_id=one.id, thread="", inbox_id=inbox, channel="line", medium="chat", queue_id=queue)
            for one in people.values()
        ]
        joined = await conversations.join(tx, wishes, reopen=timedelta(hours=24))
        await conversations.append(tx, [_arrival(tx.now, one, "is the kettle back?") for one in joined.values()])
    return [one.id for one in joined.values()]


def _arrival(at: Any, conversation: conversations.Conversation, text: str) -> Arrival:
    return Arrival(
        id=new_id(),
        conversation=conversation,
        external_id=uuid4().hex,
        content=Text(text),
        sent_at=at,
        inbound_seq=None,
    )


async def _happens(burst: Burst, chance: random.Random, rest: list[UUID], turns: int) -> None:
    """Everything that changes a list, all over it."""
    for turn in range(turns):
        one = chance.choice(rest)
        match turn % 8:
            case 0 | 1 | 2:
                await burst.says(one, f"still there? {turn}")
            case 3:
                await arrives(burst.shop, burst.inbox, f"newcomer {uuid4().hex[:6]}", f"hello {turn}")
            case 4:
                await burst.replies(one, f"it is, see {turn}")
                await burst.does(one, "assign", agent_id=str(chance.choice([burst.boss.id, burst.mei.id])))
            case 5:
                rest.remove(one)
                await burst.does(one, "resolve")
            case 6:
                await burst.does(one, "tags", tags=[chance.choice(["vip", "fragile"])])
            case 7:
                await burst.does(one, "read", seq=1)
                if turn % 3:
                    await burst.does(one, "unread")


async def test_after_a_burst_the_screen_is_a_fresh_snapshot_and_no_frame_was_drawn_twice(burst: Burst) -> None:
    page = await burst.desk(ROWS)
    await page.evaluate(COUNT)
    chance = random.Random(7)
    last, first, *rest = chance.sample(burst.conversations, len(burst.conversations))
    shares = [rest[share::4] for share in range(4)]  # nobody has two things done to him at once
    await asyncio.gather(*[_happens(burst, chance, share, 110) for share in shares])
    await burst.says(last, "that is all")
    await expect(page.get_by_role("option").first).to_contain_text("that is all", timeout=60_000)
    drawn = [one for one in await page.evaluate("drawn") if one]
    assert drawn, "nothing was drawn"
    assert max(drawn) == 1

    seen = await page.evaluate(READ, ROWS * 2)
    fresh = await burst.desk(len(seen))
    assert len(seen) > ROWS - 120
    assert all(seen)
    assert seen == await fresh.evaluate(READ, ROWS * 2)
    await fresh.close()

    # And the comparison sees it when frames of one kind get lost.
    await burst.replies(first, "ours now")
    await expect(page.get_by_role("option").first).to_contain_text("ours now", timeout=60_000)
    burst.deaf_to.add("conversation.assigned")
    await burst.does(first, "assign", agent_id=str(burst.mei.id))
    await burst.says(last, "one word more")
    await expect(page.get_by_role("option").first).to_contain_text("one word more", timeout=60_000)
    fresh = await burst.desk(20)
    here, there = await page.evaluate(READ, 20), await fresh.evaluate(READ, 20)
    assert [
        (one.endswith("mei"), other.endswith("mei")) for one, other in zip(here, there, strict=True) if one != other
    ] == [(False, True)]
