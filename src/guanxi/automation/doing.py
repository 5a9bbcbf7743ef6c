"""Doing an action to a conversation: by itself for a rule, or in an agent's name for her macro."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from guanxi import conversations, routing, views
from guanxi.automation import model
from guanxi.automation.model import Action, Refused
from guanxi.channels import all_channels
from guanxi.content import Content, Text, kind_of
from guanxi.infra.sql import Tx


async def do(tx: Tx, talk: UUID, action: Action, *, id: UUID, by: UUID | None) -> None:
    """One action. `id` is that of the message that it may write: the same one again is the same message. Raises Refused
    and NotFound of automation, conversations and routing."""
    match action:
        case model.Assign(agent_id=agent_id):
            await routing.assign(tx, talk, agent_id, by=by)
        case model.Enqueue(queue_id=queue_id):
            await routing.move(tx, talk, queue_id, by=by)
        case model.Prioritise(priority=priority):
            await routing.prioritise(tx, talk, priority, by=by)
        case model.Need(skills=skills):
            await routing.need(tx, talk, skills, by=by)
        case model.Promise(policy_id=policy_id):
            await conversations.promise(tx, talk, policy_id, by=by)
        case model.Tag(add=tags):
            await conversations.retag(tx, talk, add=tags, remove=[], agent_id=by)
        case model.Note(text=text):
            await conversations.note(tx, talk, id=id, text=text, agent_id=by)
        case model.Reply(text=text, public=public):
            await refuse_what_cannot_go(tx, talk, Text(text))
            author = "bot" if by is None else "agent"
            await conversations.reply(tx, talk, id=id, content=Text(text), agent_id=by, author=author, public=public)
        case model.Snooze(minutes=minutes):
            until = None if minutes is None else tx.now + timedelta(minutes=minutes)
            await conversations.snooze(tx, talk, until=until, agent_id=by)
        case model.Resolve(wrap_up_id=wrap_up_id):
            await conversations.resolve(tx, talk, agent_id=by, wrap_up_id=wrap_up_id)
        case _:
            raise Refused("cannot_be_done_here")


async def refuse_what_cannot_go(tx: Tx, talk: UUID, content: Content) -> None:
    """The reply window and the channel's limits, before anything is written. Raises Refused, conversations.NotFound."""
    row = (await views.rows_by_id(tx, [talk])).get(talk)
    if row is None:
        raise conversations.NotFound(talk)
    possible = views.reply_of(row, tx)
    if not possible.can and kind_of(content) not in possible.outside:
        raise Refused(possible.reason or "window_closed")
    if row["channel"] in all_channels() and (problem := conversations.fits(content, possible.sends)):
        raise Refused(problem)
