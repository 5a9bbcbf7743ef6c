"""Skills as they are written down, and how early somebody's turn is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from guanxi.routing.model import Skills

VIP_STEPS = 1  # of priority
MOST_SKILLS = 50  # of an agent; MOST_NEEDS of a conversation
MOST_NEEDS = 8
MOST_QUEUES = 200
NOT_TAKEN = "did_not_take"  # the reason of who is busy because an offer of hers ran out


def expanded(skills: Mapping[str, int]) -> list[str]:
    """An agent's skills as rows keep them: each level includes those below, so that having is containing.

    >>> expanded({"refunds": 2, "lang:ja": 1})
    ['lang:ja', 'refunds', 'refunds+2']
    """
    return sorted(_named(key, level) for key, best in skills.items() for level in range(1, best + 1))


def levels(kept: Iterable[str]) -> Skills:
    """The way back: each skill with its highest level."""
    skills: Skills = {}
    for one in kept:
        key, _, level = one.partition("+")
        skills[key] = max(skills.get(key, 1), int(level or 1))
    return dict(sorted(skills.items()))


def needs_text(needs: Mapping[str, int]) -> str:
    """What is needed, as one text: the same needs are the same text, so that they make one line.

    >>> needs_text({"refunds": 2, "lang:ja": 1})
    'lang:ja refunds+2'
    """
    return " ".join(sorted(_named(key, level) for key, level in needs.items()))


def together(needs: str, more: str) -> str:
    """Both needs at once; where they name the same skill, the higher level."""
    return needs_text(levels([*needs.split(), *more.split()]))


def head_start(steps: int, minutes: int) -> int:
    """Seconds by which a turn comes earlier (negative: later): each step of priority counts like waiting so long."""
    return steps * minutes * 60


def _named(key: str, level: int) -> str:
    return key if level == 1 else f"{key}+{level}"
