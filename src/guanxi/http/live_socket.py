"""The desk's live socket: hello, then every frame of the workspace, until the desk leaves, lags or loses its right.

What a desk sends is small and typed; anything else closes that one socket and nothing more.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

import msgspec
import structlog

from guanxi import access, events, live, team, views
from guanxi.access import Who
from guanxi.house import House
from guanxi.http.auth import COOKIE, SignIns, caller, is_own_origin
from guanxi.http.bearers import token_of
from guanxi.http.live_words import Ping, Resume, Together, Watch, Writing, heard
from guanxi.http.plain import App, Receive, Scope, Send, cookie
from guanxi.http.server import SEND_NOW
from guanxi.http.typing import Typing
from guanxi.infra.metrics import LIVE_SOCKETS

log = structlog.get_logger(__name__)
LARGEST_FRAME = 4096
MOST_WATCHED = 20  # conversations that the other tabs of one desk may have open
MOST_TOGETHER = 63  # more frames that one message may carry
FRAMES_PER_SECOND, FRAMES_AT_ONCE = 20.0, 60.0
CHECK_EVERY = 2.0  # seconds between looks whether everybody may still be here
SIGN_OF_LIFE_EVERY = 20.0

GARBAGE, SIGNED_OUT, TOO_SLOW, TOO_FAST = 4400, 4401, 4008, 4429


class Closed(Exception):
    """The socket has to close with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(eq=False, slots=True)
class Socket:
    """One open desk."""

    who: Who
    send: Send
    send_now: Callable[[bytes], bool] | None  # of an encoded frame, where the server can
    subscription: live.Subscription
    scopes: frozenset[str] | None = None  # of the access token that opened it; None: a person sits here
    watching: frozenset[UUID] = frozenset()
    sight: views.Sight | None = None  # None: he sees all conversations
    looks_anew: bool = False  # something is on its way that may change what he sees
    allowance: float = FRAMES_AT_ONCE
    counted_at: float = field(default_factory=monotonic)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # what was missed goes out before what comes
    end: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def say(self, text: str) -> None:
        await self.send({"type": "websocket.send", "text": text})

    def close(self, code: int) -> None:
        if not self.end.done():
            self.end.set_result(code)


@dataclass(slots=True)
class Desks:
    """All open sockets of this process."""

    house: House
    hub: live.Hub
    sign_ins: SignIns
    typing: Typing
    open: set[Socket] = field(default_factory=set)
    together: Together = field(default_factory=lambda: Together())

    def door(self) -> App:
        """The ASGI callable for /api/live."""

        async def door(scope: Scope, receive: Receive, send: Send) -> None:
            await receive()  # websocket.connect
            who, scopes = await self._whose(scope)
            if who is None or who.lacks_second_factor or "look" not in who.rights:
                await send({"type": "websocket.close", "code": SIGNED_OUT})
                return
            await send({"type": "websocket.accept"})
            await self._serve(who, scopes, scope, receive, send)

        return door

    async def _whose(self, scope: Scope) -> tuple[Who | None, frozenset[str] | None]:
        """Who knocks: a browser with a cookie, on our own page; or a program with an access token that may read, and
        its scopes."""
        if (token := token_of(scope)) is None:
            is_ours = is_own_origin(self.house, scope, needed=True)
            return (await self.sign_ins.who(cookie(scope, COOKIE)) if is_ours else None), None
        bearers = self.sign_ins.bearers
        bearer = await bearers.find(token)
        wait = bearers.wait_of(bearer) if bearer else bearers.wait_of_wrong(caller(self.house, scope))
        if bearer is None or wait or "read" not in bearer.scopes:
            return None, None
        return bearer.who, bearer.scopes

    async def _serve(self, who: Who, scopes: frozenset[str] | None, scope: Scope, receive: Receive, send: Send) -> None:
        send_now = scope["extensions"].get(SEND_NOW)
        socket = Socket(who, send, send_now, None)  # type: ignore[arg-type]  # the subscription needs to know the socket
        socket.scopes = scopes
        socket.subscription = self.hub.subscribe(
            who.workspace_id,
            lambda frame: _wants(socket, frame),
            take=lambda frames: _take(socket, self.together, frames),
        )
        self.open.add(socket)
        LIVE_SOCKETS.set(len(self.open))
        code = 1011
        try:
            socket.sight = await self._sight(who)
            hello = {
                "type": "hello",
                "cursor": await socket.subscription.cursor(),
                "server_time": events.wire_time(self.house.clock()),
                "agent_id": str(who.agent_id),
            }
            await socket.say(msgspec.json.encode(hello).decode())
            code = await self._until_it_ends(socket, receive)
        finally:
            self.open.discard(socket)
            LIVE_SOCKETS.set(len(self.open))
            socket.subscription.close()
            self._leave(socket, socket.watching)
        if code:
            with contextlib.suppress(Exception):  # it may be gone already
                await asyncio.wait_for(send({"type": "websocket.close", "code": code}), 2.0)

    async def _until_it_ends(self, socket: Socket, receive: Receive) -> int:
        """The code to close with; 0 when the desk has left."""
        tasks = [
            asyncio.create_task(self._read(socket, receive)),
            asyncio.create_task(self._write(socket)),
        ]
        try:
            done, _ = await asyncio.wait([*tasks, socket.end], return_when=asyncio.FIRST_COMPLETED)
            if socket.end in done:
                return socket.end.result()
            for task in tasks:
                if task in done:
                    return task.result()
            return 1011
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, socket: Socket, receive: Receive) -> int:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return 0
            try:
                _spend(socket)
                await self._hear(socket, message.get("text"))
            except Closed as closed:
                return closed.code

    async def _hear(self, socket: Socket, text: str | None) -> None:
        if text is None or len(text) > LARGEST_FRAME:
            raise Closed(GARBAGE)
        try:
            frame = heard.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise Closed(GARBAGE) from error
        who = socket.who
        match frame:
            case Ping():
                await socket.say('{"type":"pong"}')
            case Writing(conversation=conversation, on=on) if (
                "serve" in who.rights
                and (socket.scopes is None or "write" in socket.scopes)
                and (socket.sight is None or conversation in socket.watching)
            ):
                self.hub.typing(who.workspace_id, conversation, by=who.name, on=on, agent_id=who.agent_id)
                self.typing.say(who.workspace_id, conversation, on=on)
            case Watch(conversation=conversation, also=also):
                quiet = socket.scopes is not None or await self._looks_unseen(who)
                named = frozenset([*([conversation] if conversation else []), *also[:MOST_WATCHED]])
                opened = await self._seen(socket, named)
                self._leave(socket, socket.watching - opened)
                socket.watching = opened
                for looked_at in opened:
                    if not quiet:  # a program that listens is nobody who looks
                        self.hub.watch(who.workspace_id, looked_at, who.agent_id, who.name)
                    await socket.say(self.hub.viewing_frame(who.workspace_id, str(looked_at)).data.decode())
            case Resume(cursor=cursor):
                async with socket.turn:
                    missed = await self.hub.replay(who.workspace_id, cursor)
                    for one in missed or []:
                        if _wants(socket, one) and (shown := self._shown(socket, one)):
                            await socket.say(shown.data.decode())
                    await socket.say('{"type":"reset"}' if missed is None else '{"type":"resumed"}')

    async def _sight(self, who: Who) -> views.Sight | None:
        async with self.house.db.reading(who.workspace_id) as tx:
            return await views.sight_of(tx, who.agent_id)

    async def _seen(self, socket: Socket, named: frozenset[UUID]) -> frozenset[UUID]:
        if socket.sight is None:
            return named
        async with self.house.db.reading(socket.who.workspace_id) as tx:
            return frozenset(await views.seen(tx, socket.sight, sorted(named)))

    def _shown(self, socket: Socket, frame: live.Frame) -> live.Frame | None:
        """The frame as this desk may hear it. What it sees no longer, it looks at no longer."""
        if socket.sight is None or frame.type != "event":
            return frame
        shown = frame.as_seen(socket.sight)
        if shown is None or shown.kind == live.HIDDEN:
            self._leave(socket, socket.watching & {frame.conversation_id} if frame.conversation_id else frozenset())
        return shown

    async def _write(self, socket: Socket) -> int:
        try:
            while (frame := await socket.subscription.next()) is not None:
                frames = [frame, *socket.subscription.waiting(MOST_TOGETHER)]
                async with socket.turn:
                    if socket.sight is None and not socket.looks_anew:
                        await socket.say(self.together(frames).text)
                    else:
                        await self._write_what_is_seen(socket, frames)
        except live.TooSlow:
            return TOO_SLOW
        return 1001

    async def _write_what_is_seen(self, socket: Socket, frames: Sequence[live.Frame]) -> None:
        """One by one: what comes behind a change of what this desk sees is judged by how it sees then, and all that it
        shows is read anew."""
        socket.looks_anew = False
        for frame in frames:
            if (shown := self._shown(socket, frame)) is not None:
                await socket.say(shown.data.decode())
            if frame.is_about_sight(socket.who.agent_id):
                before, socket.sight = socket.sight, await self._sight(socket.who)
                if socket.sight != before:
                    # what the desk reads anew must not be answered by what is known of him from before
                    self.sign_ins.forget(socket.who.workspace_id, socket.who.agent_id)
                    self._leave(socket, socket.watching - await self._seen(socket, socket.watching))
                    await socket.say('{"type":"reset"}')

    async def _looks_unseen(self, who: Who) -> bool:
        """Does this supervisor want to look on without being seen, and does the workspace allow that?"""
        if "supervise" not in who.rights:
            return False
        async with self.house.db.reading(who.workspace_id) as tx:
            return await team.listens_unseen(tx, who.agent_id)

    def _leave(self, socket: Socket, left: frozenset[UUID]) -> None:
        """Colleagues see him there no more, unless another socket of his has it open."""
        socket.watching -= left
        who = socket.who
        if socket.scopes is not None:
            return
        same = (who.workspace_id, who.agent_id)
        for one in left:
            if not any(
                (o.who.workspace_id, o.who.agent_id) == same and one in o.watching and o.scopes is None
                for o in self.open
            ):
                self.hub.watch(who.workspace_id, one, who.agent_id, None)

    async def keep_order(self) -> None:
        """For ever: close the sockets of those who were removed or signed out; write down who is here."""
        next_sign = 0.0
        while True:
            await asyncio.sleep(CHECK_EVERY)
            try:
                await self._close_strangers(list(self.open))
                if monotonic() >= next_sign:
                    next_sign = monotonic() + SIGN_OF_LIFE_EVERY
                    await self._show_presence()
                    self.hub.say_viewing()
            except Exception as error:  # the database may be away; everybody stays until it is back
                log.warning("live.check_failed", problem=repr(error))

    async def _close_strangers(self, sockets: Sequence[Socket]) -> None:
        if not sockets:
            return
        async with self.house.db.directory() as directory:
            people = {socket.who.sign_in for socket in sockets if socket.scopes is None}
            programs = {socket.who.sign_in for socket in sockets if socket.scopes is not None}
            known = await access.still_signed_in(directory, list(people)) if people else {}
            known |= await access.still_good(directory, list(programs)) if programs else {}
        for socket in sockets:
            rights = known.get(socket.who.sign_in)
            if rights is None:
                socket.close(SIGNED_OUT)
            elif rights != socket.who.rights:
                socket.who = msgspec.structs.replace(socket.who, rights=rights)

    async def _show_presence(self) -> None:
        here: dict[UUID, set[UUID]] = {}
        for socket in self.open:
            if socket.scopes is not None:
                continue  # nobody is there because a program of his is
            here.setdefault(socket.who.workspace_id, set()).add(socket.who.agent_id)
        for workspace_id, agents in here.items():
            async with self.house.db.transaction(workspace_id) as tx:
                await team.seen(tx, list(agents))


def _wants(socket: Socket, frame: live.Frame) -> bool:
    if frame.type == "signed_out":
        if frame.agent_id == socket.who.agent_id:
            socket.close(SIGNED_OUT)
        return False
    if frame.type == "viewing":
        return frame.conversation_id in socket.watching
    if frame.kind.startswith("notice."):
        return frame.payload.get("for") == str(socket.who.agent_id)
    if frame.type == "typing" and socket.sight is not None:
        return frame.conversation_id in socket.watching
    if frame.is_about_sight(socket.who.agent_id):
        socket.looks_anew = True
    return True


def _take(socket: Socket, together: Together, frames: Sequence[live.Frame]) -> bool:
    if socket.send_now is None or socket.turn.locked() or socket.sight is not None or socket.looks_anew:
        return False
    return socket.send_now(together(frames).encoded)


def _spend(socket: Socket) -> None:
    """One frame of the allowance."""
    now = monotonic()
    socket.allowance = min(FRAMES_AT_ONCE, socket.allowance + (now - socket.counted_at) * FRAMES_PER_SECOND)
    socket.counted_at = now
    if socket.allowance < 1:
        raise Closed(TOO_FAST)
    socket.allowance -= 1
