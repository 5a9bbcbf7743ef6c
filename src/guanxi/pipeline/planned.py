"""PLANNED: what an agent wrote for later goes at its time, or is held, and she is asked or told why."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from guanxi import channels, conversations, views
from guanxi.content import as_text, kind_of
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx

# What the note says that calls her; in the workspace's language.
WORDS: Mapping[str, Mapping[str, str]] = {
    "asked": {
        "en": "The planned message was held: the customer wrote in between. Send it, change it or cancel it: “{text}”",
        "zh": "定时消息没有发出：客户在此期间发来了新消息。请决定发送、修改或取消：“{text}”",
    },
    "closed": {
        "en": "The planned message could not go: the channel lets us write nothing now. “{text}”",
        "zh": "定时消息没有发出：渠道现在不允许再回复。“{text}”",
    },
}


async def send_planned(tx: Tx, conversation_id: UUID, planned_id: UUID) -> float:
    """Send it if it is time. Returns in how many seconds to come again, because it is too early; else 0. What was changed
    or cancelled meanwhile, or waits for somebody's word, is left alone."""
    await conversations.lock(tx, conversation_id)
    planned = await conversations.find_plan(tx, conversation_id, planned_id)
    if planned is None or planned.state != "waiting":
        return 0.0
    if planned.send_at > tx.now:
        return (planned.send_at - tx.now).total_seconds()
    for one in await conversations.due_plans(
        tx, conversation_id
    ):  # each has a lane of its own; together they keep their order
        if one.kind == "planned" and await conversations.written_since(tx, conversation_id, one.seen_seq):
            await _hold(tx, one, "asked", "")
        elif problem := await _problem(tx, one):
            await _hold(tx, one, "closed", problem)
        else:
            await conversations.send_plan(tx, one)
    return 0.0


async def _hold(tx: Tx, planned: conversations.Planned, state: str, reason: str) -> None:
    await conversations.hold_plan(tx, planned, state=state, reason=reason)
    language = "zh" if "zh" in await views.language_of(tx) else "en"
    text = WORDS[state][language].format(text=as_text(planned.content)[:80])
    await conversations.note(
        tx, planned.conversation_id, id=new_id(), text=text, agent_id=None, mentions=[planned.agent_id]
    )


async def _problem(tx: Tx, planned: conversations.Planned) -> str:
    row = (await views.rows_by_id(tx, [planned.conversation_id]))[planned.conversation_id]
    possible = views.reply_of(row, tx)
    if not possible.can and kind_of(planned.content) not in possible.outside:
        return possible.reason or "window_closed"
    return conversations.fits(planned.content, possible.sends) if row["channel"] in channels.all_channels() else ""
