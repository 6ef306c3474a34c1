"""What a promise was put through, and how often it was broken."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """How many ``cases`` a promise was put through, and a line for each failure.

    ``figures`` tells more of the run, in the order in which to print it.
    """

    promise: str
    cases: int = 0
    failures: list[str] = field(default_factory=list)
    figures: dict[str, float | str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return one line for the terminal."""
        more = ", ".join(f"{name} {value}" for name, value in self.figures.items())
        return f"{self.promise}: {len(self.failures)} failures in {self.cases:,} cases ({more})"
