"""The slices of time in which a workspace's words lie, so that the newest are found without reading the rest.

A slice holds what was said from its beginning to the next one's. The newest is closed when it is full: the next one
begins a little later than now, so that nothing lies in an older slice than its time says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from guanxi.infra.search import prefix
from guanxi.infra.sql import Tx

Subject = Literal["message", "contact"]
FULL = 100_000  # entries: larger ones make frequent words slower, smaller ones make rare words slower
CLOCKS_DIFFER = timedelta(minutes=1)
ALWAYS = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Slices:
    """The beginnings of the slices in order, and for each what its tokens begin with."""

    begins: Sequence[datetime]
    prefixes: Sequence[str]

    def prefix_at(self, at: datetime) -> str:
        return self.prefixes[max(0, bisect_right(self.begins, at) - 1)]

    def until(self, at: datetime) -> list[tuple[datetime, str]]:
        """(beginning, prefix) of all slices that may hold what lies before or at `at`, the newest first."""
        many = max(1, bisect_right(self.begins, at))
        return list(zip(self.begins[:many], self.prefixes, strict=False))[::-1]

    def between(self, since: datetime | None, until: datetime) -> list[tuple[datetime, str]]:
        """Those of them that may hold what lies at `since` or later."""
        oldest = 0 if since is None else max(0, bisect_right(self.begins, since) - 1)
        return [one for one in self.until(until) if one[0] >= self.begins[oldest]]


async def slices(tx: Tx, subject: Subject) -> Slices:
    rows = await tx.fetch(
        """select w.number as workspace, s.number, s.begins_at from workspace w
           left join search_slice s on s.workspace_id = w.id and s.subject = $2 where w.id = $1 order by s.begins_at""",
        tx.workspace_id,
        subject,
    )
    if not rows:
        return Slices([ALWAYS], ["0"])
    return Slices(
        [row["begins_at"] or ALWAYS for row in rows], [prefix(row["workspace"], row["number"] or 0) for row in rows]
    )


async def count(tx: Tx, subject: Subject, entries: int, *, full: int = FULL) -> None:
    """So many entries are new. Begins the next slice when the newest is full."""
    if not entries:
        return
    row = await tx.fetchrow(
        """insert into search_slice (workspace_id, subject, number, begins_at, entries)
           select $1, $2, coalesce(max(number), 0), $3, $4 from search_slice where workspace_id = $1 and subject = $2
           on conflict (workspace_id, subject, number) do update set entries = search_slice.entries + excluded.entries
           returning number, entries""",
        tx.workspace_id,
        subject,
        ALWAYS,
        entries,
    )
    if row["entries"] >= full:
        await tx.execute(
            """insert into search_slice (workspace_id, subject, number, begins_at) values ($1, $2, $3, $4)
               on conflict do nothing""",
            tx.workspace_id,
            subject,
            row["number"] + 1,
            tx.now + CLOCKS_DIFFER,
        )
