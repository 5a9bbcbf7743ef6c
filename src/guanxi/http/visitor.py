"""The visitor door, /chat/…: the widget's files, hello, messages in and out, files, and the visitor's socket.

Raw ASGI. Every message goes the way of a webhook: it is kept first, and only then answered.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from guanxi.channels import webchat
from guanxi.channels.webchat import AS_THE_PAGE, sites_of
from guanxi.house import House
from guanxi.http import visitor_page
from guanxi.http.visitor_exchange import Exchange
from guanxi.http.visitor_live import VisitorRooms
from guanxi.http.visitor_socket import serve_socket
from guanxi.http.visitor_stream import serve_stream, take_typing
from guanxi.http.visitor_turn import Problem, Turn
from guanxi.http.visitor_visits import Visits
from guanxi.http.visitor_wishes import Wishes
from guanxi.inboxes import Door
from guanxi.live import Hub
from guanxi.pipeline.accept import Ingest
from guanxi.pipeline.lend import Lender

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = re.compile(
    r"/chat/([A-Za-z0-9_-]{1,100})/(widget\.js|scout\.js|frame|hello|visits|consent|messages|read|email|rate|wish|crossings|transcript|typing|files|events|live)"
)
EXTRAS = re.compile(r"/chat/extras\.([A-Za-z-]{2,8})\.js")  # its address changes with its content
NOT_FOUND = Problem(404, "not_found", "No chat has this address.")


class Doors(Protocol):
    async def find(self, address: str) -> Door | None: ...


def visitor(house: House, doors: Doors, ingest: Ingest, hub: Hub, lender: Lender) -> App:
    """The door as an ASGI app for all paths under /chat/. `hub` is the process's own; `ingest` has been started."""
    rooms = VisitorRooms(house, hub)
    exchange = Exchange(house, ingest)
    visits = Visits(exchange)
    wishes = Wishes(house, exchange, lender)
    pages: visitor_page.Pages | None = None

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal pages
        if scope["type"] == "lifespan":
            return
        turn = Turn(scope, receive, send)
        found = PATH.fullmatch(scope["path"])
        if scope["type"] == "websocket":
            door = await _door(doors, found[1]) if found and found[2] == "live" else None
            if door is None or not turn.is_from_here(door, house.settings.public_url):
                await send({"type": "websocket.close", "code": 4403})
                return
            await serve_socket(exchange, rooms, hub, door, turn)
            return
        try:
            pages = pages or visitor_page.load()
            if scope["path"] == "/chat/widget.js":
                body, headers = pages.file("loader.js", turn.header("accept-encoding"))
                await turn.answer(200, body, [*headers, (b"cache-control", b"public, max-age=600"), CORS, CORP])
                return
            if extras := EXTRAS.fullmatch(scope["path"]):
                body, headers = pages.file(f"extras.{pages.language(extras[1])}.js", turn.header("accept-encoding"))
                await turn.answer(200, body, [*headers, (b"cache-control", b"public, max-age=86400"), CORP])
                return
            door = await _door(doors, found[1]) if found else None
            if found is None or door is None:
                raise NOT_FOUND
            await _serve(exchange, visits, wishes, rooms, hub, pages, door, found[2], turn)
        except visitor_page.NotBuilt as error:
            await turn.refuse(Problem(503, "not_built", str(error)))
        except Problem as problem:
            await turn.refuse(problem)

    return app


# the loader is fetched by pages of other origins, also by those that isolate themselves
CORS = (b"access-control-allow-origin", b"*")
CORP = (b"cross-origin-resource-policy", b"cross-origin")


async def _door(doors: Doors, address: str) -> Door | None:
    door = await doors.find(address)
    return door if door is not None and door.channel == "webchat" else None


async def _serve(
    exchange: Exchange,
    visits: Visits,
    wishes: Wishes,
    rooms: VisitorRooms,
    hub: Hub,
    pages: visitor_page.Pages,
    door: Door,
    what: str,
    turn: Turn,
) -> None:
    method = turn.scope["method"]
    if what in ("widget.js", "scout.js") and method in ("GET", "HEAD"):
        plan = webchat.plan(webchat.read_setup(door.extras), door.settings.get("visits", "off"))
        accepts = turn.header("accept-encoding")
        if what == "widget.js":
            body, headers = pages.launcher(plan is not None, accepts)
        elif plan is None:
            raise NOT_FOUND
        else:
            body, headers = pages.scout(plan, accepts)
        await turn.answer(200, body, [*headers, (b"cache-control", b"public, max-age=600"), CORS, CORP])
        return
    if what == "frame" and method in ("GET", "HEAD"):
        await _frame(pages, door, turn)
        return
    if not turn.is_from_here(door, exchange.public_url):
        raise Problem(403, "wrong_origin", "This page may not use the chat.")
    match method, what:
        case "POST", "hello":
            await turn.answer_json(200, await exchange.hello(door, await turn.json(), turn.caller(exchange.trusted)))
        case "POST", "messages":
            kept = await exchange.take_message(door, await turn.json())
            await turn.answer_json(202, {"kept": kept})
        case "POST", "read":
            await exchange.take_read(door, await turn.json())
            await turn.answer_json(202, {})
        case "GET", "messages":
            await turn.answer_json(200, await exchange.messages(door, turn.token(), turn.query()))
        case "POST", "email":
            await exchange.take_email(door, await turn.json())
            await turn.answer_json(202, {})
        case "POST", "consent":
            await visits.take_consent(door, await turn.json())
            await turn.answer_json(200, {})
        case "POST", "visits":
            await visits.take_visit(door, await turn.json())
            await turn.answer_json(202, {})
        case "POST", "rate":
            await exchange.take_rating(door, await turn.json())
            await turn.answer_json(200, {})
        case "POST", "wish":
            await wishes.take_wish(door, await turn.json())
            await turn.answer_json(202, {})
        case "POST", "crossings":
            await turn.answer_json(200, await wishes.cross(door, await turn.json()))
        case "GET", "transcript":
            body = await exchange.transcript(door, turn.token(), turn.query())
            await turn.answer(
                200, body, [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
            )
        case "POST", "typing":
            await take_typing(exchange, hub, door, await turn.json())
            await turn.answer_json(202, {})
        case "GET", "events":
            await serve_stream(exchange, rooms, door, turn)
        case "POST", "files":
            await turn.answer_json(201, await exchange.take_file(door, turn))
        case _:
            raise Problem(405, "not_carried", "This address does not take that.")


async def _frame(pages: visitor_page.Pages, door: Door, turn: Turn) -> None:
    chosen = door.settings.get("language", AS_THE_PAGE)
    asked = turn.query().get("lang") or turn.header("accept-language")
    language = pages.language(asked if chosen == AS_THE_PAGE else chosen)
    body, headers = pages.file(f"frame.{language}.html", turn.header("accept-encoding"))
    policy = visitor_page.frame_policy(
        pages.manifest,
        sites_of(door.settings.get("sites", "")),
        turn.header("host"),
        language,
        secure=turn.scope.get("scheme") in ("https", "wss") or turn.header("x-forwarded-proto") == "https",
    )
    await turn.answer(
        200,
        body,
        [
            *headers,
            (b"content-security-policy", policy.encode("latin-1", "ignore")),
            (b"cache-control", b"private, max-age=300"),
            (b"referrer-policy", b"same-origin"),
            CORP,
        ],
    )
