"""The audit log: a page of it for administrators, and the same as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import Parameter

from guanxi import audit, views
from guanxi.http.api.given import as_it_is
from guanxi.http.auth import Desk

MOST_LINES = 10_000  # of a table
Area = Annotated[str | None, Parameter(max_length=40, pattern="^[a-z_]+$")]


class AuditEntry(msgspec.Struct, kw_only=True):
    """`action` is like "queue.changed". `name` is who did it, at the command line whoever sat there; "" when nobody
    did: the house by itself. `details.changes` are fields with what was before and what is after."""

    id: UUID
    at: datetime
    action: str
    agent_id: UUID | None
    name: str
    means: Literal["desk", "token", "command", "house"]
    address: str
    kind: str
    about_id: str
    about: str
    details: dict[str, Any]


class AuditPage(msgspec.Struct, kw_only=True):
    """One page, newest first; `areas` are what it can be filtered by."""

    rows: list[AuditEntry]
    next: str | None
    areas: list[str]
    days: int


@get("/audit", operation_id="list_audit_log", right="audit")
async def list_audit_log(
    desk: Desk,
    agent_id: UUID | None = None,
    area: Area = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Annotated[str | None, Parameter(max_length=200)] = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
) -> AuditPage:
    """Who did what, newest first: by one person, of one area (the first word of an action), of a time."""
    async with desk.reading() as tx:
        rows, following = await views.audit_log(
            tx, agent_id=agent_id, area=area, since=since, until=until, after=after, limit=limit
        )
    rest = msgspec.json.encode({"next": following, "areas": audit.AREAS, "days": desk.house.settings.audit_days})
    return as_it_is(f'{{"rows":[{",".join(rows)}],{rest.decode()[1:]}'.encode(), AuditPage)


@get("/audit/table", operation_id="get_audit_table", right="audit", media_type="text/csv")
async def get_audit_table(
    desk: Desk,
    agent_id: UUID | None = None,
    area: Area = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Response[bytes]:
    """The same as CSV, the newest 10,000 lines of what was chosen."""
    async with desk.revealing("export.audit", "audit", area or "") as tx:
        rows, _ = await views.audit_log(
            tx, agent_id=agent_id, area=area, since=since, until=until, after=None, limit=MOST_LINES
        )
    told = io.StringIO()
    out = csv.writer(told)
    out.writerow(["at", "action", "who", "means", "address", "kind", "about", "about_id", "details"])
    for row in rows:
        one = msgspec.json.decode(row, type=AuditEntry)
        details = msgspec.json.encode(one.details).decode()
        cells = (one.action, one.name, one.means, one.address, one.kind, one.about, one.about_id, details)
        out.writerow([one.at.isoformat(), *map(_harmless, cells)])
    headers = {"content-disposition": 'attachment; filename="guanxi-audit.csv"', "cache-control": "no-store"}
    return Response(b"\xef\xbb\xbf" + told.getvalue().encode(), media_type="text/csv", headers=headers)


def _harmless(text: str) -> str:
    """A spreadsheet takes what begins so for a formula, and a name is whatever somebody chose."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


routes = [list_audit_log, get_audit_table]
