"""A customer is asked who he is: the link sends him to his platform's page, and he comes back here.

`state` goes with him and is signed by us: of this inbox, of this browser (a cookie holds its other half), for ten
minutes. First he is only recognised, which no platform asks him about; for name and picture he is asked once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from uuid import UUID

import structlog

from guanxi import channels
from guanxi.access import caller_address, networks
from guanxi.channel_kit import Channel, MaybeSent, NotSent
from guanxi.house import House
from guanxi.http.introduction_page import page
from guanxi.http.plain import App, Header, Receive, Scope, Send, cookie, header, respond
from guanxi.http.visitor_limits import Limiter
from guanxi.http.visitor_turn import Turn
from guanxi.inboxes import Door
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.introduce import introduce
from guanxi.pipeline.lend import Lender, plain

log = structlog.get_logger(__name__)
PATH = re.compile(r"/who/([A-Za-z0-9_-]{43})(/back)?")
STATE = re.compile(r"([ow])([0-9a-f]{8})([0-9a-f]{44})")
ONLY_WHO, WHOLE = "o", "w"
COOKIE = "guanxi_who"
LASTS = 600  # seconds from the link to coming back
HEADERS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
)


def link(public_url: str, workspace_id: UUID, inbox_id: UUID) -> str:
    """The address that a menu or an agent sends. It names the inbox and tells nothing of its webhook."""
    return f"{public_url}/who/{base64.urlsafe_b64encode(workspace_id.bytes + inbox_id.bytes).decode().rstrip('=')}"


def introductions(house: House, doors: Doors, lender: Lender) -> App:
    """The door as an ASGI app for all paths under /who/."""
    trusted = networks(house.settings.trusted_proxies)
    limiter = Limiter([(120, 60.0)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        language = header(scope, b"accept-language")
        found = PATH.fullmatch(scope["path"])
        peer = (scope.get("client") or ("", 0))[0]
        caller = caller_address(peer, header(scope, b"x-forwarded-for"), trusted)
        wait = limiter.take(caller, house.clock().timestamp())
        if scope["method"] not in ("GET", "HEAD") or found is None or wait:
            await _show(send, 429 if wait else 404, "slow" if wait else "nothing", language)
            return
        door = await doors.get(*_named(found[1]))
        channel = channels.all_channels().get(door.channel) if door and door.state != "removed" else None
        if door is None or channel is None or channel.introduction is None:
            await _show(send, 404, "nothing", language)
        elif found[2] is None:
            await _send_away(send, door, channel, ONLY_WHO)
        else:
            await _take_back(Turn(scope, receive, send), door, channel, cookie(scope, COOKIE), language)

    async def _send_away(send: Send, door: Door, channel: Channel, step: str) -> None:
        assert channel.introduction is not None
        half = secrets.token_hex(16)
        until = format(int(house.clock().timestamp()) + LASTS, "08x")
        state = f"{step}{until}{_signed(door, step, until, half)}"
        back = f"{link(house.settings.public_url, door.workspace_id, door.inbox_id)}/back"
        away = channel.introduction(back, state, step == WHOLE, plain(door))
        secure = "; Secure" if house.settings.public_url.startswith("https://") else ""
        keep = f"{COOKIE}={half}; Path=/who/; Max-Age={LASTS}; HttpOnly; SameSite=Lax{secure}"
        headers = [*HEADERS, (b"location", away.encode()), (b"set-cookie", keep.encode())]
        await respond(send, 302, b"", headers)

    async def _take_back(turn: Turn, door: Door, channel: Channel, half: str, language: str) -> None:
        assert channel.introduced is not None
        query = turn.query()
        step = _step_of(door, query.get("state", ""), half)
        again = link(house.settings.public_url, door.workspace_id, door.inbox_id)
        if not step:
            await _show(turn.send, 400, "old", language, again)
            return
        try:
            told = await channel.introduced(query, lender.lend(door))
        except (NotSent, MaybeSent) as error:
            log.info("introduction.no_answer", inbox=str(door.inbox_id), problem=str(error)[:200])
            await _show(turn.send, 502, "no_answer", language, again)
            return
        if told is None:
            await _show(turn.send, 200, "declined", language)
            return
        async with house.db.transaction(door.workspace_id) as tx:
            standing = await introduce(tx, door, told)
        if standing == "nameless" and step == ONLY_WHO:
            await _send_away(turn.send, door, channel, WHOLE)
            return
        await _show(turn.send, 200, "unknown" if standing == "unknown" else "thanks", language)

    def _signed(door: Door, step: str, until: str, half: str) -> str:
        """In letters and digits, which is all that some platforms carry."""
        whose = hashlib.sha256(half.encode("utf-8", "replace")).hexdigest()
        return house.sealer.sign("introduction", f"{door.inbox_id}|{step}|{until}|{whose}").encode().hex()

    def _step_of(door: Door, state: str, half: str) -> str:
        """Which step this state is of; '' when it is not ours, not this browser's, or too old."""
        parts = STATE.fullmatch(state)
        if parts is None or not half or int(parts[2], 16) < house.clock().timestamp():
            return ""
        return parts[1] if secrets.compare_digest(_signed(door, parts[1], parts[2], half), parts[3]) else ""

    return app


def _named(address: str) -> tuple[UUID, UUID]:
    try:
        raw = base64.urlsafe_b64decode(address + "=")
    except binascii.Error:
        raw = bytes(32)
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:32])


async def _show(send: Send, status: int, what: str, language: str, again: str = "") -> None:
    headers = [(b"content-type", b"text/html; charset=utf-8"), *HEADERS]
    await respond(send, status, page(what, language, again), headers)
