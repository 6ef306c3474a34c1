"""The agenda: deeds that are planned for a second and done when their day has come."""

from collections.abc import Callable
from heapq import heappop, heappush

Deed = Callable[[int], None]


class Agenda:
    """Does what was planned, in order of time; what is planned after now is never done."""

    def __init__(self, now: int) -> None:
        """Start empty; ``now`` is the last second in which anything is done."""
        self._now = now
        self._planned = 0
        self._deeds: list[tuple[int, int, Deed]] = []

    def plan(self, at: int, deed: Deed) -> None:
        """Do ``deed(at)`` at ``at``; deeds of one second are done in the order of planning."""
        if at <= self._now:
            self._planned += 1
            heappush(self._deeds, (at, self._planned, deed))

    def run_until(self, end: int) -> None:
        """Do everything that is planned before second ``end``, also what that plans in turn."""
        while self._deeds and self._deeds[0][0] < end:
            at, _, deed = heappop(self._deeds)
            deed(at)
