"""Translation: who does it for a workspace, in which conversations, what was said in other words, and what is to be said."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put

from guanxi import conversations, translating, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail
from guanxi.http.api.verbs import Seq
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal
from guanxi.translating import Failed, Translator, Wanted

MOST = 50  # messages at once
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=5000, pattern=r"\S")]
Language = Annotated[str, msgspec.Meta(min_length=2, max_length=20)]


class SetTranslation(msgspec.Struct, kw_only=True):
    """'off' forgets the key. Without `key` the one before stays, as long as the address does; '' takes it away."""

    kind: translating.Kind
    url: Annotated[str, msgspec.Meta(max_length=500)] = ""
    model: Annotated[str, msgspec.Meta(max_length=200)] = ""
    key: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class TryTranslation(msgspec.Struct, kw_only=True):
    """One text, by the settings as they are kept."""

    text: Text
    to: Language


class TriedTranslation(msgspec.Struct, kw_only=True):
    """What came of it, in `ms` milliseconds; or `problem`, why nothing did, with what is known besides."""

    text: str
    ms: int
    problem: str
    detail: str


class SwitchTranslation(msgspec.Struct):
    on: bool


class WantTranslations(msgspec.Struct):
    """Of these messages, into one's own language."""

    seqs: Annotated[list[Seq], msgspec.Meta(max_length=MOST)]
    to: Language


class InOtherWords(msgspec.Struct, kw_only=True):
    """A message in the language asked for. `language` is what it was in, '' when nobody can tell."""

    seq: int
    text: str
    language: str


class Translations(msgspec.Struct, kw_only=True):
    """Those that there are. What is in the language already is left out; `failed` could not be had, `problem` says why."""

    texts: list[InOtherWords]
    failed: list[int]
    problem: str


class WantDraft(msgspec.Struct, kw_only=True):
    """What an agent has written, and the language of her customer."""

    text: Text
    to: Language


class TranslatedDraft(msgspec.Struct, kw_only=True):
    text: str
    problem: str


@get("/translation", operation_id="get_translation", right="integrations")
async def get_translation(desk: Desk) -> translating.TranslationSettings:
    """Who translates; never the key."""
    async with desk.reading() as tx:
        return await translating.settings_of(tx)


@put("/translation", operation_id="set_translation", right="integrations")
async def set_translation(desk: Desk, data: SetTranslation) -> translating.TranslationSettings:
    """Let somebody translate, or nobody. Nothing is sent out before an agent switches it on in a conversation."""
    async with desk.transaction() as tx:
        await translating.set_provider(
            tx, kind=data.kind, url=data.url.strip(), model=data.model.strip(), key=data.key,
            sealer=desk.house.sealer, by=desk.agent_id,
        )  # fmt: skip
        return await translating.settings_of(tx)


@post("/translation/try", operation_id="try_translation", right="integrations", status_code=200)
async def try_translation(desk: Desk, translator: Translator, data: TryTranslation) -> TriedTranslation:
    """Ask the provider once, and see."""
    _check(data.to)
    async with desk.reading() as tx:
        provider = await translating.translator_of(tx, desk.house.sealer)
    begun = perf_counter()
    source = conversations.language_of(data.text, by_script=True)
    (told,) = await translator.ask(desk.who.workspace_id, provider, [data.text], source, data.to, anew=True)
    ms = round((perf_counter() - begun) * 1000)
    if isinstance(told, Failed):
        return TriedTranslation(text="", ms=ms, problem=told.code, detail=told.detail[:200])
    return TriedTranslation(text=told, ms=ms, problem="", detail="")


@post(
    "/conversations/{conversation_id:uuid}/translating",
    operation_id="switch_translation",
    right="serve",
    status_code=200,
)
async def switch_translation(desk: Desk, conversation_id: UUID, data: SwitchTranslation) -> ConversationDetail:
    """Translate this conversation from now on, or no more: what the customer writes then goes to the provider."""
    async with desk.transaction() as tx:
        await translating.switch(tx, conversation_id, on=data.on, sealer=desk.house.sealer, by=desk.agent_id)
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


@post(
    "/conversations/{conversation_id:uuid}/translations",
    operation_id="read_translations",
    right="serve",
    status_code=200,
)
async def read_translations(
    desk: Desk, translator: Translator, conversation_id: UUID, data: WantTranslations
) -> Translations:
    """What the customer said, in one's own language. What was asked before costs nothing. 422 not_translating where nobody
    has switched it on."""
    async with desk.transaction() as tx:
        await conversations.identity_of(tx, conversation_id)
        _check(data.to)
        provider = await translating.translator_of(tx, desk.house.sealer, conversation_id)
        wanted = await translating.wanted(tx, conversation_id, data.seqs, data.to)
    wanted = [one for one in wanted if not translating.same_tongue(one.language, data.to)]
    asked = [one for one in wanted if one.translated is None]
    fresh, problem = await _ask(desk, translator, provider, asked, data.to)
    if fresh:
        async with desk.transaction() as tx:
            await translating.keep(tx, conversation_id, data.to, fresh, asked)
    known = {one.seq: one.translated for one in wanted if one.translated is not None} | fresh
    return Translations(
        texts=[
            InOtherWords(seq=one.seq, text=known[one.seq], language=one.language) for one in wanted if one.seq in known
        ],
        failed=[one.seq for one in asked if one.seq not in fresh],
        problem=problem,
    )


@post("/conversations/{conversation_id:uuid}/translate", operation_id="translate_draft", right="serve", status_code=200)
async def translate_draft(
    desk: Desk, translator: Translator, conversation_id: UUID, data: WantDraft
) -> TranslatedDraft:
    """What an agent has written, in her customer's language; she looks at it, then sends it by `reply` with `original`."""
    async with desk.transaction() as tx:
        await conversations.identity_of(tx, conversation_id)
        _check(data.to)
        provider = await translating.translator_of(tx, desk.house.sealer, conversation_id)
    source = conversations.language_of(data.text, by_script=True)
    (told,) = await translator.ask(desk.who.workspace_id, provider, [data.text], source, data.to)
    return (
        TranslatedDraft(text="", problem=told.code)
        if isinstance(told, Failed)
        else TranslatedDraft(text=told, problem="")
    )


async def _ask(
    desk: Desk, translator: Translator, provider: translating.Provider, asked: list[Wanted], to: str
) -> tuple[dict[int, str], str]:
    """By the number of the message, and why the others failed. Each language is asked for apart."""
    fresh: dict[int, str] = {}
    problem = ""
    for source in sorted({one.language for one in asked}):
        those = [one for one in asked if one.language == source]
        told = await translator.ask(desk.who.workspace_id, provider, [one.text for one in those], source, to)
        for one, text in zip(those, told, strict=True):
            if isinstance(text, Failed):
                problem = problem or text.code
            else:
                fresh[one.seq] = text
    return fresh, problem


def _check(to: str) -> None:
    if to not in conversations.HEARD:
        raise Refusal(422, "unknown_language")


routes = [get_translation, set_translation, try_translation, switch_translation, read_translations, translate_draft]
