"""What a comparison found, as whoever asked for it is told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboard.store.checks import SumCheck
from dashboard.store.differences import Difference, What

MOST_TOLD = 1_000
"""Differences that an outcome names; all are counted."""


@dataclass(slots=True)
class Outcome:
    """What a comparison found: by kind how many objects were compared, and what differed.

    ``counts`` are of differences that stood before repairs, ``left`` are not repaired; the first
    of them are named in ``differences``. Not ``complete`` when a kind could not be compared.
    """

    objects: Counter[str] = field(default_factory=Counter)
    counts: dict[What, int] = field(default_factory=lambda: dict.fromkeys(What, 0))
    repaired: int = 0
    differences: list[Difference] = field(default_factory=list)
    sums: list[SumCheck] = field(default_factory=list)
    complete: bool = False
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def left(self) -> int:
        """How many differences remain, sums that do not agree among them."""
        return sum(self.counts.values()) - self.repaired + sum(each.faults for each in self.sums)

    def tell(self, found: Sequence[Difference]) -> None:
        """Count differences, and name them while there is room."""
        for each in found:
            self.counts[each.what] += 1
        self.differences += found[: MOST_TOLD - len(self.differences)]
