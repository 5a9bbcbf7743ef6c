"""Fetch what a platform keeps for us, page by page: each page is on disk beside its cursor before the next is asked for."""

from __future__ import annotations

import asyncio
import random
from uuid import UUID

import structlog

from guanxi import channels, inboxes
from guanxi.channel_kit import AccessLost, Channel, MaybeSent, NotSent, Page, Pull, RetryLater
from guanxi.house import House
from guanxi.inboxes import Door
from guanxi.infra import jobs
from guanxi.infra.jobs import Job
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender

log = structlog.get_logger(__name__)
LONGEST_WAIT = 60.0  # seconds; nothing is given up here, for what is not fetched nobody sees
PAUSE = 1.0  # seconds between two turns of a feed that has much


class NotYet(Exception):
    """There may be more; the lane goes on in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


async def pull(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """Fetch one feed to its end, for half of the lease at most. Raises NotYet when it is not at its end.

    A nudge that an earlier pull has answered asks the platform nothing.
    """
    inbox_id, key = UUID(job.args["inbox"]), str(job.args["key"])
    door = await doors.get(workspace_id, inbox_id)
    channel = channels.all_channels().get(door.channel) if door is not None else None
    if door is None or door.state == "removed" or channel is None or channel.pull is None:
        return
    async with house.db.reading(workspace_id) as tx:
        at = await inboxes.find_cursor(tx, inbox_id, key)
    if 0 < int(job.args["nudge"]) <= at.heard:
        return
    cursor = at.cursor
    end = asyncio.get_running_loop().time() + house.settings.lease_seconds / 2
    while True:
        page = await _next(house, lender, door, channel, Pull(key=key, cursor=cursor, token=at.token), job)
        async with house.db.transaction(workspace_id) as tx:
            heard = 0 if page.more else at.nudges
            if not await inboxes.keep_page(tx, inbox_id, key, page, before=cursor, heard=heard):
                raise NotYet(PAUSE)  # another hand has fetched it meanwhile
        if page.body:
            house.bus.wake("inbound")
        if not page.more:
            return
        if page.cursor == cursor or asyncio.get_running_loop().time() > end:
            raise NotYet(PAUSE)
        cursor = page.cursor


async def _next(house: House, lender: Lender, door: Door, channel: Channel, asked: Pull, job: Job) -> Page:
    assert channel.pull is not None
    wait = min(LONGEST_WAIT, jobs.backoff(job.attempts, random.random()))
    try:
        got = await channel.pull(asked, lender.lend(door))
    except (NotSent, MaybeSent) as error:
        log.warning("pull.failed", channel=door.channel, inbox=str(door.inbox_id), problem=str(error)[:200])
        raise NotYet(wait) from error
    match got:
        case Page():
            return got
        case RetryLater(reason=reason, after=after, whole_inbox=whole):
            log.warning("pull.later", channel=door.channel, inbox=str(door.inbox_id), problem=reason, after=after)
            if whole:
                async with house.db.transaction(door.workspace_id) as tx:
                    await inboxes.stop_pulling(tx, door.inbox_id, reason, after=after or wait)
            raise NotYet(after or wait)
        case AccessLost(reason=reason):
            async with house.db.transaction(door.workspace_id) as tx:
                await inboxes.pause(tx, door.inbox_id, reason)
                await inboxes.stop_pulling(tx, door.inbox_id, reason, after=None)
            raise NotYet(wait)
