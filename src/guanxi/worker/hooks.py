"""Calls of webhooks: signed, guarded, timed, never redirected; each receiver alone in its lane."""

from __future__ import annotations

import time
from uuid import UUID

from guanxi import integrations, views
from guanxi.house import House
from guanxi.infra.fetch import MaybeSent, NotSent, TooLarge
from guanxi.infra.jobs import Job
from guanxi.integrations import Answered, Ready
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender

SECONDS = 10.0  # that a receiver may take
LARGEST_ANSWER = 100_000  # bytes; nobody reads more than its beginning
KEPT = 500  # characters of an answer


class CallAgain(Exception):
    """The receiver did not take it; the lane waits so many seconds, and everything behind it too."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


async def call_webhook(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """One try of one delivery. Raises CallAgain when it is to be tried again."""
    async with house.db.reading(workspace_id) as tx:
        ready = await integrations.prepare(tx, UUID(job.args["webhook"]), UUID(job.args["delivery"]), house.sealer)
    if ready is None:
        return
    answered = await _call(house, workspace_id, ready)
    async with house.db.transaction(workspace_id) as tx:
        wait = await integrations.settle(tx, ready, answered)
    if wait:
        raise CallAgain(wait)


async def _call(house: House, workspace_id: UUID, ready: Ready) -> Answered:
    now = house.clock()
    body = views.signed(
        ready.body.encode(), workspace_id, lambda key: house.media.url(workspace_id, key, now).partition("?t=")[2]
    )
    headers = {
        "content-type": "application/json",
        "x-guanxi-event": ready.kind,
        "x-guanxi-delivery": str(ready.delivery_id),
        "x-guanxi-attempt": str(ready.attempt),
        "x-guanxi-signature": integrations.signature(ready.secrets, int(now.timestamp()), body),
    }
    begun = time.perf_counter()
    status, answer, problem = None, "", ""
    try:
        got = await house.fetch("POST", ready.url, headers=headers, body=body, limit=LARGEST_ANSWER, seconds=SECONDS)
        status, answer = got.status, got.body[: KEPT * 4].decode("utf-8", "replace").replace("\x00", "\ufffd")[:KEPT]
    except TooLarge:
        problem = "answer_too_large"
    except NotSent as error:
        problem = "private_address" if "private address" in str(error) else "no_connection"
    except MaybeSent as error:
        problem = "timed_out" if "time" in str(error).lower() else "broken_off"
    return Answered(status=status, ms=round((time.perf_counter() - begun) * 1000), problem=problem, answer=answer)
