"""The demo: its past is whole, nothing in it is lost or doubled, a second start adds nothing, customers answer once."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from guanxi import content as contents
from guanxi import conversations, inboxes, routing
from guanxi.content import Text
from guanxi.demo import Pace, desk, drawings, guests, scripts
from guanxi.demo.memory import Memory
from guanxi.demo.places import OnKakao, OnLine, OnWeChat
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.demo.running import Running, eventually, free_port, running_demo
from tests.world import open_world

pytestmark = pytest.mark.asyncio

CONVERSATIONS = """select c.id, c.state, c.channel, c.assignee_id, c.tags, c.unread, d.external_id, p.name,
    c.waiting_since is not null as waits
  from conversation c join identity d on d.workspace_id = c.workspace_id and d.id = c.identity_id
  join contact p on p.workspace_id = c.workspace_id and p.id = d.contact_id
  where c.workspace_id = $1 order by c.opened_at, c.id"""
MESSAGES = """select m.conversation_id, m.seq, m.author, m.kind, m.content, m.state, m.reason, m.is_note, m.created_at,
    d.external_id from message m
  join conversation c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
  join identity d on d.workspace_id = c.workspace_id and d.id = c.identity_id
  where m.workspace_id = $1 order by m.created_at, m.conversation_id, m.seq"""


@dataclass(frozen=True, slots=True)
class AtHand:
    """What the desk has besides conversations."""

    teams: list[routing.Team]
    queues: list[routing.Queue]
    codes: list[Any]
    macros: list[Any]
    rules: list[Any]


async def at_hand(shop: Running) -> AtHand:
    async with shop.house.db.reading(shop.remembered().workspace_id) as tx:
        teams, queues, codes = await routing.teams(tx), await routing.queues(tx), await conversations.wrap_ups(tx)
    made = await shop.rows("select key, agent_id from macro where workspace_id = $1")
    rules = await shop.rows("select name, is_on from rule where workspace_id = $1 order by position")
    return AtHand(teams, queues, codes, made, rules)


@dataclass(frozen=True, slots=True)
class Told:
    """The shop as it was when its past had just been told; `port` and `folder` serve for starting again."""

    folder: Path
    port: int
    conversations: list[Any]
    messages: list[Any]
    memory: Memory
    lines: tuple[str, ...]
    at_hand: AtHand


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def told(server: Server, folder: Path) -> AsyncIterator[Told]:
    port = free_port()
    async with running_demo(server, folder, port=port) as shop:
        found = await shop.rows(CONVERSATIONS), await shop.rows(MESSAGES)
        yield Told(folder, port, *found, shop.remembered(), shop.lines, await at_hand(shop))


def external_id(story: scripts.Story) -> str:
    """By which the inbox knows the person of a story on a simulated platform."""
    if story.on in guests.GUESTS:
        return guests.external_id(story.on, story.person)
    here = {"wechat": OnWeChat, "line": OnLine, "kakao": OnKakao}[story.on]
    return here.external_id(None, story.person)  # type: ignore[arg-type]


def text_of(row: Any) -> str:
    return contents.as_text(contents.decode(msgspec.json.encode(row["content"])))


def written_by_agents(stories: list[scripts.Story]) -> list[str]:
    return [step.says for story in stories for step in story.steps if step.by and step.says]


async def test_every_story_is_one_conversation_with_all_that_the_customer_said(told: Told) -> None:
    assert len(told.conversations) == len(scripts.past()) >= 40
    heard = Counter(text_of(row) for row in told.messages if row["author"] == "contact")
    for story in scripts.past():
        for step in story.steps:
            if not step.by and (what := scripts.said(step)) is not None and step.says:
                expected = contents.as_text(what[0])
                assert heard[expected] == 1, (story.key, expected)


async def test_the_first_screen_shows_every_kind_and_every_state(told: Told) -> None:
    kinds = {row["kind"] for row in told.messages if row["author"] == "contact"}
    assert kinds == {"text", "image", "voice", "location", "link", "sticker", "unsupported"}
    troubles = {(row["state"], row["reason"]) for row in told.messages if row["state"] in ("failed", "unknown")}
    assert troubles == {("failed", "not_following"), ("unknown", "no_answer")}
    assert {"read", "sent"} <= {row["state"] for row in told.messages if row["author"] == "agent"}
    assert Counter(row["state"] for row in told.conversations) == {0: 29, 1: 3, 2: 15}
    waiting = [row for row in told.conversations if row["state"] == 0 and row["assignee_id"] is None]
    assert len(waiting) == 6
    assert all(row["waits"] and row["unread"] for row in waiting)
    assert {row["channel"] for row in waiting} == {"wechat", "line", "webchat"}
    assert any(row["is_note"] for row in told.messages)
    assert any(row["tags"] for row in told.conversations)


async def test_nobody_has_more_in_hand_than_he_takes(told: Told) -> None:
    """Who is there is full, so what waits goes on waiting; nobody was given more than fits."""
    names = {agent_id: name for name, agent_id in told.memory.agents.items()}
    load = Counter(names[row["assignee_id"]] for row in told.conversations if row["state"] == 0 and row["assignee_id"])
    for line in scripts.shop().agent:
        assert load[line.name] <= line.capacity, line.name
        assert line.presence != "online" or load[line.name] == line.capacity, line.name


async def test_every_file_is_in_our_store(told: Told) -> None:
    files = [row["content"]["media"] for row in told.messages if row["kind"] in ("image", "voice")]
    assert len(files) >= 7
    assert all(file.get("key") and not file.get("problem") for file in files)


async def test_every_word_of_an_agent_reaches_its_customer_once(told: Told) -> None:
    automatic = scripts.shop().automatic()
    by_person: dict[tuple[str, str], list[scripts.Story]] = {}
    for story in sorted(scripts.past(), key=lambda story: scripts.span(story.ended), reverse=True):
        by_person.setdefault((story.on, story.person), []).append(story)
    for (place, _), stories in by_person.items():
        if place == "webchat":
            continue
        expected = written_by_agents(stories)
        if any(step.does == "leaves" for story in stories for step in story.steps):
            expected.pop()  # what was written after he had left
        if place in guests.GUESTS:
            kept = told.memory.guests[place]["customers"][external_id(stories[0])]
            got = [one.get("text", {}).get("content") for one in kept["got"]]
        elif place == "wechat":
            got = [
                one.get("text", {}).get("content") for one in told.memory.wechat.customers[external_id(stories[0])].got
            ]
        elif place == "kakao":
            got = [one.get("message") for one in told.memory.kakao.chats[external_id(stories[0])].got]
        else:
            got = [one.get("text") for one in told.memory.line.chats[external_id(stories[0])].got]
        assert [text for text in got if text and text not in automatic] == expected, stories[0].key


async def test_visitors_are_shown_every_word_once(told: Told) -> None:
    said = Counter(
        row["content"]["text"]
        for row in told.messages
        if row["author"] == "agent" and row["kind"] == "text" and row["state"] in ("sent", "read")
    )
    for story in scripts.past():
        if story.on == "webchat":
            for text in written_by_agents([story]):
                assert said[text] == 1


async def test_the_desk_has_teams_macros_codes_and_rules_at_hand(told: Told) -> None:
    """Teams serve in their queues, and only theirs; rules, macros and codes are there, and nothing has answered the past."""
    names = {agent_id: name for name, agent_id in told.memory.agents.items()}
    teams = {one.name: ({names[agent] for agent in one.agents}, one.queues) for one in told.at_hand.teams}
    serve = {one.id: {names[agent] for agent in one.members} for one in told.at_hand.queues}
    for line in desk.desk().team:
        members, queues = teams[line.name]
        assert members == set(line.agents)
        assert [serve[queue] for queue in queues] == [members] * len(line.queues)
    assert [(one["name"], one["is_on"]) for one in told.at_hand.rules] == [(one.name, True) for one in desk.desk().rule]
    assert {(one["key"], one["agent_id"]) for one in told.at_hand.macros} == {(key, None) for key in "1234"}
    groups = {one.id: one.name for one in told.at_hand.codes if one.group_id is None}
    assert {groups[one.group_id] for one in told.at_hand.codes if one.group_id} == {"售前咨询", "售后"}
    assert not any("夜间" in row["tags"] for row in told.conversations)


async def test_the_past_lies_in_the_past(told: Told) -> None:
    days = {row["created_at"].date() for row in told.messages}
    assert len(days) >= 6
    assert (max(row["created_at"] for row in told.messages) - min(row["created_at"] for row in told.messages)).days >= 6


async def test_it_says_where_everything_is(told: Told) -> None:
    shown = "\n".join(told.lines)
    assert f"http://127.0.0.1:{told.port}/link/" in shown
    for after in range(1, 4 + len(guests.GUESTS)):
        assert f"http://127.0.0.1:{told.port + after}" in shown


async def _answers_once(shop: Running, story: scripts.Story, word: str) -> None:
    """An agent writes, the customer's next line comes, and it came once."""

    async def heard() -> list[Any]:
        rows = await shop.rows(MESSAGES)
        return [row for row in rows if row["author"] == "contact" and row["content"].get("text") == word]

    rows = await shop.rows(CONVERSATIONS)
    found = [row["id"] for row in rows if row["external_id"] == external_id(story) and row["state"] < 2]
    memory = shop.remembered()
    async with shop.house.db.transaction(memory.workspace_id) as tx:
        await conversations.reply(tx, found[0], id=uuid4(), content=Text("请稍等"), agent_id=memory.agents["林薇"])
    assert len(await eventually(heard)) == 1


def by_somebody(messages: list[Any]) -> list[Any]:
    """Without the lines about what was done, or came with time."""
    return [row for row in messages if row["author"] != "system"]


async def test_a_second_start_adds_nothing_and_customers_go_on_where_they_were(server: Server, told: Told) -> None:
    (story,) = [story for story in scripts.past() if story.key == "chen-yu"]
    port = free_port()
    with socket.socket() as taken:  # the place of the simulated WeChat is somebody else's now
        taken.bind(("127.0.0.1", port + 1))
        async with running_demo(server, told.folder, port=port) as shop:
            before = by_somebody(await shop.rows(MESSAGES))
            assert len(before) == len(by_somebody(told.messages))
            assert len(await shop.rows(CONVERSATIONS)) == len(told.conversations)
            await _answers_once(shop, story, story.then[0])
    async with running_demo(server, told.folder, port=free_port()) as shop:
        assert len(by_somebody(await shop.rows(MESSAGES))) == len(before) + 2
        await _answers_once(shop, story, story.then[1])
        texts = Counter(row["content"].get("text") for row in await shop.rows(MESSAGES) if row["author"] == "contact")
        assert (texts[story.then[0]], texts[story.then[1]]) == (1, 1)


async def test_newcomers_come_each_once_and_then_no_more(server: Server, told: Told) -> None:
    hurried = Pace(first=0.0, soon=(0.0, 0.0), late=(0.0, 0.0))
    async with running_demo(server, told.folder, port=free_port(), pace=hurried) as shop:
        first_words = {
            contents.as_text(what[0]) for story in scripts.newcomers() if (what := scripts.said(story.steps[0]))
        }

        async def all_came() -> Counter[str]:
            rows = await shop.rows(MESSAGES)
            said = Counter(text_of(row) for row in rows if row["author"] == "contact")
            return said if first_words <= set(said) else Counter()

        said = await eventually(all_came, seconds=60)
        assert [said[word] for word in first_words] == [1] * len(first_words)
    async with running_demo(server, told.folder, port=free_port(), pace=hurried) as shop:
        assert shop.remembered().came == len(scripts.newcomers())


async def test_it_also_starts_when_somebody_has_removed_an_inbox(server: Server, told: Told) -> None:
    async with running_demo(server, told.folder, port=free_port()) as shop:
        memory = shop.remembered()
        async with shop.house.db.transaction(memory.workspace_id) as tx:
            await inboxes.remove(tx, memory.inboxes["webchat"], by=None)
    async with running_demo(server, told.folder, port=free_port()) as shop:
        (story,) = [story for story in scripts.past() if story.key == "sato-ken"]
        await _answers_once(shop, story, story.then[0])


async def test_a_folder_with_a_workspace_of_somebody_else_is_left_alone(own_server: Server) -> None:
    with open_folder() as folder:
        async with open_world(own_server, folder) as world:
            shop = await world.shop("A real shop")
        async with running_demo(own_server, folder, port=free_port()) as running:
            assert "nothing was seeded" in running.lines[0]
            async with running.house.db.reading(shop.id) as tx:
                assert await tx.fetchval("select count(*) from inbox where workspace_id = $1", shop.id) == 0


async def test_each_picture_is_a_picture_and_a_voice_is_as_long_as_it_says() -> None:
    for name in drawings.DRAWN:
        media, file = drawings.picture(name)
        assert file.startswith(b"\xff\xd8\xff")
        assert media.type == "image/jpeg"
    media, file = drawings.voice("你好，我想问一下")
    assert file.startswith(b"RIFF")
    assert abs((len(file) - 44) / 2 / drawings.RATE * 1000 - media.duration) < 2
