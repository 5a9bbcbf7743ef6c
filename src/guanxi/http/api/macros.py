"""Macros: kept, rehearsed against a conversation, and run."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post

from guanxi import macros, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail, Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal
from guanxi.infra.sql import Tx
from guanxi.macros import Key, Macro
from guanxi.pipeline.rate import ask_by_hand

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Actions = Annotated[list[macros.MacroAction], msgspec.Meta(max_length=10)]


class NewMacro(msgspec.Struct, kw_only=True):
    """`personal`: nobody else sees it."""

    name: Name
    actions: Actions
    key: Key = ""
    personal: bool = False


class ChangeMacro(msgspec.Struct, kw_only=True):
    name: Name | None = None
    actions: Actions | None = None
    key: Key | None = None


class Rehearsal(msgspec.Struct):
    """What each step would say and change, or why it cannot be done now."""

    steps: list[macros.Step]


class RunMacro(msgspec.Struct):
    """`id` is the run's own: sent twice, no message is written twice. `without`: the numbers of steps to leave out."""

    id: UUID
    without: Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=50)]], msgspec.Meta(max_length=20)] = []


@get("/macros", operation_id="list_macros", right="look")
async def list_macros(desk: Desk) -> list[Macro]:
    """One's own first, then the company's."""
    async with desk.reading() as tx:
        return await macros.of_agent(tx, desk.agent_id)


@post("/macros", operation_id="add_macro", right="serve")
async def add_macro(desk: Desk, data: NewMacro) -> Macro:
    """409 key_taken when another macro has the key."""
    async with desk.transaction() as tx:
        id_ = await macros.add(
            tx, name=data.name, key=data.key, actions=data.actions, personal=data.personal, by=desk.agent_id
        )
        return await macros.get(tx, id_, desk.agent_id)


@patch("/macros/{macro_id:uuid}", operation_id="change_macro", right="serve")
async def change_macro(desk: Desk, macro_id: UUID, data: ChangeMacro) -> Macro:
    async with desk.transaction() as tx:
        await macros.change(tx, macro_id, name=data.name, key=data.key, actions=data.actions, by=desk.agent_id)
        return await macros.get(tx, macro_id, desk.agent_id)


@delete("/macros/{macro_id:uuid}", operation_id="remove_macro", right="serve", status_code=200)
async def remove_macro(desk: Desk, macro_id: UUID) -> Nothing:
    async with desk.transaction() as tx:
        await macros.remove(tx, macro_id, by=desk.agent_id)
    return Nothing()


@post(
    "/conversations/{conversation_id:uuid}/macros/{macro_id:uuid}/rehearse",
    operation_id="rehearse_macro",
    right="serve",
    status_code=200,
)
async def rehearse_macro(desk: Desk, conversation_id: UUID, macro_id: UUID) -> Rehearsal:
    """What running it would come to, step by step. Nothing is sent or changed."""
    try:
        async with desk.transaction() as tx:
            macro = await macros.get(tx, macro_id, desk.agent_id)
            await macros.rehearse(tx, macro, conversation_id, by=desk.agent_id, ask=_ask)
    except macros.Rehearsed as rehearsed:
        return Rehearsal(steps=rehearsed.steps)
    raise AssertionError("a rehearsal ends by being raised")


@post(
    "/conversations/{conversation_id:uuid}/macros/{macro_id:uuid}/run",
    operation_id="run_macro",
    right="serve",
    status_code=200,
)
async def run_macro(desk: Desk, conversation_id: UUID, macro_id: UUID, data: RunMacro) -> ConversationDetail:
    """All its steps in their order, or none: 409 step_refused with the `step` and its `reason`."""
    try:
        async with desk.transaction() as tx:
            macro = await macros.get(tx, macro_id, desk.agent_id)
            await macros.run(tx, macro, conversation_id, id=data.id, by=desk.agent_id, ask=_ask, without=data.without)
            detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    except macros.Refused as refused:
        raise Refusal(409, refused.code, more={"step": refused.step, "reason": refused.reason}) from refused
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


async def _ask(tx: Tx, conversation_id: UUID, agent_id: UUID) -> str:
    asked = await ask_by_hand(tx, conversation_id, agent_id=agent_id)
    return "" if asked == "asked" else asked


routes = [list_macros, add_macro, change_macro, remove_macro, rehearse_macro, run_macro]
