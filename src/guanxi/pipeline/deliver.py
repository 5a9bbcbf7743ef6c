"""DELIVER: prepare (tx) → channel.send (no tx) → settle (tx). Nothing waits at a provider's door with a tx open.

A crash or a time-out in the middle of the one irrevocable call leaves two ways: where the channel repeats safely
under our key, we repeat; else the message is "unknown", and a person decides.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import UUID

import msgspec
import structlog

from guanxi import channels, contacts, conversations, inboxes, team
from guanxi import content as contents
from guanxi.channel_kit import (
    AccessLost,
    Channel,
    Limit,
    MaybeSent,
    NotSent,
    Outcome,
    Outgoing,
    Rejected,
    RetryLater,
    Sent,
    TokenRefused,
    WindowClosed,
    limits_as_set,
)
from guanxi.contacts import Identity, Window
from guanxi.content import Card, Content, Text, Video
from guanxi.conversations import Conversation
from guanxi.house import House
from guanxi.inboxes import Door
from guanxi.infra import jobs
from guanxi.infra.files import StoreAway
from guanxi.infra.jobs import Claim, Job
from guanxi.infra.metrics import DELIVERIES
from guanxi.infra.sql import Tx
from guanxi.pipeline.lend import Lender

log = structlog.get_logger(__name__)
MOST_TRIES = 12
LONGEST_HELD = 26 * 3600.0  # seconds that a platform may tell an inbox to wait: a day's quota opens within a day
NO_ANSWER = "no_answer"
LANE = "out:"
CARD_DAYS = 3650


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody can know whether the platform took it."""

    reason: str = NO_ANSWER


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way out, with everything that the call and its settling need.

    The call begins before `start_by` and ends at `until`, in seconds of the event loop's clock: both lie within the
    lease, so nobody sends or decides beside us.
    """

    job: Job
    door: Door
    conversation_id: UUID
    seq: int
    outgoing: Outgoing
    window: Window | None = None
    media_key: str = ""
    is_safe: bool = False
    start_by: float
    until: float


async def prepare(tx: Tx, house: House, door: Door | None, claim: Claim) -> Prepared | bool:
    """Take the lane's next message and say in the database that it is being sent, with the window that it spends.

    Returns what to send; True when a message was settled without a call; False when the lane is at its end, or lost.
    """
    conversation_id = UUID(claim.lane.removeprefix(LANE))
    began = asyncio.get_running_loop().time()
    conversation, identity, _ = await _lock(tx, conversation_id)
    waiting = await jobs.begin(tx, claim, 1)
    if not waiting:
        await jobs.release(tx, claim, done=await jobs.last_position(tx, claim))
        return False
    job = waiting[0]
    seq = int(job.args["seq"])
    place = await conversations.place_of(tx, UUID(job.args["conversation"]), seq)
    if place is not None:  # it was merged, or split, while it waited here
        seq = place[1]
        conversation = conversation if place[0] == conversation.id else await conversations.lock(tx, place[0])
    if door is None or door.state == "removed":
        await _fail(tx, conversation, claim, job, seq, "inbox_removed")
        return True
    return await _take(tx, house, door, conversation, identity, claim, job, seq, began)


def inbox_of(claim: Claim) -> UUID:
    """Through which inbox this lane goes out."""
    return UUID(claim.pool.removeprefix(LANE))


async def _take(
    tx: Tx,
    house: House,
    door: Door,
    conversation: Conversation,
    identity: Identity,
    claim: Claim,
    job: Job,
    seq: int,
    began: float,
) -> Prepared | bool:
    row = await conversations.find_reply(tx, conversation.id, seq)
    if row is None or row["is_note"] or row["state"] not in ("waiting", "sending"):
        await jobs.finish(tx, claim, job)
        return True
    channel = channels.get(door.channel)
    capabilities = channel.manifest.capabilities
    content = contents.decode(msgspec.json.encode(row["content"]))
    if row["state"] == "sending" and not (capabilities.idempotent_send and not job.args.get("token")):
        # whoever sent it died or was cut off in the middle, and this channel would show it twice
        await conversations.change_message(tx, conversation, seq, state="unknown", reason=NO_ANSWER)
        await jobs.finish(tx, claim, job)
        return True
    fitted = fit(content, channel, public=conversation.is_public)
    quoted, token, fitted = await _quoted(tx, door, channel, conversation, row["quoted_seq"], fitted)
    window, may = contacts.next_window(identity.windows, capabilities.reply_windows, tx.now)
    if conversation.is_public:
        window, may = None, bool(capabilities.public_sends)  # windows are of what one person alone is told
    if contents.kind_of(fitted) in capabilities.outside_window:
        window, may = None, True  # it spends none
    if row["state"] == "sending":
        window, may = None, True  # a safe repeat of a call whose window is spent already
    if not may:
        await _fail(tx, conversation, claim, job, seq, "window_closed")
        return True
    if window is not None:
        await contacts.spend_window(tx, identity, window, kinds=capabilities.reply_windows)
    if row["state"] == "waiting":
        await conversations.change_message(tx, conversation, seq, state="sending")
    await jobs.note_args(tx, claim, job, {"token": bool(window and window.token), "window": _named(window)})
    thread, post = conversations.named(conversation.thread)
    media = contents.media_of(fitted)
    days = CARD_DAYS if isinstance(fitted, Card) else 2  # a card's picture is asked for whenever somebody looks
    url = house.media.url(tx.workspace_id, media.key, tx.now, days=days) if media and media.key else ""
    still = house.media.still_url(tx.workspace_id, media.still, tx.now) if media and isinstance(fitted, Video) else ""
    return Prepared(
        job=job,
        door=door,
        conversation_id=conversation.id,
        seq=seq,
        outgoing=Outgoing(
            to=identity.external_id,
            key=str(row["id"]),
            content=fitted,
            thread=thread,
            post=post,
            answers=await conversations.answered_by(tx, conversation.id, seq) if post else "",
            quotes=quoted,
            quote_token=token,
            group=identity.kind == "group",
            window=window.by if window else "",
            token=window.token if window else "",
            file_url=url,
            preview_url=still or url,
            agent_name=await team.name_of(tx, row["agent_id"]),
        ),
        window=window,
        media_key=media.key if media else "",
        is_safe=capabilities.idempotent_send and not (window and window.token),
        start_by=began + claim.lease * 0.5,
        until=began + claim.lease * 0.9,
    )


def fit(content: Content, channel: Channel, *, public: bool = False) -> Content:
    """The content as this channel carries it. Everything can be said as text, so the fall-back always ends."""
    capabilities = channel.manifest.capabilities
    if contents.kind_of(content) in (capabilities.public_sends if public else capabilities.sends):
        return content
    return Text(contents.as_text(content))


async def _quoted(
    tx: Tx, door: Door, channel: Channel, conversation: Conversation, seq: int | None, content: Content
) -> tuple[str, str, Content]:
    """(the platform's id of what is quoted, its token, the content): as the platform's own quote where there is one, else
    in the words themselves. What was taken back meanwhile is not quoted."""
    row = await conversations.find_reply(tx, conversation.id, seq) if seq is not None else None
    if row is None or row["state"] == "unsent" or row["is_note"]:
        return "", "", content
    can = channel.manifest.capabilities
    token = row["quote_token"] or ""
    shows = contents.kind_of(content) in can.quotes and not conversation.is_public
    if shows and (token or can.quote_by == "id"):
        return row["external_id"] or str(row["id"]), token, content
    if isinstance(content, Text):
        sends = limits_as_set(channel.manifest, door.settings)
        limit = (sends.public_sends if conversation.is_public else sends.sends).get("text", Limit())
        said = contents.as_text(contents.decode(msgspec.json.encode(row["content"])))
        content = Text(conversations.quoting(said, content.text, limit))
    return "", "", content


def _named(window: Window | None) -> str:
    return window.by if window else ""


async def call(house: House, lender: Lender, prepared: Prepared) -> Outcome | Unknown:
    """The one call. No transaction is open here, and nothing of it is repeated."""
    channel = channels.get(prepared.door.channel)
    access = lender.lend(prepared.door)
    outgoing = prepared.outgoing
    if channel.upload is not None and prepared.media_key:
        try:
            async with asyncio.timeout_at(prepared.start_by):
                body = await house.media.read(prepared.door.workspace_id, prepared.media_key)
                uploaded = await channel.upload(outgoing, body, access)
        except FileNotFoundError:
            return Rejected(reason="file_lost")
        except (
            NotSent,
            MaybeSent,
            StoreAway,
            TimeoutError,
        ) as error:  # one that may have arrived harms nobody: it is repeated
            return RetryLater(reason="upload_failed: " + str(error))
        if not isinstance(uploaded, str):
            return uploaded
        outgoing = msgspec.structs.replace(outgoing, uploaded=uploaded)
    if asyncio.get_running_loop().time() > prepared.start_by:
        return RetryLater(reason="held_up")
    try:
        async with asyncio.timeout_at(prepared.until):
            return await channel.send(outgoing, access)
    except NotSent as error:
        return RetryLater(reason=str(error))
    except (MaybeSent, TimeoutError) as error:
        if prepared.is_safe and _tries(prepared.job) < MOST_TRIES:
            return RetryLater(reason=f"{NO_ANSWER}: {error}")
        return Unknown()
    except Exception as error:
        log.exception("deliver.channel_failed", channel=prepared.door.channel)
        return RetryLater(reason=type(error).__name__) if prepared.is_safe else Unknown(reason="channel_fault")


async def settle(tx: Tx, claim: Claim, prepared: Prepared, outcome: Outcome | Unknown) -> bool:
    """Write down how the call ended. True when the lane may go on with its next message at once.

    A worker that lost its lease writes nothing: whoever holds the lane now has decided already.
    """
    conversation, identity, seq = await _lock(tx, prepared.conversation_id, prepared.seq)
    if not await jobs.holds(tx, claim):
        log.warning("deliver.lease_lost", conversation=str(prepared.conversation_id))
        return False
    DELIVERIES.labels(type(outcome).__name__).inc()
    here = msgspec.structs.replace(
        prepared, conversation_id=conversation.id, seq=seq
    )  # it may have been merged meanwhile
    return await _settle(tx, claim, conversation, identity, here, outcome)


async def _settle(
    tx: Tx,
    claim: Claim,
    conversation: Conversation,
    identity: Identity,
    prepared: Prepared,
    outcome: Outcome | Unknown,
) -> bool:
    job, seq = prepared.job, prepared.seq
    change = conversations.change_message
    was_not_sent = isinstance(outcome, RetryLater | Rejected | AccessLost) and not _may_have_been_sent(outcome)
    if was_not_sent and prepared.window is not None:
        await contacts.give_back_window(tx, identity, prepared.window)
    match outcome:
        case Sent(external_ids=ids, quote_token=token):
            await change(tx, conversation, seq, state="sent", external_id=ids[0] if ids else None, quote_token=token)
            await jobs.finish(tx, claim, job)
        case Unknown(reason=reason):
            await change(tx, conversation, seq, state="unknown", reason=reason)
            await jobs.finish(tx, claim, job)
        case Rejected(reason=reason, detail=detail):
            await _fail(tx, conversation, claim, job, seq, reason, detail)
        case WindowClosed(reason=reason, detail=detail):
            for window in [w for w in identity.windows if w.by == prepared.outgoing.window]:
                await contacts.spend_window(tx, identity, window, close=True)
            await _fail(tx, conversation, claim, job, seq, reason, detail)
        case TokenRefused():
            await change(tx, conversation, seq, state="waiting")
        case AccessLost(reason=reason, detail=detail):
            await change(tx, conversation, seq, state="waiting", reason=reason, detail=detail)
            await inboxes.pause(tx, prepared.door.inbox_id, reason)
            await jobs.release(tx, claim, done=job.position - 1)
            return False
        case RetryLater(reason=reason, after=after, whole_inbox=whole):
            return await _try_later(tx, claim, conversation, prepared, reason, after, whole)
    return True


def _may_have_been_sent(outcome: Outcome) -> bool:
    """A safe channel is asked again under the same key after a call without an answer."""
    return isinstance(outcome, RetryLater) and outcome.reason.startswith(NO_ANSWER)


async def _try_later(
    tx: Tx, claim: Claim, conversation: Conversation, prepared: Prepared, reason: str, after: float, whole: bool
) -> bool:
    job = prepared.job
    held = float(job.args.get("held", 0.0)) + after
    is_told = whole and after > 0 and held <= LONGEST_HELD
    if is_told:
        await jobs.note_args(tx, claim, job, {"held": held, "told": int(job.args.get("told", 0)) + 1})
    elif _tries(job) >= MOST_TRIES:
        await _fail(tx, conversation, claim, job, prepared.seq, "gave_up", reason)
        return True
    wait = after or jobs.backoff(_tries(job), random.random())
    state = "sending" if reason.startswith(NO_ANSWER) else "waiting"
    await conversations.change_message(tx, conversation, prepared.seq, state=state, reason=reason.split(":")[0])
    if whole:
        await jobs.hold_pool(tx, claim.pool, reason[:200], after=wait)
    await jobs.release(tx, claim, done=job.position - 1, after=wait)
    return False


def _tries(job: Job) -> int:
    """Those that the message itself has had: being told that the whole account has to wait is none."""
    return job.attempts - int(job.args.get("told", 0))


async def _fail(
    tx: Tx, conversation: Conversation, claim: Claim, job: Job, seq: int, reason: str, detail: str = ""
) -> None:
    await conversations.change_message(tx, conversation, seq, state="failed", reason=reason, detail=detail)
    await jobs.finish(tx, claim, job)


async def _lock(tx: Tx, conversation_id: UUID, seq: int = 0) -> tuple[Conversation, Identity, int]:
    """Identity first, then conversation: the order in which everybody locks. Of a message that has moved, where it is."""
    identity_id: Any = await conversations.identity_of(tx, conversation_id)
    identity = await contacts.get_identity(tx, identity_id, lock=True)
    place = await conversations.place_of(tx, conversation_id, seq) if seq else None
    conversation_id, seq = place or (conversation_id, seq)
    return await conversations.lock_survivor(tx, conversation_id), identity, seq
