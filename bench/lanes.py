"""What claiming costs with 50,000 jobs behind one inbox that hangs, beside the same work without them.

Two databases of one server hold the same healthy work: four claimers empty 2,000 lanes of 20 inboxes. In one of them an
inbox has all its places in flight and never gives them back, with 50,000 jobs behind it. The order in every lane is checked.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg

from bench.rig.figure import PAIRS, Figure, Missed, pairs, part, ratios, run, spread
from bench.rig.house import Site, open_site
from guanxi.infra import jobs
from guanxi.infra.clock import system_clock
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import Claim, Wanted
from guanxi.infra.migrations import migrate
from guanxi.infra.sql import Db, open_db

GOAL = 2.0
HUNG = 50_000
INBOXES, LANES_EACH, JOBS_EACH = 20, 100, 3
CLAIMERS = 4
IN_FLIGHT, SHARE, MOST, LEASE, K = 8, 4, 16, 30.0, 10


@dataclass(slots=True)
class Ledger:
    """What was done in which lane, in the order of doing, and how long each claim took, in milliseconds."""

    done: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    busy: set[str] = field(default_factory=set)
    claims: list[float] = field(default_factory=list)


async def measure(quick: bool) -> Figure:
    hung, many, share = (2_000, 1, 5) if quick else (HUNG, PAIRS, LANES_EACH)
    async with open_site() as site, _database(site, "hung") as behind, _database(site, "free") as free:
        workspace = new_id()
        await _hang(behind, workspace, hung)
        run_ = iter(range(1000))
        p50s: list[float] = []
        rates: list[float] = []

        async def ours() -> float:
            await site.calm()
            claims, rate = await _empty(behind, workspace, share, next(run_))
            p50s.append(part(claims, 0.5))
            rates.append(rate)
            return part(claims, 0.99)

        async def reference() -> float:
            await site.calm()
            claims, _ = await _empty(free, workspace, share, next(run_))
            return part(claims, 0.99)

        with_hung, without = await pairs(many, ours, reference)
        left = await _left(behind, workspace)
        if left != hung:
            raise Missed(f"{left} of {hung} jobs are left behind the hung inbox")
        ratio, about = ratios(with_hung, without)
        return Figure(
            bench="lanes",
            figures=spread("claim_p99_ms", with_hung, 2)
            | spread("claim_p50_ms", p50s, 2)
            | spread("jobs_per_s", rates)
            | about
            | {
                "goal_ratio": GOAL,
                "jobs_behind_the_hung_inbox": left,
                "lanes_in_order": INBOXES * share * len(with_hung) * 2,
            },
            reference=spread("claim_p99_ms", without, 2) | await site.durability(),
            ratio=ratio,
        )


@asynccontextmanager
async def _database(site: Site, name: str) -> AsyncIterator[Db]:
    await site.owner.execute(f"create database {name}")
    server = replace(site.server, database=name)
    await migrate(server)
    db = await open_db(server, system_clock, size=CLAIMERS)
    try:
        yield db
    finally:
        await db.close()


async def _hang(db: Db, workspace: UUID, many: int) -> None:
    """One inbox with a job in each of `many` lanes less one, a thousand more in the last, and all places taken."""
    long = min(1000, many // 2)
    short = many - long
    async with db.transaction(workspace) as tx:
        for first in range(0, short, 10_000):
            await jobs.enqueue(tx, [_job("hung", f"hung:{n:06d}", n) for n in range(first, min(first + 10_000, short))])
        await jobs.enqueue(tx, [_job("hung", "hung:long", n) for n in range(long)])
    claims = []
    while taken := await jobs.claim(db, in_flight=IN_FLIGHT, share=SHARE, most=MOST, lease=100_000):
        claims += taken
    if len(claims) != IN_FLIGHT:
        raise Missed(f"{len(claims)} lanes of the hung inbox are in flight, not {IN_FLIGHT}")
    owner: Any = await asyncpg.connect(**db.server.connect_args("guanxi_owner"))
    await owner.execute("vacuum analyze lane, job")
    await owner.close()


def _job(inbox: str, lane: str, number: int) -> Wanted:
    return Wanted(lane=lane, pool=f"out:{inbox}", kind="deliver", args={"seq": number})


async def _empty(db: Db, workspace: UUID, share: int, nth: int) -> tuple[list[float], float]:
    """Put healthy work in, let the claimers empty it; (claim times in ms, jobs a second)."""
    ledger = Ledger()
    async with db.transaction(workspace) as tx:
        for inbox in range(INBOXES):
            wanted = [
                _job(f"inbox-{inbox:02d}", f"out:{nth}:{inbox}:{lane}", number)
                for number in range(JOBS_EACH)
                for lane in range(share)
            ]
            await jobs.enqueue(tx, wanted)
    total = INBOXES * share * JOBS_EACH
    began = time.perf_counter()
    await asyncio.gather(*[_claimer(db, ledger, total) for _ in range(CLAIMERS)])
    took = time.perf_counter() - began
    if wrong := [lane for lane, seqs in ledger.done.items() if seqs != list(range(JOBS_EACH))]:
        raise Missed(f"{len(wrong)} lanes were not worked in order, such as {wrong[0]}: {ledger.done[wrong[0]]}")
    return ledger.claims, total / took


async def _claimer(db: Db, ledger: Ledger, total: int) -> None:
    while sum(map(len, ledger.done.values())) < total:
        began = time.perf_counter()
        claims = await jobs.claim(db, in_flight=IN_FLIGHT, share=SHARE, most=MOST, lease=LEASE)
        ledger.claims.append((time.perf_counter() - began) * 1000)
        for claim in claims:
            await _work(db, ledger, claim)


async def _work(db: Db, ledger: Ledger, claim: Claim) -> None:
    if claim.lane in ledger.busy:
        raise Missed(f"lane {claim.lane} was claimed by two at once")
    ledger.busy.add(claim.lane)
    async with db.transaction(claim.workspace_id) as tx:
        batch = await jobs.begin(tx, claim, K)
        for job in batch:
            ledger.done[claim.lane].append(int(job.args["seq"]))
            await jobs.finish(tx, claim, job)
        await jobs.release(tx, claim, done=batch[-1].position if batch else await jobs.last_position(tx, claim))
        ledger.busy.discard(claim.lane)


async def _left(db: Db, workspace: UUID) -> int:
    async with db.reading(workspace) as tx:
        return int(
            await tx.fetchval("select count(*) from job where workspace_id = $1 and lane like 'hung:%'", workspace)
        )


if __name__ == "__main__":
    run(measure)
