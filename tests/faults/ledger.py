"""The ledger of what was acknowledged, and the checker that holds the database to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Ledger:
    """External ids that we saw a success for, in the order in which each sender sent them."""

    acknowledged: dict[str, list[str]] = field(default_factory=dict)

    def write(self, sender: str, external_id: str) -> None:
        self.acknowledged.setdefault(sender, []).append(external_id)

    def size(self) -> int:
        return sum(map(len, self.acknowledged.values()))


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as the database has it."""

    sender: str
    conversation: str
    seq: int
    external_id: str


def problems(ledger: Ledger, stored: Iterable[Stored], last_seqs: dict[str, int]) -> list[str]:
    """Everything that breaks a promise: lost, doubled, scattered over conversations, gaps, out of order."""
    found = []
    rows = list(stored)
    times = Counter(row.external_id for row in rows)
    homes: dict[str, set[str]] = {}
    for row in rows:
        homes.setdefault(row.sender, set()).add(row.conversation)
    for sender, sent in ledger.acknowledged.items():
        found += [f"lost {one}" for one in sent if times[one] == 0]
        if len(homes.get(sender, set())) > 1:
            found.append(f"{sender} is in {len(homes[sender])} conversations")
        mine = [row.external_id for row in sorted(rows, key=lambda r: r.seq) if row.sender == sender]
        kept = [one for one in mine if one in set(sent)]
        if kept != [one for one in sent if one in set(kept)]:
            found.append(f"{sender} is out of order")
    found += [f"doubled {one}" for one, count in times.items() if count > 1]
    found += _gaps(rows, last_seqs)
    return found


def _gaps(rows: Sequence[Stored], last_seqs: dict[str, int]) -> list[str]:
    seqs: dict[str, list[int]] = {}
    for row in rows:
        seqs.setdefault(row.conversation, []).append(row.seq)
    return [
        f"{conversation} has gaps: {sorted(its)[:10]}… of {last_seqs.get(conversation)}"
        for conversation, its in seqs.items()
        if sorted(its) != list(range(1, last_seqs.get(conversation, 0) + 1))
    ]
