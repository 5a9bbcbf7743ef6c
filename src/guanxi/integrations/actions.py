"""Webhooks are set up, told what happened, called again after a failure, paused, and taken up again."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from guanxi import audit, events, views
from guanxi.events import Happened, wire_time
from guanxi.infra import jobs
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import Wanted
from guanxi.infra.secrets import Sealer
from guanxi.infra.sql import Tx
from guanxi.integrations.model import Answered, NotFound, Ready, Refused
from guanxi.integrations.rules import (
    LOG_DAYS,
    MOST_WEBHOOKS,
    OLD_SECRET_LIVES,
    PAUSE_AFTER,
    TELLABLE,
    TEST,
    is_good,
    problem_of,
    url_problem,
    wait_after,
)


async def add_webhook(
    tx: Tx, *, name: str, url: str, kinds: Sequence[str], sealer: Sealer, by: UUID
) -> tuple[UUID, str]:
    """A new receiver; returns its id and its secret, which is never shown again. Raises Refused."""
    _check(url, kinds)
    if await tx.fetchval("select count(*) from webhook where workspace_id = $1", tx.workspace_id) >= MOST_WEBHOOKS:
        raise Refused("too_many_webhooks")
    id_, secret = new_id(), _new_secret()
    await tx.execute(
        """insert into webhook (workspace_id, id, name, url, kinds, secret, created_at)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        tx.workspace_id,
        id_,
        name,
        url,
        sorted(set(kinds)),
        sealer.seal(secret.encode(), _about(tx, id_)),
        tx.now,
    )
    await _changed(tx, id_, by)
    await audit.add(tx, "webhook", id_, by=by)
    return id_, secret


async def change_webhook(
    tx: Tx, webhook_id: UUID, *, by: UUID, name: str | None, url: str | None, kinds: Sequence[str] | None
) -> None:
    """Change what is given. What waits already goes to the new address. Raises NotFound, Refused."""
    _check(url, kinds)
    was = await audit.standing(tx, "webhook", webhook_id)
    touched = await tx.execute(
        """update webhook set name = coalesce($3, name), url = coalesce($4, url), kinds = coalesce($5, kinds)
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        webhook_id,
        name,
        url,
        None if kinds is None else sorted(set(kinds)),
    )
    if not touched:
        raise NotFound(webhook_id)
    await _changed(tx, webhook_id, by)
    await audit.changed(tx, "webhook", webhook_id, was, by=by)


async def rotate_secret(tx: Tx, webhook_id: UUID, *, sealer: Sealer, by: UUID) -> str:
    """A new secret; the one before still signs beside it for a day. Raises NotFound."""
    secret = _new_secret()
    was = await audit.standing(tx, "webhook", webhook_id)
    touched = await tx.execute(
        """update webhook set old_secret = secret, old_secret_until = $3, secret = $4
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        webhook_id,
        tx.now + OLD_SECRET_LIVES,
        sealer.seal(secret.encode(), _about(tx, webhook_id)),
    )
    if not touched:
        raise NotFound(webhook_id)
    await _changed(tx, webhook_id, by)
    await audit.changed(tx, "webhook", webhook_id, was, by=by)
    return secret


async def pause_webhook(tx: Tx, webhook_id: UUID, *, by: UUID | None, reason: str = "") -> None:
    """Nobody is called; what waits stays, and what happens meanwhile is not told. Raises NotFound."""
    was = await audit.standing(tx, "webhook", webhook_id)
    touched = await tx.execute(
        "update webhook set state = 'paused', paused_reason = $3 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        webhook_id,
        reason,
    )
    if not touched:
        raise NotFound(webhook_id)
    await jobs.hold_pool(tx, lane_of(webhook_id), reason or "paused", after=None)
    await _changed(tx, webhook_id, by, paused=True, reason=reason)
    await audit.changed(tx, "webhook", webhook_id, was, by=by)


async def resume_webhook(tx: Tx, webhook_id: UUID, *, by: UUID) -> None:
    """Call again, at once, first what has waited. Raises NotFound."""
    was = await audit.standing(tx, "webhook", webhook_id)
    touched = await tx.execute(
        """update webhook set state = 'active', paused_reason = '', failing_since = null
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        webhook_id,
    )
    if not touched:
        raise NotFound(webhook_id)
    await jobs.free_pool(tx, lane_of(webhook_id))
    await jobs.hasten(tx, lane_of(webhook_id))
    await _changed(tx, webhook_id, by)
    await audit.changed(tx, "webhook", webhook_id, was, by=by)


async def remove_webhook(tx: Tx, webhook_id: UUID, *, by: UUID) -> None:
    """It and its log go; what waits for it is crossed off by the hands. Raises NotFound."""
    was = await audit.standing(tx, "webhook", webhook_id)
    if not await tx.execute("delete from webhook where workspace_id = $1 and id = $2", tx.workspace_id, webhook_id):
        raise NotFound(webhook_id)
    await tx.execute(
        "delete from webhook_delivery where workspace_id = $1 and webhook_id = $2", tx.workspace_id, webhook_id
    )
    await jobs.free_pool(tx, lane_of(webhook_id))
    await jobs.hasten(tx, lane_of(webhook_id))
    await _changed(tx, webhook_id, by)
    await audit.changed(tx, "webhook", webhook_id, was, by=by)


async def tell(tx: Tx, happened: Sequence[Happened]) -> None:
    """Put these events into the lanes of the webhooks that want them, as they look now."""
    hooks = await tx.fetch(
        "select id, kinds from webhook where workspace_id = $1 and state = 'active' order by id", tx.workspace_id
    )
    wanted = {kind for hook in hooks for kind in hook["kinds"]}
    told = [event for event in happened if event.kind in wanted]
    if not told:
        return
    seen = {(row["xid"], row["id"]): row for row in await views.events_of(tx, sorted({event.xid for event in told}))}
    bodies = {event.id: _body(tx, event, seen.get((event.xid, event.id))) for event in told}
    for hook in hooks:
        await _queue(tx, hook["id"], [(event.kind, bodies[event.id]) for event in told if event.kind in hook["kinds"]])


async def send(tx: Tx, webhook_id: UUID, kind: str, payload: Any) -> UUID:
    """Tell one webhook something, whatever kinds it wants. Raises NotFound, or Refused('paused')."""
    state = await tx.fetchval(
        "select state from webhook where workspace_id = $1 and id = $2", tx.workspace_id, webhook_id
    )
    if state is None:
        raise NotFound(webhook_id)
    if state == "paused":
        raise Refused("paused")
    id_ = new_id()
    named = {"id": str(id_), "kind": kind, "at": wire_time(tx.now), "workspace_id": str(tx.workspace_id)}
    body = msgspec.json.encode(named | {"payload": payload}).decode()
    await _queue(tx, webhook_id, [(kind, body)], ids=[id_])
    return id_


async def send_test(tx: Tx, webhook_id: UUID) -> UUID:
    """An event that means nothing, so that somebody can see it arrive; returns the delivery. Raises as `send`."""
    id_ = await send(tx, webhook_id, TEST, {"text": "Hello from Guanxi. 你好。"})
    await jobs.hasten(tx, lane_of(webhook_id))
    await audit.record(tx, "webhook.tested", kind="webhook", about_id=webhook_id)
    return id_


async def resend(tx: Tx, webhook_id: UUID, delivery_id: UUID) -> UUID:
    """The same body once more, as a delivery of its own; returns it. Raises NotFound, or Refused('paused')."""
    row = await tx.fetchrow(
        """select d.kind, d.body, w.state from webhook_delivery d
           join webhook w on w.workspace_id = d.workspace_id and w.id = d.webhook_id
           where d.workspace_id = $1 and d.webhook_id = $2 and d.id = $3""",
        tx.workspace_id,
        webhook_id,
        delivery_id,
    )
    if row is None:
        raise NotFound(delivery_id)
    if row["state"] == "paused":
        raise Refused("paused")
    id_ = new_id()
    await _queue(tx, webhook_id, [(row["kind"], row["body"])], ids=[id_])
    await jobs.hasten(tx, lane_of(webhook_id))
    await audit.record(tx, "webhook.resent", kind="webhook", about_id=webhook_id, about=row["kind"])
    return id_


async def prepare(tx: Tx, webhook_id: UUID, delivery_id: UUID, sealer: Sealer) -> Ready | None:
    """What to send; None when there is nothing to do any more."""
    row = await tx.fetchrow(
        """select d.kind, d.body, d.attempts, w.url, w.secret, w.old_secret, w.old_secret_until
           from webhook_delivery d join webhook w on w.workspace_id = d.workspace_id and w.id = d.webhook_id
           where d.workspace_id = $1 and d.webhook_id = $2 and d.id = $3 and d.state = 'waiting'""",
        tx.workspace_id,
        webhook_id,
        delivery_id,
    )
    if row is None:
        return None
    sealed = [row["secret"]]
    if row["old_secret"] is not None and row["old_secret_until"] > tx.now:
        sealed.append(row["old_secret"])
    return Ready(
        webhook_id=webhook_id,
        delivery_id=delivery_id,
        url=row["url"],
        kind=row["kind"],
        body=row["body"],
        secrets=tuple(sealer.open(one, _about(tx, webhook_id)).decode() for one in sealed),
        attempt=row["attempts"] + 1,
    )


async def settle(tx: Tx, ready: Ready, answered: Answered) -> float:
    """Write down how the call ended. Returns the seconds until it is tried again; 0: it is over, one way or the other.

    A receiver that has taken nothing for a day, or says that it is gone, is paused.
    """
    good = is_good(answered)
    wait = None if good else wait_after(answered, ready.attempt, random.random())
    state = "delivered" if good else "waiting" if wait is not None else "failed"
    await tx.execute(
        """update webhook_delivery set state = $4, attempts = $5, status = $6, ms = $7, problem = $8, answer = $9,
             tried_at = $10 where workspace_id = $1 and webhook_id = $2 and id = $3""",
        tx.workspace_id,
        ready.webhook_id,
        ready.delivery_id,
        state,
        ready.attempt,
        answered.status,
        answered.ms,
        problem_of(answered),
        answered.answer,
        tx.now,
    )
    since = await tx.fetchval(
        """update webhook set failing_since = case when $3 then null else coalesce(failing_since, $4) end
           where workspace_id = $1 and id = $2 and state = 'active' returning failing_since""",
        tx.workspace_id,
        ready.webhook_id,
        good,
        tx.now,
    )
    if answered.status == 410 and not good:
        await pause_webhook(tx, ready.webhook_id, by=None, reason="gone")
    elif since is not None and tx.now - since >= PAUSE_AFTER:
        await pause_webhook(tx, ready.webhook_id, by=None, reason="failing")
    return wait or 0.0


async def forget_old_deliveries(tx: Tx, most: int) -> int:
    """Delete up to `most` of this workspace's deliveries that are older than the log reaches; returns how many."""
    return await tx.execute(
        """delete from webhook_delivery where workspace_id = $1 and (webhook_id, seq) in (
             select webhook_id, seq from webhook_delivery where workspace_id = $1 and created_at < $2
             order by created_at limit $3)""",
        tx.workspace_id,
        tx.now - timedelta(days=LOG_DAYS),
        most,
    )


def lane_of(webhook_id: UUID) -> str:
    """The lane of a receiver, and its pool: one call at a time, in order."""
    return f"hook:{webhook_id}"


async def _queue(
    tx: Tx, webhook_id: UUID, told: Sequence[tuple[str, str]], *, ids: Sequence[UUID] | None = None
) -> None:
    ids = ids or [new_id() for _ in told]
    await tx.executemany(
        """insert into webhook_delivery (workspace_id, webhook_id, id, kind, body, created_at)
           values ($1, $2, $3, $4, $5, $6)""",
        [(tx.workspace_id, webhook_id, id_, kind, body, tx.now) for id_, (kind, body) in zip(ids, told, strict=True)],
    )
    lane = lane_of(webhook_id)
    await jobs.enqueue(
        tx,
        [
            Wanted(lane=lane, pool=lane, kind="call_webhook", args={"webhook": str(webhook_id), "delivery": str(id_)})
            for id_ in ids
        ],
    )


def _body(tx: Tx, event: Happened, seen: Any) -> str:
    """An event as it is told: what happened, to which conversation as it is now, and the messages it is about."""
    members = {
        "id": f'"{event.xid}-{event.id}"',
        "kind": _json(event.kind),
        "at": _json(wire_time(event.at)),
        "workspace_id": f'"{tx.workspace_id}"',
        "conversation_id": _json(event.conversation_id),
        "version": _json(event.version),
        "agent_id": _json(event.agent_id),
        "payload": _json(event.payload),
        "conversation": (seen["row"] if seen else None) or "null",
        "messages": f"[{','.join(seen['messages'])}]" if seen else "[]",
    }
    return "{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _check(url: str | None, kinds: Sequence[str] | None) -> None:
    if url is not None and (problem := url_problem(url)):
        raise Refused("invalid", {"url": problem})
    if kinds is not None and (not kinds or not set(kinds) <= set(TELLABLE)):
        raise Refused("invalid", {"kinds": "unknown" if kinds else "empty"})


def _new_secret() -> str:
    return "whs_" + secrets.token_urlsafe(32)


def _about(tx: Tx, webhook_id: UUID) -> str:
    return f"webhook:{tx.workspace_id}:{webhook_id}"


async def _changed(tx: Tx, webhook_id: UUID, by: UUID | None, **more: Any) -> None:
    await events.record(tx, "webhook.changed", {"webhook_id": str(webhook_id), **more}, agent=by)
