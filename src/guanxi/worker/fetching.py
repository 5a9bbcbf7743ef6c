"""What a channel keeps for us (files, profiles) and is told beside the talk (that we have read): done by the hands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from guanxi import channels, contacts, conversations
from guanxi import content as contents
from guanxi.channel_kit import Download, FileGone, MaybeSent, NotSent, Profile
from guanxi.content import Media
from guanxi.house import House
from guanxi.inboxes import Door
from guanxi.infra import media as files
from guanxi.infra.jobs import Job, enqueue
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.hand_over import say_that_one_waits
from guanxi.pipeline.lend import Lender
from guanxi.pipeline.rate import say_last_word


class TryAgain(Exception):
    """It did not work now; the lane tries again later."""


async def fetch_file(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """Fetch the file of one message and put it into our store. A file that cannot be had says so in its place."""
    conversation_id, seq = UUID(job.args["conversation"]), int(job.args["seq"])
    async with house.db.reading(workspace_id) as tx:
        conversation_id, seq = await conversations.place_of(tx, conversation_id, seq) or (conversation_id, seq)
        row = await conversations.find_reply(tx, conversation_id, seq)
    content = _content(row) if row is not None and row["state"] != "unsent" else None
    media = contents.media_of(content) if content is not None else None
    door = await doors.get(workspace_id, UUID(job.args["inbox"]))
    if content is None or media is None or media.key or door is None:
        return
    channel = channels.get(door.channel)
    assert channel.fetch_media is not None
    try:
        got = await channel.fetch_media(media, lender.lend(door))
        kept = await _keep(house, workspace_id, media, got)
    except FileGone as gone:
        kept = msgspec.structs.replace(media, problem=str(gone))
    except (NotSent, MaybeSent) as error:
        if job.attempts < 6:
            raise TryAgain(str(error)) from error
        kept = msgspec.structs.replace(media, problem="not_fetched")
    async with house.db.transaction(workspace_id) as tx:
        await contacts.get_identity(tx, await conversations.identity_of(tx, conversation_id), lock=True)
        conversation_id, seq = await conversations.place_of(tx, conversation_id, seq) or (conversation_id, seq)
        conversation = await conversations.lock(tx, conversation_id)
        now = await conversations.find_reply(tx, conversation_id, seq)
        if now["state"] != "unsent":
            await conversations.change_message(tx, conversation, seq, content=contents.with_media(content, kept))


def _content(row: Any) -> contents.Content:
    return contents.decode(msgspec.json.encode(row["content"]))


async def _keep(house: House, workspace_id: UUID, media: Media, got: Download | str) -> Media:
    if isinstance(got, str):
        return msgspec.structs.replace(media, problem=got)
    try:
        stored = await house.media.put(workspace_id, got.body, got.name or media.name, media.type or got.type)
    except files.Refused as error:
        return msgspec.structs.replace(media, problem=error.code)
    async with house.db.transaction(workspace_id) as tx:
        await conversations.keep_media(tx, stored)
    return msgspec.structs.replace(
        media, key=stored.key, type=stored.type, name=stored.name or media.name, size=stored.size,
        width=stored.width, height=stored.height, duration=media.duration or stored.duration,
    )  # fmt: skip


async def fetch_profile(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """Ask the platform who somebody is, unless he has told it himself, and fetch his picture."""
    door = await doors.get(workspace_id, UUID(job.args["inbox"]))
    async with house.db.reading(workspace_id) as tx:
        identity = await contacts.find_identity(tx, UUID(job.args["identity"]))
    if door is None or identity is None or door.state == "removed":
        return
    try:
        profile = await _profile(door, lender, identity.external_id, job)
    except (NotSent, MaybeSent) as error:
        if job.attempts < 4:
            raise TryAgain(str(error)) from error
        return
    if profile is None:
        return
    avatar = await _picture(house, workspace_id, profile)
    async with house.db.transaction(workspace_id) as tx:
        await contacts.save_profile(
            tx,
            identity.id,
            name=profile.name,
            avatar=avatar,
            language=profile.language,
            attributes=profile.attributes,
        )
        if profile.attributes.get("unionid"):
            await enqueue(tx, [contacts.want_match(identity.id)])


async def mark_read(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """Tell the platform that a message and all before it have been read. It is worth three tries and no trouble."""
    door = await doors.get(workspace_id, UUID(job.args["inbox"]))
    channel = channels.get(door.channel) if door is not None and door.state == "active" else None
    if door is None or channel is None or channel.mark_read is None:
        return
    try:
        await channel.mark_read(job.args["token"], lender.lend(door))
    except (NotSent, MaybeSent) as error:
        if job.attempts < 3:
            raise TryAgain(str(error)) from error


async def end_talk(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """Tell the platform that the talk of a resolved conversation is over, behind all that is still to be sent in it.
    With that nothing can be written to the person until he writes again, but for what the end itself gives a word for."""
    conversation_id = UUID(job.args["conversation"])
    door = await doors.get(workspace_id, UUID(job.args["inbox"]))
    channel = channels.get(door.channel) if door is not None and door.state == "active" else None
    async with house.db.reading(workspace_id) as tx:
        whom = await conversations.whom_to_leave(tx, conversation_id)
    if door is None or channel is None or channel.end is None or whom is None:
        return
    if whom["is_busy"]:
        raise TryAgain("something is still on its way")
    try:
        opened = await channel.end(whom["external_id"], lender.lend(door))
    except (NotSent, MaybeSent) as error:
        if job.attempts < 6:
            raise TryAgain(str(error)) from error
        return
    if opened is None:
        return
    async with house.db.transaction(workspace_id) as tx:
        identity = await contacts.get_identity(tx, whom["identity_id"], lock=True)
        if await conversations.whom_to_leave(tx, conversation_id) is not None:  # he has not written meanwhile
            await contacts.close_windows(tx, identity)
            await say_last_word(tx, conversation_id, identity, opened, tx.now)


async def hand_over(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """Leave the talk of an open conversation to the platform's own agents, behind all that is still to be sent in it, and
    say that one waits."""
    conversation_id = UUID(job.args["conversation"])
    door = await doors.get(workspace_id, UUID(job.args["inbox"]))
    channel = channels.get(door.channel) if door is not None and door.state == "active" else None
    async with house.db.reading(workspace_id) as tx:
        whom = await conversations.whom_to_leave(tx, conversation_id, state=conversations.OPEN)
    if door is None or channel is None or channel.hand_over is None or whom is None:
        return
    if whom["is_busy"]:
        raise TryAgain("something is still on its way")
    try:
        opened = await channel.hand_over(whom["external_id"], lender.lend(door))
    except (NotSent, MaybeSent) as error:
        if job.attempts < 6:
            raise TryAgain(str(error)) from error
        return
    if opened:
        async with house.db.transaction(workspace_id) as tx:
            identity = await contacts.get_identity(tx, whom["identity_id"], lock=True)
            await say_that_one_waits(tx, conversation_id, identity, opened, tx.now)


async def _profile(door: Door, lender: Lender, external_id: str, job: Job) -> Profile | None:
    if "told" in job.args:
        return msgspec.convert(job.args["told"], Profile)
    channel = channels.get(door.channel)
    assert channel.profile is not None
    return await channel.profile(_asked(external_id, job), lender.lend(door))


def _asked(external_id: str, job: Job) -> str:
    """Somebody who speaks in a group is asked for there: 'GROUP/PERSON'."""
    group = job.args.get("group", "")
    return f"{group}/{external_id}" if group else external_id


async def _picture(house: House, workspace_id: UUID, profile: Profile) -> str:
    if not profile.avatar.startswith(("https://", "http://")):
        return ""
    try:
        got = await house.fetch("GET", profile.avatar, limit=2_000_000, seconds=8)
        if got.status != 200:
            return ""
        stored = await house.media.put(workspace_id, got.body, "avatar", got.headers.get("content-type", ""))
    except Exception:  # a picture is worth nobody's time: without it the desk shows the initial
        return ""
    if not stored.type.startswith("image/"):
        return ""
    async with house.db.transaction(workspace_id) as tx:
        await conversations.keep_media(tx, stored)
    return stored.key
