"""What comes round by itself: queues are looked at, absent agents go offline, what is old goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from guanxi import (
    access,
    audit,
    automation,
    channels,
    conversations,
    events,
    inboxes,
    integrations,
    promises,
    reports,
    routing,
    team,
)
from guanxi.house import House
from guanxi.infra.sql import Tx, is_passing
from guanxi.pipeline import waits
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import plain

log = structlog.get_logger(__name__)
ABSENT = timedelta(minutes=3)
VISITS = timedelta(days=30)  # as the words of consent say
STEP = 5000  # rows
PASSED = 50  # conversations in one transaction
POLLED = 500  # inboxes at once


async def route(house: House) -> int:
    """What was offered and not taken goes on, whose time to wrap up is over is free; then what waits is given to whoever is
    free, in every workspace that has somebody free."""
    async with house.db.directory() as directory:
        workspaces = await routing.workspaces_to_release(directory)
    for workspace_id in workspaces:
        async with house.db.transaction(workspace_id) as tx:
            await routing.lapse(tx)
        async with house.db.transaction(workspace_id) as tx:
            await routing.end_wrap_ups(tx)
    async with house.db.directory() as directory:
        workspaces = await team.workspaces_with_room(directory)
    given = 0
    for workspace_id in workspaces:
        async with house.db.transaction(workspace_id) as tx:
            given += await routing.give_waiting(tx)
    return given


async def promises_pass(house: House) -> None:
    """Every second or two: who is nearly late, or late, is told so, once."""
    async with house.db.directory() as directory:
        workspaces = await promises.workspaces_with_passed(directory, house.clock())
    for workspace_id in workspaces:
        found = PASSED
        while found == PASSED:
            async with house.db.transaction(workspace_id) as tx:
                found = await conversations.pass_time(tx, PASSED)


async def tick(house: House) -> None:
    """Every twenty seconds or so: who gives no sign of life is offline, what those have who stay away goes back to the
    queue, and what has waited too long goes on to another one."""
    async with house.db.directory() as directory:
        workspaces = await team.workspaces_with_absent(directory, house.clock() - ABSENT)
    for workspace_id in workspaces:
        async with house.db.transaction(workspace_id) as tx:
            await routing.settle_absent(tx, ABSENT)
    async with house.db.directory() as directory:
        workspaces = await team.workspaces_to_take_over(directory)
    for workspace_id in workspaces:
        await _all_of(house, workspace_id, routing.take_over)
    async with house.db.directory() as directory:
        workspaces = await routing.workspaces_that_overflow(directory)
    for workspace_id in workspaces:
        await _all_of(house, workspace_id, routing.overflow)


async def _all_of(house: House, workspace_id: UUID, act: Callable[[Tx], Awaitable[int]]) -> None:
    """Slice after slice, each in a transaction of its own, until there is no whole one left."""
    moved = routing.SLICE
    while moved >= routing.SLICE:
        async with house.db.transaction(workspace_id) as tx:
            moved = await act(tx)


async def tell_waits(house: House) -> None:
    """Every few seconds: who waits hears how he stands, where his shop wants it."""
    async with house.db.directory() as directory:
        workspaces = await routing.workspaces_that_tell(directory)
    for workspace_id in workspaces:
        async with house.db.transaction(workspace_id) as tx:
            await waits.tell(tx)


async def poll(house: House, doors: Doors) -> None:
    """Every few seconds: where it is time to look whether there is something new, that is done."""
    polling = {key: channel.polls for key, channel in channels.all_channels().items() if channel.polls is not None}
    async with house.db.directory() as directory:
        due = await inboxes.due_polls(directory, sorted(polling), POLLED)
    for workspace_id, inbox_id in due:
        try:
            door = await doors.get(workspace_id, inbox_id)
            if door is not None and door.state != "removed":
                async with house.db.transaction(workspace_id) as tx:
                    await inboxes.poll(tx, inbox_id, polling[door.channel](plain(door)))
        except Exception as error:  # one inbox's trouble is no other's
            if is_passing(error):
                raise
            log.warning("poll.failed", inbox=str(inbox_id), problem=f"{type(error).__name__}: {error}")


async def clean(house: House) -> None:
    """Every hour or so: raw bodies, events and early receipts have their days. In small steps, each its own
    transaction, so that nobody waits for a long one."""
    gone = STEP
    while gone == STEP:
        async with house.db.directory() as directory:
            gone = await inboxes.purge_bodies(directory, house.settings.raw_body_days, STEP)
            workspaces = await team.all_workspaces(directory)
    before = house.clock() - timedelta(days=house.settings.event_days)
    for workspace_id in workspaces:
        gone = STEP
        while gone == STEP:
            async with house.db.transaction(workspace_id, durable=False) as tx:
                gone = await events.forget_old(tx, before, STEP)
                if gone:
                    await reports.forgotten(tx, before)
                await conversations.forget_early_receipts(tx)
                await conversations.forget_early_changes(tx)
                await conversations.forget_old_drafts(tx, before)
                await inboxes.forget_visitors(tx, house.clock() - VISITS)
                await team.forget_notices(tx, before)
                await access.forget_old_records(tx, access.RECORD_DAYS, STEP)
        oldest = house.clock() - timedelta(days=house.settings.audit_days)
        gone = STEP
        while gone == STEP:
            async with house.db.transaction(workspace_id, durable=False) as tx:
                gone = await audit.forget_old(tx, oldest, STEP)
        gone = STEP
        while gone >= STEP:
            async with house.db.transaction(workspace_id, durable=False) as tx:
                gone = await integrations.forget_old_deliveries(tx, STEP) + await automation.forget_old_runs(tx, STEP)
