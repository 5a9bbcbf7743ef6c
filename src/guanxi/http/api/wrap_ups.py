"""Wrap-up codes: what can be said of a matter when it is resolved, and whether it has to be."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, put

from guanxi import conversations
from guanxi.conversations import GivenCode
from guanxi.http.auth import Desk
from guanxi.infra.sql import Tx

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"\S")]


class Code(msgspec.Struct, kw_only=True):
    id: UUID
    name: str


class CodeGroup(Code, kw_only=True):
    """A code, or with `codes` a group of such: then one of these is chosen, and not the group."""

    codes: list[Code]


class WrapUps(msgspec.Struct):
    """`needed`: nothing is resolved without one of them."""

    needed: bool
    codes: list[CodeGroup]


class SetCode(msgspec.Struct, kw_only=True):
    name: Name
    id: UUID | None = None


class SetCodeGroup(SetCode, kw_only=True):
    codes: Annotated[list[SetCode], msgspec.Meta(max_length=100)] = []


class SetWrapUps(msgspec.Struct):
    """All of them, in their order; with the id that a code has, or without one a new code."""

    needed: bool
    codes: Annotated[list[SetCodeGroup], msgspec.Meta(max_length=100)]


@get("/wrap-ups", operation_id="get_wrap_ups", right="look")
async def get_wrap_ups(desk: Desk) -> WrapUps:
    async with desk.reading() as tx:
        return await _now(tx)


@put("/wrap-ups", operation_id="set_wrap_ups", right="workspace")
async def set_wrap_ups(desk: Desk, data: SetWrapUps) -> WrapUps:
    """What is left out is chosen no more; what was resolved with it keeps it."""
    given = [
        GivenCode(one.name, one.id, tuple(GivenCode(inner.name, inner.id) for inner in one.codes)) for one in data.codes
    ]
    async with desk.transaction() as tx:
        await conversations.set_wrap_ups(tx, needed=data.needed, codes=given, by=desk.agent_id)
        return await _now(tx)


async def _now(tx: Tx) -> WrapUps:
    groups: dict[UUID, CodeGroup] = {}
    for one in await conversations.wrap_ups(tx):
        if one.group_id is None:
            groups[one.id] = CodeGroup(id=one.id, name=one.name, codes=[])
        elif one.group_id in groups:
            groups[one.group_id].codes.append(Code(id=one.id, name=one.name))
    return WrapUps(needed=await conversations.wrap_up_needed(tx), codes=list(groups.values()))


routes = [get_wrap_ups, set_wrap_ups]
