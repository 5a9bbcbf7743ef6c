"""Contacts: who somebody is, changed by hand; blocking."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.params import Parameter

from guanxi import contacts, routing, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes_people import Contact, NoteAbout, PeoplePage
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
    vip: bool | None = None


class Block(msgspec.Struct):
    blocked: bool


@get("/contacts", operation_id="list_contacts", right="look")
async def list_contacts(
    desk: Desk,
    q: Annotated[str | None, Parameter(max_length=200)] = None,
    tag: Annotated[str | None, Parameter(max_length=40)] = None,
    after: Annotated[str | None, Parameter(max_length=200)] = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
) -> PeoplePage:
    """One page of contacts, the newest first; `q` finds name, e-mail, phone and tags."""
    async with desk.reading() as tx:
        page = await views.people(tx, words=q or "", tag=tag or None, after=after, limit=limit)
    return as_it_is(desk.signed(page), PeoplePage)


@get("/contact-tags", operation_id="list_contact_tags", right="look")
async def list_contact_tags(desk: Desk) -> list[str]:
    """Every tag that a contact has."""
    async with desk.reading() as tx:
        return await views.contact_tags(tx)


@get("/contacts/{contact_id:uuid}/notes", operation_id="list_contact_notes", right="look")
async def list_contact_notes(desk: Desk, contact_id: UUID) -> list[NoteAbout]:
    """What colleagues noted in the contact's latest conversations, the newest first."""
    async with desk.reading() as tx:
        await _now(desk, tx, contact_id)
        return as_it_is(await views.notes_about(tx, contact_id, await desk.sight(tx)), list[NoteAbout])


@get("/contacts/of-identity", operation_id="find_contact", right="look")
async def find_contact(desk: Desk, external_id: Annotated[str, Parameter(min_length=1, max_length=200)]) -> Contact:
    """The contact whom a platform calls so; 404 when he has never written to any of our inboxes."""
    async with desk.reading() as tx:
        contact_id = await views.contact_of(tx, external_id)
        return await _now(desk, tx, contact_id) if contact_id else as_it_is(None, Contact)


@get("/contacts/{contact_id:uuid}", operation_id="get_contact", right="look")
async def get_contact(desk: Desk, contact_id: UUID) -> Contact:
    """One contact, with identities and latest conversations."""
    async with desk.reading() as tx:
        return await _now(desk, tx, contact_id)


@patch("/contacts/{contact_id:uuid}", operation_id="change_contact", right="contacts")
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
            is_vip=data.vip,
        )
        if data.vip is not None:
            await routing.stand_anew(tx, contact_id)
        return await _now(desk, tx, contact_id)


@post("/contacts/{contact_id:uuid}/block", operation_id="block_contact", right="contacts", status_code=200)
async def block_contact(desk: Desk, contact_id: UUID, data: Block) -> Contact:
    """From now on what this contact writes calls nobody; `blocked: false` takes it back."""
    async with desk.transaction() as tx:
        await contacts.block(tx, contact_id, by=desk.agent_id, blocked=data.blocked)
        return await _now(desk, tx, contact_id)


async def _now(desk: Desk, tx: Tx, contact_id: UUID) -> Contact:
    body = await views.contact(tx, contact_id, await desk.sight(tx))
    return as_it_is(body and desk.signed(body), Contact)


routes = [
    list_contacts,
    list_contact_tags,
    list_contact_notes,
    find_contact,
    get_contact,
    change_contact,
    block_contact,
]
