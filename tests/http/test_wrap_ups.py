"""Wrap-up codes: said when something is resolved, by whichever way; shown in the thread, and counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from guanxi import conversations
from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.http.desk import Front, arrives, open_front

pytestmark = pytest.mark.asyncio
LINE = {"channel_secret": "0123456789abcdef0123456789abcdef", "channel_access_token": "token"}
CODES = [{"name": "退换货", "codes": [{"name": "尺码不合"}, {"name": "质量问题"}]}, {"name": "咨询"}]


@pytest_asyncio.fixture(scope="module")
async def front(server: Server) -> AsyncIterator[Front]:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            yield front


async def test_where_one_is_wanted_nothing_is_resolved_without_it_by_whichever_way(front: Front) -> None:
    shop, people = await front.opens("Wraps", "mei")
    boss, mei = people["boss"], people["mei"]
    door = await shop.connects("line", secrets=LINE)
    talks = [str(await arrives(shop, door.inbox_id, f"c{n}", "hello")) for n in range(3)]
    assert (await mei.http.put("/api/wrap-ups", json={"needed": False, "codes": []})).status_code == 403
    none = await boss.http.put("/api/wrap-ups", json={"needed": True, "codes": []})
    assert (none.status_code, none.json()["error"]) == (422, "no_codes")
    kept: Any = (await boss.http.put("/api/wrap-ups", json={"needed": True, "codes": CODES})).json()
    group, lone = kept["codes"]
    size = group["codes"][0]["id"]

    async def resolves(talk: str, code: str | None) -> tuple[int, str]:
        answer = await mei.post(f"/api/conversations/{talk}/resolve", {"wrap_up_id": code})
        return answer.status_code, answer.json().get("error", "")

    assert (await mei.post(f"/api/conversations/{talks[0]}/resolve")).json()["error"] == "wrap_up_needed"
    _, others = await front.opens("Elsewhere")
    theirs = (await others["boss"].http.put("/api/wrap-ups", json={"needed": False, "codes": CODES})).json()
    for wrong in (group["id"], str(uuid4()), theirs["codes"][1]["id"]):  # a group, nothing, another workspace's
        assert await resolves(talks[0], wrong) == (422, "unknown_code")
    stolen = {"needed": False, "codes": [{"name": "mine", "id": lone["id"]}]}
    assert (await others["boss"].http.put("/api/wrap-ups", json=stolen)).json()["error"] == "unknown_code"

    versions = {row["id"]: row["version"] for row in (await mei.get("/api/conversations")).json()["rows"]}
    items = [
        {"id": talks[1], "version": versions[talks[1]], "act": {"do": "resolve"}},
        {"id": talks[2], "version": versions[talks[2]], "act": {"do": "resolve", "wrap_up_id": lone["id"]}},
    ]
    outcomes = (await mei.post("/api/conversations/bulk", {"items": items})).json()["outcomes"]
    assert [(one["outcome"], one["reason"]) for one in outcomes] == [("refused", "wrap_up_needed"), ("done", "")]
    async with front.world.house.db.transaction(shop.id) as tx:  # a rule resolves by the same verb
        with pytest.raises(conversations.Refused, match="wrap_up_needed"):
            await conversations.resolve(tx, UUID(talks[1]), agent_id=None)

    assert await resolves(talks[0], size) == (200, "")
    detail = (await mei.get(f"/api/conversations/{talks[0]}")).json()
    assert detail["wrap_up"] == {"id": size, "name": "退换货 / 尺码不合"}
    lines = (await mei.get(f"/api/conversations/{talks[0]}/messages")).json()["rows"]
    assert (lines[-1]["content"]["what"], lines[-1]["content"]["note"]) == ("resolved", "退换货 / 尺码不合")

    await mei.post(f"/api/conversations/{talks[0]}/reopen")  # it keeps its code until another one is said
    assert await resolves(talks[0], None) == (200, "")

    # what is taken out is chosen no more, and still counted under its name
    left = {"needed": False, "codes": [{"name": "退换货", "id": group["id"]}]}
    assert (await boss.http.put("/api/wrap-ups", json=left)).json()["codes"] == [group | {"codes": []}]
    assert await resolves(talks[1], lone["id"]) == (422, "unknown_code")
    await shop.world.follow_everything(shop.id)
    counted = (await boss.get("/api/reports")).json()["wrap_ups"]
    assert [(one["name"], one["count"], one["removed"]) for one in counted] == [
        ("退换货 / 尺码不合", 2, True),
        ("咨询", 1, True),
    ]
