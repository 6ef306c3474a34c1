"""Taking times: side by side, so that whatever else the machine does strikes all alike."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

from dashboard.bench.figures import Figure

Deed = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Times:
    """How long one deed took, each time, in milliseconds."""

    milliseconds: list[float]

    @property
    def median(self) -> float:
        """The time that half of them stayed below."""
        return median(self.milliseconds)

    @property
    def p99(self) -> float:
        """The time that 99 of 100 stayed below."""
        return self.percentile(99)

    def percentile(self, percent: int) -> float:
        """Return the time that so many percent stayed below."""
        return quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]

    def figures(self, name: str, database: str, *, with_p99: bool = False) -> Iterator[Figure]:
        """Yield the median as ``name``, and the 99th percentile as ``name_p99``."""
        yield Figure(name, round(self.median, 3), "ms", database)
        if with_p99:
            yield Figure(f"{name}_p99", round(self.p99, 3), "ms", database)


def timed(deed: Deed) -> float:
    """Return the milliseconds that a deed takes."""
    began = time.perf_counter()
    deed()
    return (time.perf_counter() - began) * 1_000


def side_by_side(deeds: Mapping[str, Deed], rounds: int, warm_up: int = 5) -> dict[str, Times]:
    """Do all ``deeds`` in turn, so many ``rounds``, and return the times of each.

    The collector runs between rounds: a pause of ours must not count as one of theirs.
    """
    for deed in deeds.values():
        for _ in range(warm_up):
            deed()
    taken: dict[str, list[float]] = {name: [] for name in deeds}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, deed in deeds.items():
                taken[name].append(timed(deed))
            gc.collect(0)
    finally:
        gc.enable()
    return {name: Times(each) for name, each in taken.items()}
