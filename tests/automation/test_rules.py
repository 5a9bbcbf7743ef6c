"""Rules: what they look at, what they do, once for each event; and those that would go round for ever do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from guanxi import automation, conversations, routing
from guanxi.automation.model import Condition, Facts, Rule
from guanxi.automation.rules import MOST_OFTEN, applies
from guanxi.infra.postgres import Server
from tests.http.desk import arrives
from tests.integrations.receiver import goes_on, listens, open_receiver
from tests.world import Shop, World, open_world

WEBCHAT = {"visitor_key": "visitor-key-of-the-tests", "identify_secret": "identify-secret"}


@dataclass
class Ruled:
    world: World
    shop: Shop
    inbox: UUID

    async def rule(self, kind: str, conditions: list[Any], *actions: dict[str, Any], name: str = "r") -> UUID:
        made = msgspec.convert({"id": self.shop.id, "name": name, "kind": kind, "conditions": conditions,
                                "actions": list(actions), "is_on": True}, Rule, strict=False)  # fmt: skip
        async with self.world.house.db.transaction(self.shop.id) as tx:
            return await automation.add_rule(
                tx, name=name, kind=kind, conditions=made.conditions, actions=made.actions, is_on=True,
                by=self.shop.agents["林薇"],
            )  # fmt: skip

    async def writes(self, who: str, *texts: str) -> UUID:
        return await arrives(self.shop, self.inbox, who, *texts, channel="webchat")

    async def goes_on(self, times: int = 4) -> None:
        """Follow and work until rules that lead to rules have had their turn."""
        for _ in range(times):
            await self.world.follow_everything(self.shop.id)
            await self.world.send_everything()

    async def said(self, talk: UUID) -> list[tuple[str, str]]:
        """(author, text) of everything but lines."""
        async with self.world.house.db.reading(self.shop.id) as tx:
            rows = await tx.fetch(
                """select author, is_note, content ->> 'text' as text from message where workspace_id = $1
                   and conversation_id = $2 and kind <> 'event' order by seq""",
                self.shop.id,
                talk,
            )
        return [(f"{row['author']} note" if row["is_note"] else row["author"], row["text"]) for row in rows]

    async def now(self, talk: UUID) -> Any:
        async with self.world.house.db.reading(self.shop.id) as tx:
            return await tx.fetchrow(
                "select * from conversation where workspace_id = $1 and id = $2", self.shop.id, talk
            )

    async def runs(self, rule: UUID) -> list[tuple[str, str]]:
        """(outcome, problem), oldest first."""
        async with self.world.house.db.reading(self.shop.id) as tx:
            return [(run["outcome"], run["problem"]) for run in reversed(await automation.runs_of(tx, rule, 200))]


@pytest_asyncio.fixture
async def ruled(own_server: Server, tmp_path: Path) -> AsyncIterator[Ruled]:
    async with open_world(own_server, tmp_path) as world:
        shop = await world.shop("青禾陶作", "mei")
        door = await shop.connects("webchat", secrets=WEBCHAT)
        yield Ruled(world, shop, door.inbox_id)


async def test_a_rule_answers_tags_notes_and_assigns_once_for_each_event(ruled: Ruled) -> None:
    rule = await ruled.rule(
        "message.received",
        [{"on": "text", "any_of": ["退货", "return"]}, {"on": "channel", "any_of": ["webchat"]}],
        {"do": "tag", "add": ["returns"]},
        {"do": "assign", "agent_id": str(ruled.shop.agents["mei"])},
        {"do": "note", "text": "check the order first"},
        {"do": "reply", "text": "We look into it."},
        name="Returns",
    )
    talk = await ruled.writes("何静", "我想退货")
    other = await ruled.writes("Maria", "is it glazed?")
    await ruled.goes_on()
    assert await ruled.said(talk) == [
        ("contact", "我想退货"), ("bot note", "check the order first"), ("bot", "We look into it."),
    ]  # fmt: skip
    row = await ruled.now(talk)
    assert (row["tags"], row["assignee_id"]) == (["returns"], ruled.shop.agents["mei"])
    assert await ruled.said(other) == [("contact", "is it glazed?")]
    assert await ruled.runs(rule) == [("done", "")]
    async with ruled.world.house.db.transaction(ruled.shop.id) as tx:  # a hand that died before it could cross it off
        event = await tx.fetchrow(
            """select xid::text::bigint as xid, id, at from event where workspace_id = $1 and kind = 'message.received'
               and conversation_id = $2""",
            ruled.shop.id,
            talk,
        )
        fired = automation.Fired(
            xid=event["xid"], id=event["id"], kind="message.received", at=event["at"], conversation_id=talk, seq=1
        )
        await automation.run(tx, fired)
    assert len(await ruled.said(talk)) == 3


async def test_rules_see_what_the_one_before_has_left_and_events_carry_their_cause(ruled: Ruled) -> None:
    await ruled.rule("conversation.opened", [], {"do": "tag", "add": ["new"]}, name="first")
    second = await ruled.rule("conversation.tagged", [{"on": "tag", "any_of": ["NEW"]}], {"do": "resolve"})
    talk = await ruled.writes("a", "hello")
    await ruled.goes_on()
    assert (await ruled.now(talk))["state"] == 2
    assert await ruled.runs(second) == [("done", "")]
    async with ruled.world.house.db.reading(ruled.shop.id) as tx:
        cause = await tx.fetchval(
            "select payload -> 'cause' from event where workspace_id = $1 and kind = 'conversation.resolved'",
            ruled.shop.id,
        )
    assert len(cause["rules"]) == 2
    assert cause["rules"][-1] == str(second)


async def test_rules_that_lead_in_a_circle_come_to_an_end(ruled: Ruled) -> None:
    own = await ruled.rule("message.sent", [], {"do": "reply", "text": "I answer myself"})
    ping = await ruled.rule("conversation.resolved", [], {"do": "note", "text": "ping"})
    pong = await ruled.rule("note.written", [], {"do": "reply", "text": "pong"})
    talk = await ruled.writes("a", "hello")
    async with ruled.world.house.db.transaction(ruled.shop.id) as tx:
        await conversations.resolve(tx, talk, agent_id=ruled.shop.agents["林薇"])
    await ruled.goes_on(10)
    said = [text for author, text in await ruled.said(talk) if author.startswith("bot")]
    assert said == ["ping", "pong", "I answer myself"]
    assert [len(await ruled.runs(rule)) for rule in (own, ping, pong)] == [1, 1, 1]


async def test_a_rule_says_what_is_known_and_holds_back_what_has_a_gap_in_it(ruled: Ruled) -> None:
    whole = await ruled.rule(
        "message.received", [{"on": "text", "any_of": ["hello"]}],
        {"do": "reply", "text": "{{contact.name}}, {{agent.name|a colleague}} of {{ workspace.name }} reads this."},
        {"do": "note", "text": "came into {{conversation.queue}}{{conversation.opens|}}"},
    )  # fmt: skip
    talk = await ruled.writes("{{agent.name}}", "hello")
    await ruled.goes_on()
    assert await ruled.runs(whole) == [("failed", "unfilled")]  # the bar of `opens` has no word behind it
    assert await ruled.said(talk) == [("contact", "hello")]  # nothing of it has gone out
    async with ruled.world.house.db.transaction(ruled.shop.id) as tx:
        log = await automation.runs_of(tx, whole, 1)
        note = msgspec.convert({"do": "note", "text": "came into {{conversation.queue}}"}, automation.Action)
        reply = msgspec.convert(
            {"do": "reply", "text": "{{contact.name}}, {{agent.name|a colleague}} of {{ workspace.name }} reads this."},
            automation.Action,
        )
        await automation.change_rule(tx, whole, actions=[reply, note], by=ruled.shop.agents["mei"])
        queue = await tx.fetchval("select name from queue where workspace_id = $1", ruled.shop.id)
    assert log[0]["details"] == ["conversation.opens"]
    await ruled.writes("{{agent.name}}", "hello again")
    await ruled.goes_on()
    assert (await ruled.said(talk))[2:] == [
        ("bot", "{{agent.name}}, a colleague of 青禾陶作 reads this."), ("bot note", f"came into {queue}"),
    ]  # fmt: skip


async def test_a_rule_and_a_machine_that_answer_each_other_are_held_back(ruled: Ruled) -> None:
    rule = await ruled.rule("message.received", [], {"do": "reply", "text": "I am a machine"})
    for n in range(MOST_OFTEN + 3):
        talk = await ruled.writes("machine", f"so am I {n}")
        await ruled.goes_on(1)
    assert [author for author, _ in await ruled.said(talk)].count("bot") == MOST_OFTEN
    assert (await ruled.runs(rule))[MOST_OFTEN:] == [("held_back", "")] * 3
    await ruled.writes("somebody else", "hello")
    ruled.world.clock.forward(hours=2)
    await ruled.writes("machine", "an hour later")
    await ruled.goes_on(1)
    assert (await ruled.runs(rule))[-2:] == [("done", "")] * 2


async def test_what_cannot_be_done_is_undone_as_a_whole_and_said_in_the_log(ruled: Ruled) -> None:
    by = ruled.shop.agents["林薇"]
    async with ruled.world.house.db.transaction(ruled.shop.id) as tx:
        gone = await routing.add_queue(tx, routing.QueueWishes(name="night"), [], by=by)
    rule = await ruled.rule(
        "message.received", [], {"do": "tag", "add": ["half"]}, {"do": "enqueue", "queue_id": str(gone)}
    )
    async with ruled.world.house.db.transaction(ruled.shop.id) as tx:
        await routing.remove_queue(tx, gone, by=by)
    talk = await ruled.writes("a", "hello")
    await ruled.goes_on()
    assert await ruled.runs(rule) == [("failed", "queue_gone")]
    assert (await ruled.now(talk))["tags"] == []
    async with ruled.world.house.db.reading(ruled.shop.id) as tx:
        assert (
            await tx.fetchval(
                "select count(*) from job where workspace_id = $1 and kind <> 'tell_waited'", ruled.shop.id
            )
            == 0
        )


async def test_a_rule_calls_a_webhook_and_puts_aside(own_server: Server, tmp_path: Path) -> None:
    async with (
        open_receiver() as receiver,
        open_world(own_server, tmp_path, private_hosts_allowed=(receiver.url.removeprefix("http://"),)) as world,
    ):
        shop = await world.shop("青禾陶作")
        ruled = Ruled(world, shop, (await shop.connects("webchat", secrets=WEBCHAT)).inbox_id)
        hook, _ = await listens(shop, receiver.url, "contact.changed")
        await ruled.rule(
            "message.received", [{"on": "state", "any_of": ["open"]}],
            {"do": "webhook", "webhook_id": str(hook)}, {"do": "snooze", "minutes": 30}, name="Night",
        )  # fmt: skip
        talk = await ruled.writes("何静", "late")
        await ruled.goes_on()
        await goes_on(shop)
        told = [one for one in receiver.taken if one["kind"] == "rule.ran"]
        assert [(one["payload"]["rule"]["name"], one["payload"]["conversation"]["id"]) for one in told] == [
            ("Night", str(talk))
        ]
        row = await ruled.now(talk)
        assert row["snoozed_until"] == world.clock() + timedelta(minutes=30)


@pytest.mark.parametrize(("action", "code"), [
    ({"do": "assign", "agent_id": str(UUID(int=9))}, "unknown_agent"), ({"do": "enqueue", "queue_id": str(UUID(int=9))}, "unknown_queue"),
])  # fmt: skip
async def test_a_rule_that_names_nobody_of_the_team_or_no_queue_is_refused(
    ruled: Ruled, action: dict[str, Any], code: str
) -> None:
    with pytest.raises(automation.Refused, match=code):
        await ruled.rule("conversation.opened", [], action)


HERE = Facts(
    conversation_id=UUID(int=1), is_public=False, channel="wechat", inbox_id=UUID(int=2),
    queue_id=UUID(int=4), is_vip=True, state="open", assignee_id=None, tags=["VIP"],
    contact_name="何静", contact_tags=["wholesale"], attributes={"level": "gold", "empty": ""}, text="Ｒｅｔｕｒｎ please",
)  # fmt: skip


@pytest.mark.parametrize(("condition", "holds"), [
    ({"on": "channel", "any_of": ["line", "wechat"]}, True), ({"on": "channel", "any_of": ["line"]}, False),
    ({"on": "inbox", "any_of": [str(UUID(int=2))]}, True), ({"on": "text", "any_of": ["return"]}, True),
    ({"on": "text", "any_of": ["return"], "holds": False}, False), ({"on": "text", "any_of": ["refund"]}, False),
    ({"on": "tag", "any_of": ["vip"]}, True), ({"on": "contact_tag", "any_of": ["retail"], "holds": False}, True),
    ({"on": "attribute", "name": "level", "any_of": ["Gold"]}, True), ({"on": "attribute", "name": "level"}, True),
    ({"on": "attribute", "name": "empty"}, False), ({"on": "attribute", "name": "other", "holds": False}, True),
    ({"on": "assignee", "nobody": True}, True), ({"on": "assignee", "any_of": [str(UUID(int=3))]}, False),
    ({"on": "state", "any_of": ["resolved"]}, False), ({"on": "queue", "any_of": [str(UUID(int=4))]}, True),
    ({"on": "vip"}, True), ({"on": "vip", "holds": False}, False),
])  # fmt: skip
def test_a_condition_holds_or_does_not(condition: dict[str, Any], holds: bool) -> None:
    assert applies([msgspec.convert(condition, Condition)], HERE) is holds


def known(**more: Any) -> Facts:
    return Facts(
        conversation_id=UUID(int=1), channel="line", is_public=False, inbox_id=UUID(int=2), queue_id=UUID(int=3), is_vip=False,
        state="open", assignee_id=None, tags=[], contact_name="", contact_tags=[], attributes={}, **({"text": ""} | more),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        ({"on": "language", "any_of": ["zh"]}, {"language": "zh-TW"}, True),
        ({"on": "language", "any_of": ["zh-CN", "ja"]}, {"language": "zh-TW"}, False),
        ({"on": "language", "any_of": ["en"], "holds": False}, {"language": "ko"}, True),
        ({"on": "language", "any_of": ["en"], "holds": False}, {"language": ""}, False),
        ({"on": "urgency", "any_of": ["high", "urgent"]}, {"urgency": "urgent"}, True),
        ({"on": "mood", "any_of": ["falling", "angry"]}, {"mood": "glad"}, False),
        ({"on": "text", "any_of": ["refund*order"]}, {"text": "a REFUND for my order"}, True),
        ({"on": "text", "any_of": ["order*refund"]}, {"text": "a refund for my order"}, False),
        ({"on": "text", "any_of": ["(a+)+$"]}, {"text": "a" * 5000}, False),
    ],
)
def test_what_is_heard_and_judged_can_be_asked_for(
    condition: dict[str, Any], facts: dict[str, Any], holds: bool
) -> None:
    assert applies(msgspec.convert([condition], list[Condition]), known(**facts)) is holds


async def test_a_rule_about_waiting_is_done_at_its_minute_once_and_not_when_somebody_answered(ruled: Ruled) -> None:
    asked = [{"on": "waited", "minutes": 10}, {"on": "language", "any_of": ["en"]}]
    rule = await ruled.rule("conversation.waited", asked, {"do": "prioritise", "priority": 2})
    with pytest.raises(automation.Refused, match="no_minutes"):
        await ruled.rule("conversation.waited", [], {"do": "resolve"})
    talk = await ruled.writes("a", "hello, is anyone there today?")
    await ruled.goes_on()
    assert await ruled.runs(rule) == []
    for minutes in (11, 20):  # after the second one the house's own half an hour is told, too
        ruled.world.clock.forward(minutes=minutes)
        async with ruled.world.house.db.transaction(ruled.shop.id) as tx:  # a lane goes by the database's clock
            await tx.execute(
                """update lane set next_at = now() where workspace_id = $1 and pool = 'waited'
                     and next_at is not null""",
                ruled.shop.id,
            )
        await ruled.goes_on()
    assert await ruled.runs(rule) == [("done", "")]
    assert (await ruled.now(talk))["priority"] == 2
