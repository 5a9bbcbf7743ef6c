"""Old snapshot + events = fresh snapshot: for lists and for threads, after any sequence of verbs."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import conversations
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Ears, Front, arrives, open_front
from tests.live.mirror import VIEWS, Mirror, snapshot, whole_thread, whole_view
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


class Life:
    """What happens in a shop, at random."""

    def __init__(self, seed: int, shop: Shop, agents: dict[str, Agent], inbox_id: UUID) -> None:
        self.chance = random.Random(seed)
        self.shop = shop
        self.agents = agents
        self.inbox_id = inbox_id
        self.ids: list[UUID] = []

    async def step(self) -> None:
        verb = self.chance.choice(
            ["arrive"] * 4
            + ["reply", "reply", "note", "resolve", "reopen", "snooze", "tags", "read", "assign", "transfer", "pull"]
            + ["contact", "block", "rename", "delivery", "unsend", "presence", "wake", "time", "time"]
        )
        self.shop.world.clock.forward(seconds=self.chance.choice([0, 0.004, 1, 60]))
        if verb == "arrive" or not self.ids:
            texts = [f"hi {self.chance.random()}" for _ in range(self.chance.randint(1, 3))]
            id_ = await arrives(self.shop, self.inbox_id, f"customer {self.chance.randint(1, 9)}", *texts)
            if id_ not in self.ids:
                self.ids.append(id_)
            return
        await getattr(self, f"_{verb}", self._post)(verb)

    async def _post(self, verb: str) -> None:
        agent = self.chance.choice(list(self.agents.values()))
        id_ = self.chance.choice(self.ids)
        colleague = self.chance.choice([None, *[str(one.id) for one in self.agents.values()]])
        until = self.shop.world.clock() + timedelta(hours=self.chance.randint(1, 3))
        body: dict[str, Any] = {
            "reply": {"id": str(uuid4()), "content": {"kind": "text", "text": f"yes {self.chance.random()}"}},
            "note": {"id": str(uuid4()), "text": "look at order 7"},
            "snooze": {"until": until.isoformat()},
            "tags": {"tags": self.chance.sample(["vip", "退款", "late"], 2)},
            "read": {"seq": self.chance.randint(0, 9)},
            "assign": {"agent_id": colleague},
            "transfer": {"agent_id": colleague, "note": self.chance.choice(["", "please"])},
        }.get(verb, {})
        path = {"reply": "replies", "note": "notes"}.get(verb, verb)
        answer = await agent.post(f"/api/conversations/{id_}/{path}", body)
        assert answer.status_code < 500, answer.text

    async def _pull(self, verb: str) -> None:
        await self.chance.choice(list(self.agents.values())).post("/api/queue/pull")

    async def _contact(self, verb: str) -> None:
        boss = self.agents["boss"]
        row = (await boss.get(f"/api/conversations/{self.chance.choice(self.ids)}")).json()
        contact = (await boss.get(f"/api/contacts/{row['contact']['id']}")).json()
        name = f"renamed {self.chance.randint(1, 99)}"
        await boss.patch(f"/api/contacts/{contact['id']}", {"version": contact["version"], "name": name})

    async def _block(self, verb: str) -> None:
        boss = self.agents["boss"]
        row = (await boss.get(f"/api/conversations/{self.chance.choice(self.ids)}")).json()
        await boss.post(f"/api/contacts/{row['contact']['id']}/block", {"blocked": self.chance.random() < 0.5})

    async def _rename(self, verb: str) -> None:
        await self.chance.choice(list(self.agents.values())).patch("/api/me", {"name": f"a {self.chance.random()}"})

    async def _presence(self, verb: str) -> None:
        agent = self.chance.choice(list(self.agents.values()))
        await agent.post("/api/me/presence", {"presence": self.chance.choice(["online", "busy", "offline"])})

    async def _delivery(self, verb: str) -> None:
        async with self.shop.world.house.db.transaction(self.shop.id) as tx:
            conversation = await conversations.lock(tx, self.chance.choice(self.ids))
            seq = self.chance.randint(1, max(1, conversation.last_seq))
            row = await conversations.find_reply(tx, conversation.id, seq)
            if row is not None and row["author"] == "agent" and not row["is_note"]:
                state = self.chance.choice(["sending", "sent", "delivered", "read", "failed", "unknown"])
                await conversations.change_message(tx, conversation, seq, state=state, reason="rejected", detail="no")

    async def _unsend(self, verb: str) -> None:
        async with self.shop.world.house.db.transaction(self.shop.id) as tx:
            row = await tx.fetchrow(
                "select external_id from message where workspace_id = $1 and conversation_id = $2 and seq = 1",
                self.shop.id,
                self.chance.choice(self.ids),
            )
            await conversations.unsend(tx, self.inbox_id, [row["external_id"]])

    async def _wake(self, verb: str) -> None:
        self.shop.world.clock.forward(hours=1)
        async with self.shop.world.house.db.transaction(self.shop.id) as tx:
            await conversations.wake(tx, self.chance.choice(self.ids))

    async def _time(self, verb: str) -> None:
        self.shop.world.clock.forward(minutes=self.chance.choice([1, 4, 20]))
        async with self.shop.world.house.db.transaction(self.shop.id) as tx:
            await conversations.pass_time(tx)


async def hear_everything(ears: Ears, mirror: Mirror, agent: Agent) -> None:
    """Do one last thing, and hear until it comes by."""
    phrase = (await agent.post("/api/quick-phrases", {"shortcut": uuid4().hex[:8], "text": "x"})).json()
    await ears.hear(lambda frame: frame.get("quick_phrase_id") == phrase["id"])
    for frame in ears.heard:
        mirror.hear(frame)


async def compare(mirror: Mirror, agent: Agent) -> None:
    for view in VIEWS:
        assert mirror.view(view, str(agent.id)) == await whole_view(agent, view), view
    for id_ in mirror.threads:
        version, messages = await whole_thread(agent, id_)
        assert mirror.versions[id_] == version
        assert mirror.threads[id_] == messages


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_an_old_snapshot_and_the_events_since_are_a_fresh_snapshot(front: Front, seed: int) -> None:
    shop, agents = await front.opens(f"Law {seed}", "mei", "jun")
    door = await shop.connects("line", secrets=LINE)
    promised = {"name": "equal", "first_minutes": 5, "next_minutes": 9, "resolve_minutes": 60, "is_default": True}
    assert (await agents["boss"].post("/api/policies", promised)).status_code < 300
    life = Life(seed, shop, agents, door.inbox_id)
    for _ in range(15):
        await life.step()
    async with agents["mei"].socket() as ears:
        mirror = await snapshot(agents["mei"])
        for _ in range(60):
            await life.step()
        await hear_everything(ears, mirror, agents["mei"])
    assert mirror.gaps == set()
    await compare(mirror, agents["mei"])


async def test_a_desk_that_was_away_resumes_from_its_cursor_and_is_told_what_it_missed(front: Front) -> None:
    shop, agents = await front.opens("Away", "mei")
    door = await shop.connects("line", secrets=LINE)
    life = Life(7, shop, agents, door.inbox_id)
    for _ in range(10):
        await life.step()
    async with agents["mei"].socket() as ears:
        mirror = await snapshot(agents["mei"])
        cursor = ears.hello["cursor"]
    for _ in range(40):
        await life.step()
    async with agents["mei"].socket() as ears:
        await ears.say(type="resume", cursor=cursor)
        await ears.hear(lambda frame: frame["type"] == "resumed")
        await hear_everything(ears, mirror, agents["mei"])
    assert mirror.gaps == set()
    await compare(mirror, agents["mei"])


async def test_a_cursor_from_nowhere_is_told_to_start_again(front: Front) -> None:
    _, agents = await front.opens("Nowhere")
    async with agents["boss"].socket() as ears:
        for cursor in ("", "x", "1", "-1:0", f"{1 << 61}:0", "1:2:3", "x:0", "1" * 3000 + ":0"):
            await ears.say(type="resume", cursor=cursor)
            assert await ears.hear(lambda frame: True) == {"type": "reset"}


@contextlib.contextmanager
def deaf(front: Front) -> Iterator[None]:
    """No hint of any commit is heard meanwhile."""
    bus = front.world.house.bus
    listening, bus.on_commit = bus.on_commit, []
    try:
        yield
    finally:
        bus.on_commit = listening


def is_about(seq: int) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame.get("kind") == "message.received" and frame["message"]["seq"] == seq


async def test_a_lost_hint_costs_time_and_nothing_else(front: Front) -> None:
    shop, agents = await front.opens("Deaf")
    door = await shop.connects("line", secrets=LINE)
    async with agents["boss"].socket() as ears:
        with deaf(front):
            await arrives(shop, door.inbox_id, "Nobody hears", "hello?")
            await ears.hear(is_about(1))
        await arrives(shop, door.inbox_id, "Nobody hears", "again")
        await ears.hear(is_about(2))  # by the hint; the next look around finds it a second time
        with deaf(front):
            await arrives(shop, door.inbox_id, "Nobody hears", "and again")
            await ears.hear(is_about(3))
    heard = [frame["id"] for frame in ears.heard if frame.get("kind") == "message.received"]
    assert len(heard) == len(set(heard)) == 3


async def test_an_event_that_is_committed_late_is_neither_lost_nor_left_out_of_a_resume(front: Front) -> None:
    shop, agents = await front.opens("Late")
    door = await shop.connects("line", secrets=LINE)
    early = await arrives(shop, door.inbox_id, "Early", "1")
    async with agents["boss"].socket() as ears:
        with deaf(front):  # so that only looking around can find anything
            async with front.world.house.db.transaction(shop.id) as slow:
                await conversations.tag(slow, early, ["slow"], agent_id=None)
                for seq in (1, 2, 3):  # each is found by another look
                    await arrives(shop, door.inbox_id, "Quick", "2")
                    quick = await ears.hear(is_about(seq))
            tagged = await ears.hear(lambda frame: frame.get("kind") == "conversation.tagged")
    assert tagged["id"] < quick["id"]
    async with agents["boss"].socket() as ears:
        await ears.say(type="resume", cursor=quick["cursor"])
        await ears.hear(lambda frame: frame.get("kind") == "conversation.tagged")
