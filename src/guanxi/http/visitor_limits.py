"""How much one visitor, or one address, may do in a while. Counted in this process, forgotten with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_KEYS = 50_000


@dataclass(slots=True)
class Limiter:
    """At most `count` times within `seconds`, for each of `limits`. Times are seconds of any steady clock."""

    limits: Sequence[tuple[int, float]]
    _taken: dict[str, deque[float]] = field(default_factory=dict)

    def take(self, key: str, now: float) -> float:
        """0 when it may go on, and then it counts; else the seconds to wait, and nothing is counted."""
        longest = max(seconds for _, seconds in self.limits)
        taken = self._taken.pop(key, None) or deque()
        while taken and taken[0] <= now - longest:
            taken.popleft()
        wait = 0.0
        for count, seconds in self.limits:
            if len(taken) >= count and taken[-count] > now - seconds:
                wait = max(wait, taken[-count] + seconds - now)
        if not wait:
            taken.append(now)
        self._taken[key] = taken  # whoever came last stands last, and who came first is forgotten first
        if len(self._taken) > MOST_KEYS:
            del self._taken[next(iter(self._taken))]
        return wait
