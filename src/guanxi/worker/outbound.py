"""Work in lanes: deliveries, files, profiles, wakings. One lane's trouble is nobody else's."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from guanxi import automation, contacts, conversations, routing, team
from guanxi.channel_kit import Outcome
from guanxi.house import House
from guanxi.infra import jobs
from guanxi.infra.jobs import Claim, Job, Wanted
from guanxi.infra.sql import is_passing
from guanxi.pipeline import deliver
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.pipeline.planned import send_planned
from guanxi.worker import fetching, hooks, pulling, pushing

log = structlog.get_logger(__name__)
AT_ONCE = 64  # lanes in flight in this process
SHARE = 4  # lanes of one pool in one claim
MOST_TRIES = 10


class TooEarly(Exception):
    """The job is to be done in so many seconds; coming early is no try of it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


Work = Callable[[House, Doors, Lender, UUID, Job], Awaitable[None]]
_running: set[asyncio.Task[None]] = set()


async def work(house: House, doors: Doors, lender: Lender) -> int:
    """Claim lanes as long as there are any, and start each; does not wait for slow ones. Returns how many it started."""
    started = 0
    while True:
        room = AT_ONCE - len(_running)
        if room <= 0:
            await asyncio.wait(_running, return_when=asyncio.FIRST_COMPLETED)
            continue
        taking = asyncio.ensure_future(_take(house, doors, lender, room))
        try:
            taken = await asyncio.shield(taking)
        except asyncio.CancelledError:  # what the database has written down as ours is started, and `stop` waits for it
            await asyncio.wait({taking})
            raise
        if not taken:
            return started
        started += taken
        await asyncio.sleep(0)


async def _take(house: House, doors: Doors, lender: Lender, most: int) -> int:
    """Claim up to so many lanes and start each; returns how many."""
    claims = await jobs.claim(
        house.db, in_flight=house.settings.inbox_in_flight, share=SHARE, most=most, lease=house.settings.lease_seconds
    )
    for claim in claims:
        task = asyncio.create_task(_work_lane(house, doors, lender, claim))
        _running.add(task)
        task.add_done_callback(_done(house))
    return len(claims)


async def finish() -> bool:
    """Wait for all lanes that this process has in flight; False when there were none."""
    had_any = bool(_running)
    while _running:
        await asyncio.wait(_running)
    return had_any


async def stop(seconds: float) -> None:
    """Let the lanes in flight come to their end for so long; those that do not are cut off, and their leases run out."""
    if _running:
        _, late = await asyncio.wait(_running, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _done(house: House) -> Callable[[asyncio.Task[None]], None]:
    def done(task: asyncio.Task[None]) -> None:
        _running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("lane.failed", problem=repr(task.exception()))
        house.bus.sleeper("lanes").set()  # its pool has room again

    return done


async def _work_lane(house: House, doors: Doors, lender: Lender, claim: Claim) -> None:
    if claim.lane.startswith("out:"):
        await _deliver(house, doors, lender, claim)
    else:
        await _do_jobs(house, doors, lender, claim)


async def _deliver(house: House, doors: Doors, lender: Lender, claim: Claim) -> None:
    for _ in range(house.settings.lane_k):
        door = await doors.get(claim.workspace_id, deliver.inbox_of(claim))
        async with house.db.transaction(claim.workspace_id) as tx:
            prepared = await deliver.prepare(tx, house, door, claim)
        if prepared is False:
            return
        if isinstance(prepared, deliver.Prepared):
            outcome = await deliver.call(house, lender, prepared)
            if not await _settle(house, claim, prepared, outcome):
                return
    async with house.db.transaction(claim.workspace_id) as tx:
        await jobs.release(tx, claim, done=-1)


async def _settle(house: House, claim: Claim, prepared: deliver.Prepared, outcome: Outcome | deliver.Unknown) -> bool:
    """Write down how the call ended; again and again while the database is away, for we alone know it. The lease says
    when it is too late."""
    end = asyncio.get_running_loop().time() + claim.lease
    while True:
        try:
            async with house.db.transaction(claim.workspace_id) as tx:
                return await deliver.settle(tx, claim, prepared, outcome)
        except Exception as error:
            if not is_passing(error) or asyncio.get_running_loop().time() > end:
                raise
        await asyncio.sleep(0.3)


async def _wake(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    async with house.db.transaction(workspace_id) as tx:
        conversation = await conversations.lock_survivor(tx, UUID(job.args["conversation"]))
        seconds = await conversations.wake(tx, conversation.id)
    if seconds:
        raise TooEarly(seconds)


async def _send_planned(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    async with house.db.transaction(workspace_id) as tx:
        conversation = await conversations.lock_survivor(tx, UUID(job.args["conversation"]))
        seconds = await send_planned(tx, conversation.id, UUID(job.args["planned"]))
    if seconds:
        raise TooEarly(seconds)


async def _run_rules(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    async with house.db.transaction(workspace_id) as tx:
        fired = msgspec.convert(job.args, automation.Fired)
        place = await conversations.place_of(tx, fired.conversation_id, fired.seq or 0)
        talk = place[0] if place else (await conversations.lock_survivor(tx, fired.conversation_id)).id
        seq = place[1] if place else fired.seq
        await automation.run(tx, msgspec.structs.replace(fired, conversation_id=talk, seq=seq))


async def _tell_waited(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    waits = msgspec.convert(job.args, automation.Waits)
    async with house.db.transaction(workspace_id) as tx:
        conversation = await conversations.lock_survivor(tx, waits.conversation_id)
        seconds = await conversations.tell_waited(tx, conversation.id, waits.since, waits.minutes)
    if seconds:
        raise TooEarly(seconds)


async def _reckon_promises(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """One slice, and a job for the next one: no transaction is long, and whoever is killed in between has lost nothing."""
    state, after = int(job.args["state"]), job.args.get("after")
    async with house.db.transaction(workspace_id) as tx:
        place = (datetime.fromisoformat(after[0]), UUID(after[1])) if after else None
        place = await conversations.reckon_anew(tx, state, place)
        args = {"state": state, "after": [place[0].isoformat(), str(place[1])]} if place else {"state": state + 1}
        if args["state"] != conversations.RESOLVED:
            await jobs.enqueue(tx, [Wanted(lane="promises", pool="promises", kind="reckon_promises", args=args)])


async def _give_back(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """The next slice of what somebody has who serves no more; nothing, if he serves again."""
    agent_id, by = UUID(job.args["agent"]), job.args["by"]
    async with house.db.transaction(workspace_id) as tx:
        if "serve" not in (await team.find_rights(tx, agent_id) or ()):
            await routing.give_back_all(tx, agent_id, by=UUID(by) if by else None)


async def _match(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    async with house.db.transaction(workspace_id) as tx:
        await contacts.match(tx, UUID(job.args["identity"]))


WORK: Mapping[str, Work] = {
    "fetch_media": fetching.fetch_file,
    "fetch_profile": fetching.fetch_profile,
    "mark_read": fetching.mark_read,
    "end_talk": fetching.end_talk,
    "hand_over": fetching.hand_over,
    "wake": _wake,
    "call_webhook": hooks.call_webhook,
    "match_contact": _match,
    "pull": pulling.pull,
    "push": pushing.push,
    "run_rules": _run_rules,
    "tell_waited": _tell_waited,
    "reckon_promises": _reckon_promises,
    "send_planned": _send_planned,
    "give_back": _give_back,
}


async def _do_jobs(house: House, doors: Doors, lender: Lender, claim: Claim) -> None:
    """Jobs that may be repeated: done first, then crossed off."""
    while True:
        async with house.db.transaction(claim.workspace_id) as tx:
            waiting = await jobs.begin(tx, claim, 1)
            if not waiting:
                await jobs.release(tx, claim, done=await jobs.last_position(tx, claim), keep=False)
                return
        job = waiting[0]
        problem, early = "", 0.0
        try:
            await WORK[job.kind](house, doors, lender, claim.workspace_id, job)
        except (TooEarly, hooks.CallAgain, pulling.NotYet) as error:
            early = error.seconds
        except fetching.TryAgain as error:
            problem = str(error) or "try again"
        except Exception as error:
            log.exception("job.failed", kind=job.kind)
            problem = f"{type(error).__name__}: {error}"
        async with house.db.transaction(claim.workspace_id) as tx:
            if not await jobs.holds(tx, claim):
                return
            if early:
                await jobs.release(tx, claim, done=job.position - 1, after=early)
                return
            if problem and job.attempts < MOST_TRIES:
                await jobs.release(tx, claim, done=job.position - 1, after=jobs.backoff(job.attempts, random.random()))
                return
            if problem:
                await jobs.bury(tx, claim, job, problem)
            else:
                await jobs.finish(tx, claim, job)
