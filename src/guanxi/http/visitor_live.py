"""Visitors' open sockets: each hears of its own conversations, and reads from the database what there is to show."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
import structlog

from guanxi import views
from guanxi.house import House
from guanxi.http.visitor_waits import Place, WaitingLine
from guanxi.inboxes import Door
from guanxi.infra.sql import Tx
from guanxi.live import Frame, Hub, TooSlow

log = structlog.get_logger(__name__)
MOST_REMEMBERED = 20_000  # conversations whose identity is remembered
SHOWN = 40  # messages read when something happened
# These may begin or end a wait, and say nothing to a visitor by themselves.
ABOUT_WAITS = frozenset(
    {
        "conversation.assigned",
        "conversation.accepted",
        "conversation.resolved",
        "conversation.snoozed",
        "conversation.woken",
        "conversation.moved",
        "conversation.wished",
    }
)


@dataclass(eq=False, slots=True)
class Listener:
    """One socket's ear. `wake` is set when there is something to do: `stale` says read the messages again,
    `passing` holds small frames of which only the newest of each type counts."""

    places: tuple[Place, ...]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    stale: bool = True
    passing: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    wait: Mapping[str, Any] | None = None  # how he stands, as far as he was told
    shown: dict[str, str] = field(default_factory=dict)  # message id → state, as sent to this socket

    def rouse(self) -> None:
        self.stale = True
        self.wake.set()

    def pass_on(self, frame: Mapping[str, Any]) -> None:
        self.passing[frame["type"]] = frame
        self.wake.set()

    def fresh(self, messages: list[str]) -> list[bytes]:
        """Of these messages (JSON texts) the frames that this socket has not had yet."""
        frames = []
        for text in messages:
            message = msgspec.json.decode(text)
            if self.shown.get(message["id"]) != message["state"]:
                kind = "changed" if message["id"] in self.shown else "message"
                self.shown[message["id"]] = message["state"]
                frames.append(f'{{"type":"{kind}",{text.lstrip()[1:]}'.encode())
        return frames


@dataclass(eq=False, slots=True)
class _Room:
    """One workspace with visitors online here."""

    listeners: dict[Place, set[Listener]]
    line: WaitingLine
    online: bool | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class VisitorRooms:
    """One per process: hears each workspace once for all its visitors, by the same hub as the desks."""

    def __init__(self, house: House, hub: Hub) -> None:
        self._house = house
        self._hub = hub
        self._rooms: dict[UUID, _Room] = {}
        self._whose: OrderedDict[UUID, Place] = OrderedDict()

    @contextlib.contextmanager
    def listening(self, door: Door, external_ids: tuple[str, ...]) -> Iterator[Listener]:
        """Hear what happens to these identities of this inbox while the block runs; yields a Listener."""
        listener = Listener(tuple((door.inbox_id, external_id) for external_id in external_ids))
        room = self._rooms.get(door.workspace_id)
        if room is None:
            room = self._rooms[door.workspace_id] = self._room(door.workspace_id)
        for place in listener.places:
            room.listeners.setdefault(place, set()).add(listener)
        room.line.join(listener)
        try:
            yield listener
        finally:
            for place in listener.places:
                room.listeners[place].discard(listener)
                if not room.listeners[place]:
                    del room.listeners[place]
            if not room.listeners:
                for task in room.tasks:
                    task.cancel()
                if self._rooms.get(door.workspace_id) is room:
                    del self._rooms[door.workspace_id]

    def _room(self, workspace_id: UUID) -> _Room:
        listeners: dict[Place, set[Listener]] = {}
        room = _Room(listeners, WaitingLine(self._house, workspace_id, listeners, self._places))
        room.tasks = [asyncio.create_task(self._run(workspace_id, room)), asyncio.create_task(room.line.run())]
        return room

    def count(self, door: Door, external_id: str) -> int:
        """How many sockets here listen to this identity."""
        room = self._rooms.get(door.workspace_id)
        return len(room.listeners.get((door.inbox_id, external_id), ())) if room else 0

    async def stop(self) -> None:
        rooms, self._rooms = list(self._rooms.values()), {}
        tasks = [task for room in rooms for task in room.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, workspace_id: UUID, room: _Room) -> None:
        while True:
            subscription = self._hub.subscribe(workspace_id, _is_for_visitors)
            try:
                await subscription.cursor()
                room.line.look_soon()
                for listeners in list(room.listeners.values()):
                    for listener in list(listeners):
                        listener.rouse()
                async for frame in subscription:
                    await self._hear(workspace_id, room, frame)
                return  # the hub has stopped
            except TooSlow:
                continue  # whatever was left out is in the database: everybody looks again
            except Exception as error:  # the database may be away; sockets stay, and look again later
                log.warning("visitor.hearing_failed", problem=repr(error))
                await asyncio.sleep(0.5)
            finally:
                subscription.close()

    async def _hear(self, workspace_id: UUID, room: _Room, frame: Frame) -> None:
        if frame.conversation_id is None:
            await self._hear_agents(workspace_id, room)
            return
        place = await self._place(workspace_id, frame.conversation_id)
        if frame.type == "event" and (place in room.listeners or room.line.stands):
            room.line.look_soon()
        if frame.kind in ABOUT_WAITS:
            return
        for listener in list(room.listeners.get(place, ())) if place else ():
            if frame.kind in ("conversation.rating_asked", "conversation.rated"):
                listener.pass_on({"type": "rate", "id": frame.payload.get("rating_id")})
            elif frame.type == "event":
                listener.rouse()
            else:
                name = str(frame.payload.get("by", ""))[:60]
                listener.pass_on({"type": "typing", "on": bool(frame.payload.get("on")), "name": name})

    async def _hear_agents(self, workspace_id: UUID, room: _Room) -> None:
        room.line.look_soon()
        async with self._house.db.reading(workspace_id) as tx:
            front = await views.shop_front(tx)
        if front is not None and front["online"] != room.online:
            room.online = front["online"]
            for listener in {one for listeners in room.listeners.values() for one in listeners}:
                listener.pass_on({"type": "online", "online": front["online"]})

    async def _place(self, workspace_id: UUID, conversation_id: UUID) -> Place | None:
        if conversation_id in self._whose:
            self._whose.move_to_end(conversation_id)
            return self._whose[conversation_id]
        async with self._house.db.reading(workspace_id) as tx:
            return (await self._places(tx, [conversation_id])).get(conversation_id)

    async def _places(self, tx: Tx, conversation_ids: Sequence[UUID]) -> dict[UUID, Place]:
        """Whose conversations these are; asked once, for a conversation stays its identity's."""
        unknown = [id_ for id_ in conversation_ids if id_ not in self._whose]
        found = await views.whose_conversations(tx, unknown) if unknown else {}
        places = {id_: self._whose[id_] for id_ in conversation_ids if id_ in self._whose} | found
        self._whose.update(found)
        while len(self._whose) > MOST_REMEMBERED:
            self._whose.popitem(last=False)
        return places


def _is_for_visitors(frame: Frame) -> bool:
    if frame.type == "typing":
        return frame.agent_id is not None
    return frame.type == "event" and (
        frame.kind
        in (
            "message.received",
            "message.changed",
            "message.sent",
            "conversation.read",
            "conversation.rating_asked",
            "conversation.rated",
            "agent.changed",
        )
        or frame.kind in ABOUT_WAITS
    )
