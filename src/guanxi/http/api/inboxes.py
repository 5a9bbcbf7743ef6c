"""Inboxes: which channels there are, which accounts are connected, whether they work, what could not be read."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post

from guanxi import channels, conversations, inboxes, views
from guanxi.channel_kit import LIMIT_PREFIX, Access, Channel, MaybeSent, NotSent, adjustable, limits_said
from guanxi.http.api.conversations import Cursor, Place
from guanxi.http.api.given import as_text
from guanxi.http.api.shapes import Nothing
from guanxi.http.api.shapes_house import Can, ChannelView, Check, InboxView, Quarantined, QuarantinePage
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.http.introduction import link
from guanxi.infra.sql import Tx
from guanxi.pipeline.lend import Lender

QUARANTINE_PAGE = 30
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
LongText = Annotated[str, msgspec.Meta(max_length=2000)]
Values = Annotated[
    dict[Annotated[str, msgspec.Meta(max_length=60)], Annotated[str, msgspec.Meta(max_length=4000)]],
    msgspec.Meta(max_length=60),
]


Limits = Annotated[
    dict[Annotated[str, msgspec.Meta(max_length=60)], Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] | None],
    msgspec.Meta(max_length=100),
]


class ConnectInbox(msgspec.Struct, kw_only=True):
    channel: str
    name: Name
    settings: Values = {}
    secrets: Values = {}
    greeting: LongText = ""
    away_text: LongText = ""
    queue_id: UUID | None = None


class ChangeInbox(msgspec.Struct, kw_only=True):
    """A secret that is left out stays as it is. `limits` by the keys of the channel's; null: what the channel says. Those that
    are left out stay."""

    name: Name | None = None
    settings: Values | None = None
    secrets: Values | None = None
    limits: Limits | None = None
    greeting: LongText | None = None
    away_text: LongText | None = None
    queue_id: UUID | None = None


class CheckInbox(msgspec.Struct, kw_only=True):
    channel: str
    settings: Values = {}
    secrets: Values = {}


@get("/channels", operation_id="list_channels", right="look")
async def list_channels(desk: Desk) -> list[ChannelView]:
    """All channels of this installation, with their forms, limits, words and drawings."""
    return [_channel_view(channel) for channel in channels.all_channels().values()]


def _channel_view(channel: Channel) -> ChannelView:
    manifest, can = channel.manifest, channel.manifest.capabilities
    return ChannelView(
        key=manifest.key,
        title=manifest.title,
        words={language: dict(channels.words(manifest.key, language)) for language in conversations.LANGUAGES},
        icon=channels.icon(manifest.key),
        signs=manifest.signs,
        medium=manifest.medium,
        webhook=manifest.webhook,
        checks=channel.check is not None,
        introduces=channel.introduction is not None,
        settings=manifest.settings,
        capabilities=Can(
            receives=can.receives,
            sends=dict(can.sends),
            reply_windows=can.reply_windows,
            receipts=can.receipts,
            typing=can.typing,
            recall=can.recall,
            rating=bool(can.rating),
            public_sends=dict(can.public_sends),
            menu=can.menu is not None,
            codes=can.codes is not None,
        ),
        limits=adjustable(manifest),
    )


@get("/inboxes", operation_id="list_inboxes", right="look")
async def list_inboxes(desk: Desk) -> list[InboxView]:
    """All connected accounts."""
    async with desk.reading() as tx:
        return await _inbox_views(desk, tx, None)


async def _inbox_views(desk: Desk, tx: Tx, inbox_id: UUID | None) -> list[InboxView]:
    found = []
    for id_, text in await views.inboxes(tx, inbox_id):
        row: dict[str, Any] = msgspec.json.decode(text)
        door = await inboxes.find_door(tx, id_, desk.house.sealer)
        channel = channels.all_channels().get(row["channel"])
        row["limits"] = limits_said(channel.manifest, row["settings"]) if channel is not None else {}
        row["settings"] = {key: value for key, value in row["settings"].items() if not key.startswith(LIMIT_PREFIX)}
        row["secrets_set"] = sorted(door.secrets) if door else []
        has_address = channel is not None and channel.manifest.webhook
        row["webhook_url"] = f"{desk.house.settings.public_url}/in/{row['address']}" if has_address else None
        introduces = channel is not None and channel.introduction is not None
        row["introduction_url"] = (
            link(desk.house.settings.public_url, desk.who.workspace_id, id_) if introduces else None
        )
        has_side_page = channel is not None and channel.page_signature is not None
        row["sidebar_url"] = f"{desk.house.settings.public_url}/sidebar?inbox={id_}" if has_side_page else None
        row["public_url"] = desk.house.settings.said_public_url() or None
        found.append(msgspec.convert(row, InboxView))
    return found


async def _inbox_view(desk: Desk, tx: Tx, inbox_id: UUID) -> InboxView:
    found = await _inbox_views(desk, tx, inbox_id)
    if not found:
        raise not_found()
    return found[0]


@post("/inboxes", operation_id="connect_inbox", right="channels")
async def connect_inbox(desk: Desk, data: ConnectInbox) -> InboxView:
    """Connect an account. 422 invalid names the fields that are wrong."""
    channel = _channel(data.channel)
    async with desk.transaction() as tx:
        inbox_id = await inboxes.connect(
            tx,
            channel.manifest,
            name=data.name,
            settings=data.settings,
            secrets=data.secrets,
            sealer=desk.house.sealer,
            by=desk.agent_id,
            greeting=data.greeting,
            away_text=data.away_text,
        )
        if data.queue_id is not None:
            await inboxes.lead_to(tx, inbox_id, data.queue_id, by=desk.agent_id)
        return await _inbox_view(desk, tx, inbox_id)


@patch("/inboxes/{inbox_id:uuid}", operation_id="change_inbox", right="channels")
async def change_inbox(desk: Desk, inbox_id: UUID, data: ChangeInbox) -> InboxView:
    """Change what is given."""
    async with desk.transaction() as tx:
        inbox = await _inbox_view(desk, tx, inbox_id)
        await inboxes.change(
            tx,
            _channel(inbox.channel).manifest,
            inbox_id,
            sealer=desk.house.sealer,
            by=desk.agent_id,
            name=data.name,
            settings=data.settings,
            secrets=data.secrets,
            limits=data.limits,
            greeting=data.greeting,
            away_text=data.away_text,
        )
        if data.queue_id is not None:
            await inboxes.lead_to(tx, inbox_id, data.queue_id, by=desk.agent_id)
        return await _inbox_view(desk, tx, inbox_id)


@post("/inboxes/check", operation_id="check_before_saving", right="channels", status_code=200)
async def check_unsaved(desk: Desk, lender: Lender, data: CheckInbox) -> Check:
    """Try credentials that are not saved yet."""
    return await _check(_channel(data.channel), lender.lend_unsaved(data.settings, data.secrets))


@post("/inboxes/{inbox_id:uuid}/check", operation_id="check_inbox", right="channels", status_code=200)
async def check_inbox(desk: Desk, lender: Lender, inbox_id: UUID) -> Check:
    """Try the credentials that are saved."""
    async with desk.reading() as tx:
        door = await inboxes.find_door(tx, inbox_id, desk.house.sealer)
    if door is None or door.state == "removed":
        raise not_found()
    return await _check(_channel(door.channel), lender.lend(door))


async def _check(channel: Channel, access: Access) -> Check:
    if channel.check is None:
        return Check(ok=True, code="")
    try:
        code = await channel.check(access)
    except NotSent as error:
        return Check(ok=False, code="unreachable", detail=str(error)[:200])
    except (MaybeSent, TimeoutError) as error:
        return Check(ok=False, code="no_answer", detail=str(error)[:200])
    code, _, detail = code.partition(":")  # the words of some codes need a detail
    return Check(ok=code in ("", "not_asked"), code=code, detail=detail[:200])


@post("/inboxes/{inbox_id:uuid}/pause", operation_id="pause_inbox", right="channels", status_code=200)
async def pause_inbox(desk: Desk, inbox_id: UUID) -> InboxView:
    """Send nothing until it is resumed. What arrives is kept and shown; replies wait, in their order."""
    async with desk.transaction() as tx:
        await inboxes.pause(tx, inbox_id, inboxes.BY_HAND, by=desk.agent_id)
        return await _inbox_view(desk, tx, inbox_id)


@post("/inboxes/{inbox_id:uuid}/resume", operation_id="resume_inbox", right="channels", status_code=200)
async def resume_inbox(desk: Desk, inbox_id: UUID) -> InboxView:
    """Send again, first what has waited."""
    async with desk.transaction() as tx:
        await inboxes.resume(tx, inbox_id, by=desk.agent_id)
        return await _inbox_view(desk, tx, inbox_id)


@delete("/inboxes/{inbox_id:uuid}", operation_id="remove_inbox", right="channels", status_code=200)
async def remove_inbox(desk: Desk, inbox_id: UUID) -> Nothing:
    """Disconnect it. Its conversations stay."""
    async with desk.transaction() as tx:
        await inboxes.remove(tx, inbox_id, by=desk.agent_id)
    return Nothing()


@get("/inboxes/{inbox_id:uuid}/quarantine", operation_id="list_quarantine", right="channels")
async def list_quarantine(desk: Desk, inbox_id: UUID, after: Cursor = None) -> QuarantinePage:
    """Requests that could not be read, newest first."""
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise views.BadCursor
    async with desk.revealing("reveal.quarantine", "inbox", inbox_id) as tx:
        before = int(after) if after else (1 << 63) - 1
        rows = await views.quarantined(tx, inbox_id, before=before, limit=QUARANTINE_PAGE + 1)
        if rows is None:
            raise not_found()
    shown = [
        Quarantined(
            seq=row["seq"],
            received_at=row["received_at"],
            attempts=row["attempts"],
            problem=row["problem"] or "",
            method=row["method"],
            headers=views.showable(row["headers"]),
            **as_text(row["body"]),
        )
        for row in rows[:QUARANTINE_PAGE]
    ]
    return QuarantinePage(rows=shown, next=str(shown[-1].seq) if len(rows) > QUARANTINE_PAGE else None)


@post("/inboxes/{inbox_id:uuid}/quarantine/{seq:int}/replay", operation_id="replay", right="channels", status_code=200)
async def replay(desk: Desk, inbox_id: UUID, seq: Place) -> Nothing:
    """Read it again, as if it had just arrived."""
    async with desk.transaction() as tx:
        await inboxes.replay(tx, inbox_id, seq)
    desk.house.bus.wake("inbound")
    return Nothing()


def _channel(key: str) -> Channel:
    channel = channels.all_channels().get(key)
    if channel is None:
        raise Refusal(422, "invalid", fields={"channel": "unknown"})
    return channel


routes = [
    list_channels, list_inboxes, connect_inbox, change_inbox, check_unsaved, check_inbox, pause_inbox, resume_inbox, remove_inbox,
    list_quarantine, replay,
]  # fmt: skip
