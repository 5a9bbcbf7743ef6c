"""What handlers are given, and how they answer with JSON that is ready already."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from guanxi import access, conversations
from guanxi.access import SignOn
from guanxi.house import House
from guanxi.http.api import shapes
from guanxi.http.auth import Desk, SignIns
from guanxi.http.errors import Refusal, not_found
from guanxi.http.typing import Typing
from guanxi.live import Hub
from guanxi.pipeline.lend import Lender
from guanxi.translating import Translator

T = TypeVar("T")

# The refusals that any signed-in path may answer with, for the document.
REFUSALS = {
    status: ResponseSpec(data_container=shapes.Refusal, generate_examples=False, description=words)
    for status, words in {
        400: "The request cannot be read.",
        401: "Not signed in.",
        403: "Not allowed, or without the CSRF header.",
        404: "There is nothing here, or not in this workspace.",
        409: "Something has changed meanwhile.",
        422: "Some fields cannot be used.",
        429: "Too many tries; Retry-After says how long to wait.",
    }.items()
}


async def give_desk(request: Request[Any, Any, Any]) -> Desk:
    desk: Desk = request.scope["desk"]  # type: ignore[typeddict-item]  # the door put it there
    return desk


async def give_house(request: Request[Any, Any, Any]) -> House:
    return cast(House, request.app.state.house)


async def give_sign_ins(request: Request[Any, Any, Any]) -> SignIns:
    return cast(SignIns, request.app.state.sign_ins)


async def give_sign_on(request: Request[Any, Any, Any]) -> SignOn | None:
    return cast("SignOn | None", request.app.state.sign_on)


async def give_hub(request: Request[Any, Any, Any]) -> Hub:
    return cast(Hub, request.app.state.hub)


async def give_lender(request: Request[Any, Any, Any]) -> Lender:
    return cast(Lender, request.app.state.lender)


async def give_relay(request: Request[Any, Any, Any]) -> Typing:
    return cast(Typing, request.app.state.relay)


async def give_translator(request: Request[Any, Any, Any]) -> Translator:
    return cast(Translator, request.app.state.translator)


def right_of(handler: BaseRouteHandler) -> access.Right:
    """The right that a door names: `@get("/…", right="look")`, one of the table in access/rules.py."""
    right: access.Right = handler.opt.get("right", "")
    if right not in access.RIGHTS:
        raise LookupError(f"the door {handler} names no right; say right=… of {', '.join(access.RIGHTS)}")
    return right


def only_with_right(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of every door behind the sign-in: the role must have the right that the door names."""
    desk: Desk = connection.scope["desk"]  # type: ignore[typeddict-item]
    right = right_of(handler)
    if desk.who.lacks_second_factor and right != "own":
        raise Refusal(403, "second_factor_needed")
    if right not in desk.who.rights:
        raise Refusal(403, "not_allowed")
    connection.scope["desk"] = replace(desk, right=right)  # type: ignore[typeddict-unknown-key]


async def only_what_is_seen(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """The guard of every door that names a conversation: who does not see it finds nothing there."""
    desk: Desk = connection.scope["desk"]  # type: ignore[typeddict-item]
    conversation_id = connection.path_params.get("conversation_id")
    if conversation_id is None or desk.who.sees == "all":
        return
    async with desk.reading() as tx:
        await desk.must_see(tx, await conversations.survivor_of(tx, conversation_id))


def as_it_is(body: bytes | None, shape: type[T], *, status: int | None = None) -> T:
    """Answer with JSON that the database built, which has this shape. None: there is nothing here."""
    if body is None:
        raise not_found()
    return cast(T, Response(body, media_type="application/json", status_code=status))


def senseful(at: datetime | None, field: str) -> datetime | None:
    """A time that somebody asks for, in UTC; refused where it names no zone, or lies out of all reason."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise Refusal(422, "invalid", fields={field: "no_time_zone"})
    if at.year not in range(2000, 2200):
        raise Refusal(422, "invalid", fields={field: "out_of_range"})
    return at.astimezone(UTC)


def as_text(body: bytes) -> dict[str, Any]:
    """Bytes from outside as members of an answer: text when they are text."""
    try:
        return {"body": body.decode(), "encoding": "text"}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "encoding": "base64"}
