"""Rules over the API: each condition said both ways, their order, where they stop, what is refused, and nobody else's."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest_asyncio

from guanxi import conversations
from guanxi.automation import Condition
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Agent, Front, arrives, open_front
from tests.world import Shop

LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
NOBODY = str(uuid4())


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def goes_on(shop: Shop, times: int = 2) -> None:
    for _ in range(times):
        await shop.world.follow_everything(shop.id)
        await shop.world.send_everything()


async def notes(boss: Agent, talk: UUID) -> list[str]:
    rows = (await boss.get(f"/api/conversations/{talk}/messages")).json()["rows"]
    return [row["content"]["text"] for row in rows if row["is_note"]]


async def noting(boss: Agent, name: str, *conditions: Any, kind: str = "message.received", **more: Any) -> str:
    """A rule that writes its own name as a note."""
    made = await boss.post("/api/rules", {"name": name, "kind": kind, "conditions": list(conditions),
                                          "actions": [{"do": "note", "text": name}], "is_on": True} | more)  # fmt: skip
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_each_condition_holds_where_it_should_and_says_no_where_it_should_not(front: Front) -> None:
    shop, agents = await front.opens("Kotori", "mei")
    boss, mei = agents["boss"], agents["mei"]
    door = await shop.connects("line", secrets=LINE)
    other = await shop.connects("line", secrets=LINE | {"channel_secret": "f" * 32})
    yesterday = (front.world.clock().weekday() - 1) % 7
    always = [{"day": day, "opens": "00:00", "closes": "24:00"} for day in range(7)]
    never = {"day": yesterday, "opens": "10:00", "closes": "10:01"}
    day = (await boss.post("/api/hours", {"name": "all day", "time_zone": "UTC", "week": always})).json()["hours"]["id"]
    night = (await boss.post("/api/hours", {"name": "never", "time_zone": "UTC", "week": [never]})).json()["hours"][
        "id"
    ]
    queue = (await boss.post("/api/queues", {"name": "Night", "hours_id": night})).json()["id"]
    first = (await boss.get("/api/queues")).json()[0]["id"]
    await boss.patch(f"/api/inboxes/{door.inbox_id}", {"queue_id": queue})
    front.world.doors.forget()
    before = await arrives(shop, door.inbox_id, "Aoi", "hello")
    async with front.world.house.db.transaction(shop.id) as tx:
        await conversations.resolve(tx, before, agent_id=boss.id)
    front.world.clock.forward(hours=30)
    talk = await arrives(shop, door.inbox_id, "Aoi", "hello again, I would like to ask something")
    contact = (await boss.get(f"/api/conversations/{talk}")).json()["contact"]["id"]
    version = (await boss.get(f"/api/contacts/{contact}")).json()["version"]
    known = {
        "vip": True,
        "tags": ["wholesale"],
        "attributes": {
            "level": "gold",
            "points": "9.5",
            "since": f"{front.world.clock() - timedelta(days=9):%Y-%m-%d}",
        },
    }
    changed = await boss.patch(f"/api/contacts/{contact}", known | {"version": version})
    assert changed.status_code == 200, changed.text
    assert (await boss.post(f"/api/conversations/{talk}/assign", {"agent_id": str(mei.id)})).status_code == 200
    assert (await boss.post(f"/api/conversations/{talk}/tags", {"tags": ["repair"]})).status_code == 200
    await goes_on(shop)
    now = front.world.clock()
    days, place = [now.weekday()], {"time_zone": "UTC"}
    span = {"opens": now.strftime("%H:%M"), "closes": (now + timedelta(minutes=2)).strftime("%H:%M")}
    table: list[tuple[dict[str, Any], dict[str, Any]]] = [  # (holds, does not)
        ({"on": "channel", "any_of": ["wechat", "line"]}, {"on": "channel", "any_of": ["wechat"]}),
        ({"on": "inbox", "any_of": [str(door.inbox_id)]}, {"on": "inbox", "any_of": [str(other.inbox_id)]}),
        ({"on": "text", "any_of": ["REFUND"]}, {"on": "text", "any_of": ["repair"]}),
        ({"on": "text", "any_of": ["repair"], "holds": False}, {"on": "text", "any_of": ["refund"], "holds": False}),
        ({"on": "text", "any_of": ["furious*refund"]}, {"on": "text", "any_of": ["refund*furious"]}),
        ({"on": "content", "any_of": ["text", "image"]}, {"on": "content", "any_of": ["image"]}),
        ({"on": "contact_tag", "any_of": ["Wholesale"]}, {"on": "contact_tag", "any_of": ["retail"]}),
        ({"on": "contact_tag", "any_of": ["retail"], "holds": False}, {"on": "contact_tag", "any_of": ["wholesale"], "holds": False}),
        ({"on": "tag", "any_of": ["repair"]}, {"on": "tag", "any_of": ["other"]}),
        ({"on": "tag", "any_of": ["other"], "holds": False}, {"on": "tag", "any_of": ["repair"], "holds": False}),
        ({"on": "attribute", "name": "level", "any_of": ["Gold"]}, {"on": "attribute", "name": "level", "any_of": ["iron"]}),
        ({"on": "attribute", "name": "level"}, {"on": "attribute", "name": "size"}),
        ({"on": "attribute", "name": "size", "holds": False}, {"on": "attribute", "name": "level", "holds": False}),
        ({"on": "assignee", "any_of": [str(mei.id)]}, {"on": "assignee", "any_of": [str(boss.id)]}),
        ({"on": "assignee", "any_of": [str(mei.id)], "nobody": True}, {"on": "assignee", "nobody": True}),
        ({"on": "queue", "any_of": [queue]}, {"on": "queue", "any_of": [first]}),
        ({"on": "vip"}, {"on": "vip", "holds": False}),
        ({"on": "known"}, {"on": "known", "holds": False}),
        ({"on": "hours", "holds": False}, {"on": "hours"}),  # its queue's, which are closed
        ({"on": "hours", "hours_id": day}, {"on": "hours", "hours_id": day, "holds": False}),
        ({"on": "hours", "hours_id": night, "holds": False}, {"on": "hours", "hours_id": night}),
        ({"on": "time", "days": days} | span | place, {"on": "time", "days": [(days[0] + 3) % 7]} | span | place),
        ({"on": "time", "days": [(days[0] + 3) % 7], "holds": False} | span | place, {"on": "time", "days": days, "holds": False} | span | place),
        ({"on": "state", "any_of": ["open", "snoozed"]}, {"on": "state", "any_of": ["resolved"]}),
        ({"on": "public", "holds": False}, {"on": "public"}),
        ({"on": "language", "any_of": ["en", "ja"]}, {"on": "language", "any_of": ["ja"]}),
        ({"on": "language", "any_of": ["ja"], "holds": False}, {"on": "language", "any_of": ["en"], "holds": False}),
        ({"on": "urgency", "any_of": ["high", "urgent"]}, {"on": "urgency", "any_of": ["low", "normal"]}),
        ({"on": "mood", "any_of": ["angry", "falling"]}, {"on": "mood", "any_of": ["glad"]}),
        ({"on": "waited", "minutes": 5}, {"on": "waited", "minutes": 60}),
        ({"on": "earlier", "count": 1}, {"on": "earlier", "count": 2}),
        ({"on": "earlier", "count": 2, "holds": False}, {"on": "earlier", "count": 1, "holds": False}),
        ({"on": "attribute", "name": "points", "how": "at_least", "number": 9.5}, {"on": "attribute", "name": "points", "how": "above", "number": 9.5}),
        ({"on": "attribute", "name": "since", "how": "last_days", "days": 400}, {"on": "attribute", "name": "since", "how": "next_days", "days": 400}),
    ]  # fmt: skip
    kinds = {one["on"] for one in described_conditions()}
    assert {pair[0]["on"] for pair in table} == kinds  # who adds a condition says it here, both ways
    for number, (holds, fails) in enumerate(table):
        await noting(boss, f"{number} no", fails)
        await noting(boss, f"{number} yes", holds)
    async with front.world.house.db.transaction(shop.id) as tx:
        await tx.execute(
            "update conversation set waiting_since = $3 where workspace_id = $1 and id = $2",
            shop.id,
            talk,
            now - timedelta(minutes=10),
        )
    await arrives(shop, door.inbox_id, "Aoi", "I am furious, I want a refund immediately, call my lawyer")
    await goes_on(shop)
    assert await notes(boss, talk) == [f"{number} yes" for number in range(len(table))]


def described_conditions() -> list[dict[str, str]]:
    return [{"on": str(one.__struct_config__.tag)} for one in Condition.__args__ if issubclass(one, msgspec.Struct)]


async def test_rules_answer_in_the_order_that_is_kept_and_one_that_stops_ends_it(front: Front) -> None:
    shop, agents = await front.opens("Ordered")
    boss = agents["boss"]
    door = await shop.connects("line", secrets=LINE)
    chance = random.Random(20_261_122)
    names = [f"r{n}" for n in range(7)]
    ids = {name: await noting(boss, name) for name in names}
    for round_ in range(4):
        order = chance.sample(names, len(names))
        stops = set(chance.sample(names, round_ % 3))
        silent = set(chance.sample(names, 2))  # their condition fails: they stop nothing
        kept = await boss.http.put("/api/rules/order", json={"ids": [ids[name] for name in order]})
        assert [row["name"] for row in kept.json()["rows"]] == order
        for name in names:
            says = [{"on": "text", "any_of": ["nothing of this"]}] if name in silent else []
            change = {"stops": name in stops, "conditions": says}
            assert (await boss.patch(f"/api/rules/{ids[name]}", change)).json()["stops"] is (name in stops)
        talk = await arrives(shop, door.inbox_id, f"contact {round_}", "hello")
        await goes_on(shop)
        speak = [name for name in order if name not in silent]
        last = next((n for n, name in enumerate(speak) if name in stops), len(speak))
        assert await notes(boss, talk) == speak[: last + 1], (order, stops, silent)


async def test_a_rule_that_stops_stops_only_when_it_was_done(front: Front) -> None:
    shop, agents = await front.opens("Stopping", "mei")
    boss, mei = agents["boss"], agents["mei"]
    door = await shop.connects("line", secrets=LINE)
    first = await noting(boss, "first", stops=True, actions=[{"do": "assign", "agent_id": str(mei.id)}])
    await noting(boss, "second")
    one = await arrives(shop, door.inbox_id, "a", "hello")
    await goes_on(shop)
    assert await notes(boss, one) == []
    assert (await boss.patch(f"/api/agents/{mei.id}", {"removed": True})).status_code == 200
    page = (await boss.get("/api/rules")).json()
    assert page["gone"] == {first: [{"what": "agent", "id": str(mei.id)}]}
    two = await arrives(shop, door.inbox_id, "b", "hello")
    await goes_on(shop)
    assert await notes(boss, two) == ["second"]
    run = (await boss.get(f"/api/rules/{first}/runs")).json()[0]
    assert (run["outcome"], run["problem"]) == ("failed", "agent_gone")
    assert (await boss.patch(f"/api/rules/{first}", {"is_on": False})).status_code == 200
    again = await boss.patch(f"/api/rules/{first}", {"is_on": True})
    assert (again.status_code, again.json()["error"]) == (422, "unknown_agent")


async def test_what_makes_no_sense_is_refused_with_a_word_for_it(front: Front) -> None:
    _, agents = await front.opens("Strict")
    _, others = await front.opens("Others")
    boss = agents["boss"]
    rule = {"name": "r", "kind": "message.received", "conditions": [], "actions": [{"do": "resolve"}]}
    theirs = (await others["boss"].post("/api/rules", rule)).json()["id"]
    mine = [(await boss.post("/api/rules", rule | {"name": name})).json()["id"] for name in ("a", "b")]
    time = {"on": "time", "days": [0], "opens": "09:00", "closes": "18:00", "time_zone": "Asia/Tokyo"}
    for wrong, code in (
        ({"kind": "nothing.happened"}, "unknown_kind"),
        ({"actions": []}, "no_actions"),
        ({"actions": [{"do": "resolve"}] * 11}, "invalid"),
        ({"conditions": [{"on": "vip"}] * 21}, "invalid"),
        ({"conditions": [{"on": "text", "any_of": []}]}, "invalid"),
        ({"conditions": [{"on": "text", "any_of": ["x" * 101]}]}, "invalid"),
        ({"conditions": [{"on": "code", "run": "1"}]}, "invalid"),
        ({"conditions": [time | {"days": []}]}, "invalid"),
        ({"conditions": [time | {"opens": "9 o'clock"}]}, "invalid"),
        ({"conditions": [time | {"time_zone": "Mars/Olympus"}]}, "unknown_time_zone"),
        ({"conditions": [{"on": "hours", "hours_id": NOBODY}]}, "unknown_hours"),
        ({"conditions": [{"on": "queue", "any_of": [NOBODY]}]}, "unknown_queue"),
        ({"conditions": [{"on": "inbox", "any_of": [NOBODY]}]}, "unknown_inbox"),
        ({"actions": [{"do": "assign", "agent_id": str(others["boss"].id)}]}, "unknown_agent"),
        ({"actions": [{"do": "webhook", "webhook_id": NOBODY}]}, "unknown_webhook"),
        ({"actions": [{"do": "promise", "policy_id": NOBODY}]}, "unknown_policy"),
        ({"kind": "conversation.waited"}, "no_minutes"),
    ):
        answer = await boss.post("/api/rules", rule | wrong)
        assert (answer.status_code, answer.json()["error"]) == (422, code), wrong
        assert (await boss.patch(f"/api/rules/{mine[0]}", wrong)).status_code == 422, wrong
    for ids in ([mine[0]], [mine[1], mine[0], theirs], [mine[0], mine[0]], [theirs, mine[0]]):
        answer = await boss.http.put("/api/rules/order", json={"ids": ids})
        assert (answer.status_code, answer.json()["error"]) == (409, "stale"), ids
    turned = await boss.http.put("/api/rules/order", json={"ids": mine[::-1]})
    assert [row["id"] for row in turned.json()["rows"]] == mine[::-1]
    entry = (await boss.get("/api/audit", area="rule")).json()["rows"][0]
    assert (entry["action"], entry["details"]["changes"]["order"]) == ("rule.ordered", ["a → b", "b → a"])


async def test_alarm_words_of_ones_own_count_at_once_in_their_language_and_ours_can_be_switched_off(
    front: Front,
) -> None:
    shop, agents = await front.opens("Words", "mei")
    boss, mei = agents["boss"], agents["mei"]
    door = await shop.connects("line", secrets=LINE)
    own = [
        {"word": "glaze is crawling", "means": "urgent", "language": "en"},
        {"word": "refund", "means": "nothing", "language": ""},
    ]

    async def stands(who: str, text: str) -> tuple[str, str]:
        talk = await arrives(shop, door.inbox_id, who, text)
        await goes_on(shop, 1)
        row = (await boss.get(f"/api/conversations/{talk}")).json()
        return row["urgency"], row["mood"]

    crawls, money = "the glaze is crawling on every bowl that you sent", "I would like a refund for this order"
    assert (await stands("a", crawls), await stands("b", money)) == (("normal", "neutral"), ("high", "neutral"))
    tried = {"text": crawls, "words": own}
    said = (await boss.post("/api/alarm-words/try", tried)).json()
    assert (said["language"], said["urgency"], said["found"]) == (
        "en", "urgent", [{"word": "glaze is crawling", "means": "urgent", "counts_as": "urgent", "own": True}],
    )  # fmt: skip
    assert (await boss.post("/api/alarm-words/try", {"text": crawls})).json()["urgency"] == "normal"  # not kept yet
    assert (await boss.http.put("/api/alarm-words", json={"words": own, "seen": []})).json() == {"words": own}
    assert (await stands("c", crawls), await stands("d", money)) == (("urgent", "neutral"), ("normal", "neutral"))
    japanese = [own[0] | {"language": "ja"}]
    other = (await boss.post("/api/alarm-words/try", {"text": crawls, "words": japanese})).json()
    assert (other["urgency"], other["found"]) == ("normal", [])
    no = (await boss.post("/api/alarm-words/try", {"text": "this is not a complaint"})).json()
    assert no["found"][0] | {"word": ""} == {"word": "", "means": "high", "counts_as": "nothing", "own": False}
    entry = (await boss.get("/api/audit", area="workspace")).json()["rows"][0]
    assert entry["action"] == "workspace.alarm_words"
    assert entry["details"]["changes"]["alarm_words"][1] == "glaze is crawling (urgent, en), refund (nothing)"
    ours = (await boss.get("/api/alarm-words/ours")).json()
    assert {"word": "refund", "means": "high", "language": "en"} in ours
    assert {one["language"] for one in ours} == {"zh", "en", "ja", "ko", "es"}
    for wrong, code in (
        ([own[1], own[1] | {"word": "ＲＥＦＵＮＤ"}], "word_twice"), ([own[0] | {"language": "tlh"}], "unknown_language"),
        ([own[0] | {"word": " "}], "empty_word"), ([own[0] | {"word": "x" * 61}], "invalid"),
        ([own[0] | {"means": "danger!"}], "invalid"), ([own[0]] * 201, "invalid"),
    ):  # fmt: skip
        answer = await boss.http.put("/api/alarm-words", json={"words": wrong})
        assert (answer.status_code, answer.json()["error"]) == (422, code), wrong
    stale = await boss.http.put("/api/alarm-words", json={"words": [], "seen": []})
    assert (stale.status_code, stale.json()["error"]) == (409, "stale")
    assert (await mei.http.put("/api/alarm-words", json={"words": []})).status_code == 403
    assert (await mei.post("/api/alarm-words/try", {"text": "x"})).status_code == 403
