"""One hub per process: hears of commits, reads their events once, and hands each frame to every open socket.

A hint may be lost at any moment; every room also looks for itself every two seconds, from a cursor below which no
event can appear any more. So a lost hint costs time and nothing else, and an event seen both ways is sent once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
import structlog

from guanxi import views
from guanxi.infra.bus import Bus
from guanxi.infra.sql import Tx
from guanxi.live.frames import Frame, frames
from guanxi.live.viewing import Viewing

log = structlog.get_logger(__name__)
LOOK_EVERY = 2.0  # seconds
PAGE = 200  # events read at once
MOST_REPLAYED = 1000  # beyond it a desk is quicker to read its snapshots again
ROOM_FOR = 500  # frames that a socket may lag behind

# How the hub reads: a read-only transaction of one workspace, lent by whoever builds the hub.
Reading = Callable[[UUID], AbstractAsyncContextManager[Tx]]
# Completes the addresses of files in a frame.
Sign = Callable[[UUID, bytes], bytes]
# Takes frames at once, all of them or none.
Take = Callable[[Sequence[Frame]], bool]


class TooSlow(Exception):
    """The receiver has not taken its frames for too long; it may come back and resume from its cursor."""


class Subscription:
    """The frames that one receiver wants, in order. Iterate over it; it ends by `close`."""

    def __init__(self, room: Room, want: Callable[[Frame], bool], take: Take | None, places: int) -> None:
        self._room = room
        self._want = want
        self._take = take
        self._is_idle = False  # the receiver waits, and nothing lies between it and what comes now
        self._queue: asyncio.Queue[Frame | None] = asyncio.Queue(places + 1)  # one place is kept for the end
        self._places = places
        self.too_slow = False

    def offer(self, frames: Sequence[Frame]) -> None:
        wanted = [frame for frame in frames if self._want(frame)]
        if self.too_slow or not wanted or (self._is_idle and self._take is not None and self._take(wanted)):
            return
        self._is_idle = False
        for frame in wanted:
            if self._queue.qsize() >= self._places:
                self.too_slow = True
                self._end()
                return
            self._queue.put_nowait(frame)

    async def cursor(self) -> str:
        """Where this room has got to: everything before it has been offered or is in any snapshot read from now."""
        await self._room.ready.wait()
        return self._room.cursor

    async def next(self) -> Frame | None:
        """The next frame; None at the end. Raises TooSlow when frames had to be left out."""
        self._is_idle = self._queue.empty()
        frame = None if self.too_slow else await self._queue.get()
        if frame is None and self.too_slow:
            raise TooSlow
        return frame

    async def __aiter__(self) -> AsyncIterator[Frame]:
        while (frame := await self.next()) is not None:
            yield frame

    def waiting(self, most: int) -> list[Frame]:
        """What else is there already, at most so many frames; does not wait."""
        found: list[Frame] = []
        while len(found) < most and not self.too_slow and not self._queue.empty():
            frame = self._queue.get_nowait()
            if frame is None:
                self._end()
                break
            found.append(frame)
        return found

    def close(self) -> None:
        self._room.subscriptions.discard(self)
        self._end()

    def _end(self) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(None)


@dataclass(eq=False, slots=True)
class Room:
    """One workspace that somebody here listens to."""

    workspace_id: UUID
    subscriptions: set[Subscription] = field(default_factory=set)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    pending: set[int] = field(default_factory=set)
    below: int = 0  # transactions before this one are over
    seen: dict[int, int] = field(default_factory=dict)  # event id → transaction, from `below` on
    task: asyncio.Task[None] | None = None

    @property
    def cursor(self) -> str:
        return f"{self.below}:0"


class Hub:
    """Subscribe to a workspace; say what passes by. Built once per process, before the event loop gets busy."""

    def __init__(self, bus: Bus, reading: Reading, sign: Sign) -> None:
        self._bus = bus
        self._reading = reading
        self._sign = sign
        self._rooms: dict[UUID, Room] = {}
        self._node = os.urandom(6).hex()
        self._watching: dict[tuple[UUID, str], dict[str, str]] = {}
        self.viewing = Viewing()
        bus.on_commit.append(self._hear_commit)
        bus.on_passing.append(self._hear_passing)
        bus.on_gap.append(self._hear_gap)

    def subscribe(
        self,
        workspace_id: UUID,
        want: Callable[[Frame], bool] = lambda frame: True,
        *,
        take: Take | None = None,
        places: int = ROOM_FOR,
    ) -> Subscription:
        """Hear a workspace from now on; `want` chooses, and must be quick. Close it when done.

        While the receiver waits, `take` gets what comes first; what it refuses goes the long way.
        """
        room = self._rooms.get(workspace_id)
        if room is None:
            room = self._rooms[workspace_id] = Room(workspace_id)
            room.task = asyncio.create_task(self._run(room))
        subscription = Subscription(room, want, take, places)
        room.subscriptions.add(subscription)
        return subscription

    async def replay(self, workspace_id: UUID, cursor: str) -> list[Frame] | None:
        """The frames since `cursor`, some of them perhaps known; None: too many, or no cursor of ours."""
        try:
            xid, id_ = (int(part) for part in cursor.split(":"))
        except ValueError:
            return None
        if not (0 <= xid < 1 << 62 and 0 <= id_ < 1 << 62):
            return None
        async with self._reading(workspace_id) as tx:
            if xid > await views.begun_below(tx):
                return None
            events = await views.events_since(tx, xid, id_, MOST_REPLAYED + 1)
            if len(events) > MOST_REPLAYED:
                return None
            room = self._rooms.get(workspace_id)
            return await self._frames(tx, events, room.cursor if room and room.ready.is_set() else cursor)

    def typing(
        self, workspace_id: UUID, conversation_id: UUID, *, by: str, on: bool, agent_id: UUID | None = None
    ) -> None:
        """Somebody writes, or has stopped: `by` is "contact" or the agent's name. Heard in every process."""
        self._bus.pass_on(
            workspace_id,
            {
                "type": "typing",
                "conversation": str(conversation_id),
                "by": by,
                "on": on,
                "agent_id": str(agent_id) if agent_id else None,
            },
        )

    def watch(self, workspace_id: UUID, conversation_id: UUID, agent_id: UUID, name: str | None) -> None:
        """An agent here has opened the conversation, or (`name` None) has left it."""
        looking = self._watching.setdefault((workspace_id, str(conversation_id)), {})
        if name is None:
            looking.pop(str(agent_id), None)
        else:
            looking[str(agent_id)] = name
        self._say_viewing(workspace_id, str(conversation_id))
        if not looking:
            self._watching.pop((workspace_id, str(conversation_id)), None)

    def say_viewing(self) -> None:
        """Say again who looks at what here, for processes that were not there the first time."""
        for workspace_id, conversation in list(self._watching):
            self._say_viewing(workspace_id, conversation)

    def sign_out(self, workspace_id: UUID, agent_id: UUID) -> None:
        """Sockets of this agent have to close, in every process."""
        self._bus.pass_on(workspace_id, {"type": "signed_out", "agent_id": str(agent_id)})

    def viewing_frame(self, workspace_id: UUID, conversation: str) -> Frame:
        agents = self.viewing.of(workspace_id, conversation)
        data = msgspec.json.encode({"type": "viewing", "conversation": conversation, "agents": agents})
        return Frame(type="viewing", data=data, conversation_id=UUID(conversation))

    async def stop(self) -> None:
        rooms, self._rooms = list(self._rooms.values()), {}
        for room in rooms:
            for subscription in list(room.subscriptions):
                subscription.close()
            if room.task is not None:
                room.task.cancel()
        await asyncio.gather(*(room.task for room in rooms if room.task), return_exceptions=True)
        self._bus.on_commit.remove(self._hear_commit)
        self._bus.on_passing.remove(self._hear_passing)
        self._bus.on_gap.remove(self._hear_gap)

    def _say_viewing(self, workspace_id: UUID, conversation: str) -> None:
        looking = self._watching.get((workspace_id, conversation), {})
        agents = [{"id": id_, "name": name[:60]} for id_, name in list(looking.items())[:8]]
        self._bus.pass_on(
            workspace_id, {"type": "viewing", "conversation": conversation, "node": self._node, "agents": agents}
        )

    def _hear_commit(self, workspace_id: UUID, xid: int) -> None:
        if room := self._rooms.get(workspace_id):
            room.pending.add(xid)
            room.wake.set()

    def _hear_gap(self) -> None:
        for room in self._rooms.values():
            room.wake.set()

    def _hear_passing(self, workspace_id: UUID, payload: dict[str, Any]) -> None:
        room = self._rooms.get(workspace_id)
        if room is None:
            return
        passing = self._passing_frames(workspace_id, payload)
        for subscription in list(room.subscriptions):
            subscription.offer(passing)

    def _passing_frames(self, workspace_id: UUID, payload: Mapping[str, Any]) -> Sequence[Frame]:
        kind = payload.get("type")
        agent_id = UUID(payload["agent_id"]) if payload.get("agent_id") else None
        if kind == "signed_out":
            return [Frame(type="signed_out", agent_id=agent_id)]
        if kind not in ("typing", "viewing"):
            return []
        conversation = str(payload["conversation"])
        built = []
        if kind == "typing":
            built = [
                Frame(
                    type="typing",
                    data=msgspec.json.encode(payload),
                    conversation_id=UUID(conversation),
                    agent_id=agent_id,
                    payload=payload,
                )
            ]
            if agent_id is None:
                return built
            self.viewing.hear_typing(workspace_id, conversation, str(agent_id), on=bool(payload["on"]))
        else:
            self.viewing.hear(workspace_id, conversation, str(payload["node"]), payload["agents"])
        return [*built, self.viewing_frame(workspace_id, conversation)]

    async def _run(self, room: Room) -> None:
        """Read and offer until nobody listens any more."""
        while True:
            try:
                if room.ready.is_set():
                    await self._look(room)
                else:
                    async with self._reading(room.workspace_id) as tx:
                        room.below = await views.over_below(tx)
                    room.ready.set()
            except Exception as error:  # the database may be away; sockets stay, and hear later
                log.warning("live.look_failed", problem=repr(error))
                await asyncio.sleep(0.5)
            if room.ready.is_set() and not room.subscriptions:
                if self._rooms.get(room.workspace_id) is room:
                    del self._rooms[room.workspace_id]
                return
            if not room.pending:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await room.wake.wait()

    async def _look(self, room: Room) -> None:
        hinted, room.pending = room.pending, set()
        room.wake.clear()
        async with self._reading(room.workspace_id) as tx:
            for xids in _pages(sorted(hinted)):
                events = await views.events_of(tx, xids)
                await self._offer(room, tx, events)
            if not hinted:
                await self._catch_up(room, tx)

    async def _catch_up(self, room: Room, tx: Tx) -> None:
        below = await views.over_below(tx)
        at, id_ = room.below, 0
        while True:
            events = await views.events_since(tx, at, id_, PAGE)
            await self._offer(room, tx, events)
            if len(events) < PAGE:
                break
            at, id_ = events[-1]["xid"], events[-1]["id"]
        room.below = max(below, room.below)
        room.seen = {event_id: xid for event_id, xid in room.seen.items() if xid >= room.below}

    async def _offer(self, room: Room, tx: Tx, events: Sequence[Any]) -> None:
        fresh = [event for event in events if event["id"] not in room.seen]
        for part in _pages(fresh):
            built = await self._frames(tx, part, room.cursor)
            for subscription in list(room.subscriptions):
                subscription.offer(built)
            room.seen |= {event["id"]: event["xid"] for event in part}

    async def _frames(self, tx: Tx, events: Sequence[Any], cursor: str) -> list[Frame]:
        built = await frames(tx, events, cursor) if events else []
        return [msgspec.structs.replace(frame, data=self._sign(tx.workspace_id, frame.data)) for frame in built]


def _pages(everything: Sequence[Any]) -> list[Sequence[Any]]:
    return [everything[at : at + PAGE] for at in range(0, len(everything), PAGE)]
