"""Attributes: what the workspace wants to know of contacts and conversations. Everybody sees them, admins define them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post

from guanxi import team
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.infra.sql import Tx
from guanxi.team import Attribute, Kind, Subject

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"\S")]
Choices = Annotated[list[Annotated[str, msgspec.Meta(max_length=80)]], msgspec.Meta(max_length=100)]


class NewAttribute(msgspec.Struct, kw_only=True):
    """The key is made from the name unless it is given; key and kind stay."""

    subject: Subject
    name: Name
    kind: Kind
    choices: Choices = []
    key: Annotated[str, msgspec.Meta(max_length=40)] = ""


class ChangeAttribute(msgspec.Struct, kw_only=True):
    name: Name | None = None
    choices: Choices | None = None
    position: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None


@get("/attributes", operation_id="list_attributes", right="look")
async def list_attributes(desk: Desk) -> list[Attribute]:
    """Those of contacts, then those of conversations, each in their order."""
    async with desk.reading() as tx:
        return [*await team.attributes(tx, "contact"), *await team.attributes(tx, "conversation")]


@post("/attributes", operation_id="add_attribute", right="workspace")
async def add_attribute(desk: Desk, data: NewAttribute) -> Attribute:
    """409 key_taken when there is one of this key."""
    async with desk.transaction() as tx:
        id_ = await team.add_attribute(
            tx,
            subject=data.subject,
            name=data.name,
            kind=data.kind,
            choices=data.choices,
            key=data.key,
            by=desk.agent_id,
        )
        return await _now(tx, id_)


@patch("/attributes/{attribute_id:uuid}", operation_id="change_attribute", right="workspace")
async def change_attribute(desk: Desk, attribute_id: UUID, data: ChangeAttribute) -> Attribute:
    """Change what is given."""
    async with desk.transaction() as tx:
        await team.change_attribute(
            tx, attribute_id, name=data.name, choices=data.choices, position=data.position, by=desk.agent_id
        )
        return await _now(tx, attribute_id)


@delete("/attributes/{attribute_id:uuid}", operation_id="remove_attribute", status_code=200, right="workspace")
async def remove_attribute(desk: Desk, attribute_id: UUID) -> Nothing:
    """Values that were given stay."""
    async with desk.transaction() as tx:
        await team.remove_attribute(tx, attribute_id, by=desk.agent_id)
    return Nothing()


async def _now(tx: Tx, attribute_id: UUID) -> Attribute:
    both = [*await team.attributes(tx, "contact"), *await team.attributes(tx, "conversation")]
    return next(one for one in both if one.id == attribute_id)


routes = [list_attributes, add_attribute, change_attribute, remove_attribute]
