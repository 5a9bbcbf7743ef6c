"""What is said over the desk's live socket: by the desk, small and typed; to it, frames, together when they wait."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from guanxi import live
from guanxi.http.server import encoded


class Watch(msgspec.Struct, frozen=True, tag_field="type", tag="watch"):
    """What is open on the desk: `also` in other tabs, which share the socket."""

    conversation: UUID | None = None
    also: tuple[UUID, ...] = ()


class Writing(msgspec.Struct, frozen=True, tag_field="type", tag="typing"):
    conversation: UUID
    on: bool


class Ping(msgspec.Struct, frozen=True, tag_field="type", tag="ping"):
    pass


class Resume(msgspec.Struct, frozen=True, tag_field="type", tag="resume"):
    cursor: str


heard = msgspec.json.Decoder(Watch | Writing | Ping | Resume)


class Together:
    """What waits goes out at once, as an array: under load a send costs more than what it carries. Sockets that are
    up to date wait for the same frames, so what was put together for one is kept for the next."""

    def __init__(self) -> None:
        self._frames: Sequence[live.Frame] = ()
        self.text = ""
        self.encoded = b""

    def __call__(self, frames: Sequence[live.Frame]) -> Together:
        if len(frames) != len(self._frames) or any(a is not b for a, b in zip(frames, self._frames, strict=True)):
            data = b",".join(frame.data for frame in frames)
            data = data if len(frames) == 1 else b"[" + data + b"]"
            self._frames, self.text, self.encoded = frames, data.decode(), encoded(data)
        return self
