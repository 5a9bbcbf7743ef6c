"""Contacts: who somebody is, changed by hand; blocking."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post

from guanxi import contacts, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import Contact
from guanxi.http.auth import Desk
from guanxi.infra.sql import Tx

Line = Annotated[str, msgspec.Meta(max_length=200)]


class ChangeContact(msgspec.Struct, kw_only=True):
    """`version` is the one that was looked at; 409 stale when there is a newer one."""

    version: Annotated[int, msgspec.Meta(ge=0, le=(1 << 62))]
    name: Line | None = None
    email: Line | None = None
    phone: Line | None = None
    note: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None
    tags: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=30)] | None = None
    attributes: (
        Annotated[dict[Line, Annotated[str, msgspec.Meta(max_length=2000)]], msgspec.Meta(max_length=50)] | None
    ) = None


class Block(msgspec.Struct):
    blocked: bool


@get("/contacts/{contact_id:uuid}", operation_id="get_contact", right="look")
async def get_contact(desk: Desk, contact_id: UUID) -> Contact:
    """One contact, with identities and latest conversations."""
    async with desk.reading() as tx:
        return await _now(desk, tx, contact_id)


@patch("/contacts/{contact_id:uuid}", operation_id="change_contact", right="serve")
async def change_contact(desk: Desk, contact_id: UUID, data: ChangeContact) -> Contact:
    """Change what is given."""
    async with desk.transaction() as tx:
        await contacts.change(
            tx,
            contact_id,
            by=desk.agent_id,
            version=data.version,
            name=data.name,
            email=data.email,
            phone=data.phone,
            note=data.note,
            tags=data.tags,
            attributes=data.attributes,
        )
        return await _now(desk, tx, contact_id)


@post("/contacts/{contact_id:uuid}/block", operation_id="block_contact", right="serve", status_code=200)
async def block_contact(desk: Desk, contact_id: UUID, data: Block) -> Contact:
    """From now on what this contact writes calls nobody; `blocked: false` takes it back."""
    async with desk.transaction() as tx:
        await contacts.block(tx, contact_id, by=desk.agent_id, blocked=data.blocked)
        return await _now(desk, tx, contact_id)


async def _now(desk: Desk, tx: Tx, contact_id: UUID) -> Contact:
    body = await views.contact(tx, contact_id)
    return as_it_is(body and desk.signed(body), Contact)


routes = [get_contact, change_contact, block_contact]
