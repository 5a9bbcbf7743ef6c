"""Pages of long lists by keyset: the place after which the next page starts, as text that says nothing by itself."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

Sort = Literal["newest", "waiting", "due"]
Order = Sort | Literal["late"]  # of what is nearly late or late, what is due first
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))
START: dict[Order, tuple[datetime, UUID]] = {
    "newest": (datetime(9000, 1, 1, tzinfo=UTC), UUID(int=(1 << 128) - 1)),
    "waiting": FIRST,
    "due": FIRST,
    "late": FIRST,
}


class BadCursor(Exception):
    """The cursor is none of ours, or belongs to a list in another order."""


class Page(msgspec.Struct, frozen=True):
    """Rows as JSON text, the cursor of the next page, and `xid`: all events before it are in these rows."""

    rows: list[str]
    next: str | None
    xid: int

    def body(self) -> bytes:
        """The answer: {"rows": [...], "next": ..., "at": {"xid": ...}}."""
        following = "null" if self.next is None else f'"{self.next}"'
        return f'{{"rows":[{",".join(self.rows)}],"next":{following},"at":{{"xid":"{self.xid}"}}}}'.encode()


def cursor(sort: Order, at: datetime, id_: UUID) -> str:
    """The place of one row, exact to the microsecond that the database keeps."""
    micros = (at - EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{sort[0]}{micros}:{id_.hex}".encode()).decode().rstrip("=")


def place(sort: Order, after: str | None) -> tuple[datetime, UUID]:
    """Where to go on. None is the beginning. Raises BadCursor."""
    if not after:
        return START[sort]
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True).decode("ascii")
        micros, _, id_ = text[1:].partition(":")
        if text[:1] != sort[0] or len(micros) > 18 or len(id_) != 32:
            raise BadCursor
        return EPOCH + timedelta(microseconds=int(micros)), UUID(hex=id_)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise BadCursor from error
