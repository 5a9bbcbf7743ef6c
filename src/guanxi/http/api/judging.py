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


Words = Annotated[list[judging.AlarmWord], msgspec.Meta(max_length=200)]


class AlarmWords(msgspec.Struct):
    """The workspace's own words, before which those of the house step back."""

    words: Words


class SetAlarmWords(msgspec.Struct, kw_only=True):
    """`seen`: the words that were looked at; 409 `stale` when they are others meanwhile."""

    words: Words
    seen: Words | None = None


class TrySentence(msgspec.Struct, kw_only=True):
    """A sentence, and the workspace's own words as they stand in an editor; without them, as they are kept."""

    text: Annotated[str, msgspec.Meta(max_length=2000)]
    words: Words | None = None


class JudgedSentence(msgspec.Struct, kw_only=True):
    """How a contact who says this and nothing else would be judged, with the words that were found in it."""

    language: str
    urgency: judging.Urgency
    mood: judging.Mood
    reasons: list[judging.Reason]
    found: list[judging.Found]


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
async def set_alarm_words(desk: Desk, data: SetAlarmWords) -> AlarmWords:
    """Replace the workspace's own words. They count for what is said from then on."""
    async with desk.transaction() as tx:
        await judging.set_alarm_words(tx, data.words, by=desk.agent_id, seen=data.seen)
        return AlarmWords(words=await judging.alarm_words(tx))


@get("/alarm-words/ours", operation_id="list_our_alarm_words", right="queues")
async def list_our_alarm_words(desk: Desk) -> list[judging.OurWord]:
    """The words that every workspace begins with. One of its own that means nothing switches one of them off."""
    return judging.our_words()


@post("/alarm-words/try", operation_id="try_alarm_words", right="queues", status_code=200)
async def try_alarm_words(desk: Desk, data: TrySentence) -> JudgedSentence:
    """What is this sentence judged as, and why? Nothing is kept."""
    async with desk.reading() as tx:
        own = data.words if data.words is not None else await judging.alarm_words(tx)
    language = conversations.language_of(data.text)
    said = judging.Said(1, data.text, tx.now, language)
    judgement = judging.judged(judging.Facts(said=(said,)), own)
    return JudgedSentence(
        language=language, urgency=judgement.urgency, mood=judgement.mood, reasons=list(judgement.reasons),
        found=judging.found_in(data.text, language, own),
    )  # fmt: skip


routes = [correct, list_languages, list_alarm_words, set_alarm_words, list_our_alarm_words, try_alarm_words]
