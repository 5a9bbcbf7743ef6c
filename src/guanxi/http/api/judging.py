"""What the house believes of a conversation is corrected: its language, how urgent it is, the mood; and the words behind it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put

from guanxi import conversations, judging, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail
from guanxi.http.auth import Desk


class Correct(msgspec.Struct, kw_only=True):
    """What is given is set by hand. The language is remembered for the contact; '' gives it back to what is heard. How
    urgent it is, and the mood, stand until the contact says something new."""

    language: Annotated[str, msgspec.Meta(max_length=10)] | None = None
    urgency: judging.Urgency | None = None
    mood: judging.Mood | None = None


class AlarmWords(msgspec.Struct):
    """The workspace's own words, before which those of the house step back; and the languages that can be told apart."""

    words: Annotated[list[judging.AlarmWord], msgspec.Meta(max_length=200)]


class Languages(msgspec.Struct):
    languages: list[str]


@post("/conversations/{conversation_id:uuid}/correct", operation_id="correct", right="serve", status_code=200)
async def correct(desk: Desk, conversation_id: UUID, data: Correct) -> ConversationDetail:
    """Correct what the house believes of a conversation."""
    async with desk.transaction() as tx:
        await judging.correct(
            tx, conversation_id, language=data.language, urgency=data.urgency, mood=data.mood, agent_id=desk.agent_id
        )
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


@get("/languages", operation_id="list_languages", right="look")
async def list_languages(desk: Desk) -> Languages:
    """The languages that messages are told to be in."""
    return Languages(languages=list(dict.fromkeys(conversations.HEARD)))


@get("/alarm-words", operation_id="list_alarm_words", right="look")
async def list_alarm_words(desk: Desk) -> AlarmWords:
    async with desk.reading() as tx:
        return AlarmWords(words=await judging.alarm_words(tx))


@put("/alarm-words", operation_id="set_alarm_words", right="queues")
async def set_alarm_words(desk: Desk, data: AlarmWords) -> AlarmWords:
    """Replace the workspace's own words. They count for what is said from then on."""
    async with desk.transaction() as tx:
        await judging.set_alarm_words(tx, data.words, by=desk.agent_id)
        return AlarmWords(words=await judging.alarm_words(tx))


routes = [correct, list_languages, list_alarm_words, set_alarm_words]
