"""How a search goes back through the slices of time: few at first, more while little is found, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

# A search may stop before its page is full and say where to go on: what fits is then rare, and what leads to it is not.
LONGEST = 0.08  # seconds
MOST_SLICES = 64  # at once
FEWEST_HITS = 120  # a slice gives up at once; four times as many each time when they are not enough
MOST_HITS = 4000

CONTACT_TEXT = """concat_ws(' ', p.name, p.email, p.phone, array_to_string(p.tags, ' '),
  (select string_agg(d.name, ' ') from identity d where d.workspace_id = p.workspace_id and d.contact_id = p.id))"""


@dataclass(slots=True)
class Seeking:
    """What is still to be looked through: `left`, slices by where they begin and what their tokens begin with, the
    newest first."""

    left: list[tuple[datetime, str]]
    longest: float = LONGEST  # seconds
    most: int = FEWEST_HITS  # hits of one slice
    _many: int = 1
    _began: float = field(default_factory=time.monotonic)
    _round: float = 0.0

    def next(self) -> Sequence[str]:
        """The prefixes of the slices to look through now; none when all are done, or when it has taken long enough."""
        now = time.monotonic()
        if self._round and now - self._began >= self.longest:
            return ()
        self._round = now
        return [prefix for _, prefix in self.left[: self._many]]

    def looked(self, given: int, full: int | None, hits: int, still_wanted: int) -> datetime | None:
        """Of the `given` slices `full` (from 1) has as many as `most` hits or more; the later ones were left out. How many
        come next follows from what these cost and gave. Returns since when all has been looked through, unless that is
        in the middle of a slice."""
        took, done = time.monotonic() - self._round, given
        if full is not None:
            done, self.most = full - 1, min(MOST_HITS, self.most * 4)
        since = self.left[done - 1][0] if full is None else None
        self.left = self.left[done:]
        many = given * 4
        if hits:
            many = min(many, -(-2 * still_wanted * given // hits))
        rest = self.longest - (time.monotonic() - self._began)
        many = min(many, int(rest / max(took / given, 1e-6)))
        self._many = max(1, min(many, MOST_SLICES))
        return since

    @property
    def is_over(self) -> bool:
        return not self.left
