"""An application of the house on the api channel, over real HTTP in both directions."""

from __future__ import annotations

from tests.channels.application import PNG, SIGNING, TOKEN, Connected, message


async def test_an_application_posts_hears_the_reply_and_tells_what_became_of_it(connected: Connected) -> None:
    assert (await connected.posts(message("m-1", kind="text", text="hello"))).status_code == 202
    assert (await connected.posts(message("m-1", kind="text", text="hello"))).status_code == 202
    assert [one["content"]["text"] for one in await connected.said()] == ["hello"]
    reply = await connected.replies({"kind": "text", "text": "good day"})
    told = connected.app.heard[str(reply)]
    assert (told["to"], told["agent"], told["content"]) == ("u-7", "boss", {"kind": "text", "text": "good day"})
    assert [one["state"] for one in await connected.said()] == ["received", "sent"]
    for status in ("delivered", "read"):
        receipt = {"receipt": {"message": "r-0", "status": status, "at": "2026-11-21T10:00:09Z"}}
        assert (await connected.posts(receipt)).status_code == 202
        assert (await connected.said())[-1]["state"] == status


async def test_without_the_inboxes_own_token_nothing_is_kept(connected: Connected) -> None:
    other = await connected.boss.post("/api/inboxes", {
        "channel": "api", "name": "Another", "settings": {"reply_url": f"{connected.app.url}/x"},
        "secrets": {"token": "token-of-another-application", "signing_secret": SIGNING},
    })  # fmt: skip
    assert other.status_code == 201
    for token in ("x", "wrong", TOKEN + "x", "token-of-another-application"):
        assert (await connected.posts(message("m-1", kind="text", text="x"), token)).status_code == 401
    assert await connected.said() == []


async def test_a_picture_comes_in_and_goes_out(connected: Connected) -> None:
    await connected.posts(message("m-1", kind="image", url=f"{connected.app.url}/cup.png", text="broken"))
    await connected.front.world.send_everything()
    arrived = (await connected.said())[0]
    assert (await connected.boss.http.get(arrived["content"]["media"]["url"])).content == PNG
    kept = (await connected.boss.http.post("/api/files", files={"file": ("杯.png", PNG)})).json()
    reply = await connected.replies({"kind": "image", "media": {"key": kept["key"]}})
    sent = connected.app.heard[str(reply)]["content"]
    assert (sent["kind"], sent["name"], sent["size"]) == ("image", "杯.png", len(PNG))
    assert (await connected.front.stranger().get(sent["url"])).content == PNG


async def test_a_reply_whose_answer_is_lost_is_repeated_under_its_id_and_heard_once(connected: Connected) -> None:
    await connected.posts(message("m-1", kind="text", text="hello"))
    connected.app.script.next("reply", "accept_then_drop")
    reply = await connected.replies({"kind": "text", "text": "once"})
    async with connected.front.world.house.db.transaction(connected.shop.id) as tx:
        await tx.execute("update lane set next_at = now() where workspace_id = $1", connected.shop.id)
    await connected.front.world.send_everything()
    assert len(connected.app.calls) == 2
    assert list(connected.app.heard) == [str(reply)]
    assert (await connected.said())[-1]["state"] == "sent"


async def test_the_connection_is_checked_with_a_signed_hello(connected: Connected) -> None:
    good = await connected.boss.post(f"/api/inboxes/{connected.inbox['id']}/check")
    assert good.json() == {"ok": True, "code": "", "detail": ""}
    assert connected.app.calls[-1].json()["kind"] == "hello"
    await connected.boss.patch(f"/api/inboxes/{connected.inbox['id']}", {"secrets": {"signing_secret": "wrong-one"}})
    bad = await connected.boss.post(f"/api/inboxes/{connected.inbox['id']}/check")
    assert (bad.json()["ok"], bad.json()["code"]) == (False, "refused_credentials")
