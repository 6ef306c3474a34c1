"""What was measured, and what each figure should be."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """``least`` or ``most`` a figure should be; ``of`` another figure: as a ratio to that one."""

    most: float | None = None
    least: float | None = None
    of: str | None = None

    def is_met(self, number: float) -> bool:
        """Say whether a value, or a ratio where the goal is one, is good enough."""
        return (self.most is None or number <= self.most) and (
            self.least is None or number >= self.least
        )

    def __str__(self) -> str:
        """Return the goal as the table prints it: ``≤ 4 x empty_view``."""
        sign, bound = ("≤", self.most) if self.most is not None else ("≥", self.least)
        return f"{sign} {bound:,g}" + (f" x {self.of}" if self.of else "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; ``name`` is the same in every run, ``database`` empty where none is."""

    name: str
    value: float
    unit: str
    database: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A figure beside its goal; ``ratio`` is to the figure that the goal names."""

    figure: Figure
    goal: Goal | None
    ratio: float | None
    met: bool | None

    def as_json(self) -> dict[str, Any]:
        """Return the line for ``--json``."""
        return {
            **asdict(self.figure),
            "ratio": self.ratio,
            "goal": str(self.goal) if self.goal else None,
            "met": self.met,
        }


FIRST_PAGE = Goal(most=1.1, of="payments_first_page")
SEARCH = Goal(most=1)
SEARCH_P99 = Goal(most=10)
SEARCHES = ("id", "email", "email_start", "name", "rare_substring", "last4")
FILTERS = ("status", "method", "currency", "last4", "amount", "customer", "created", "two")

GOALS: Mapping[str, Goal] = {
    "payments_first_page": Goal(most=4, of="empty_view"),
    "payments_first_page_p99": Goal(most=2.5, of="payments_first_page"),
    "payments_deep_page": FIRST_PAGE,
    **{f"payments_by_{name}": FIRST_PAGE for name in FILTERS},
    "payments_count": Goal(most=1),
    **{f"search_{name}": SEARCH for name in SEARCHES},
    **{f"search_{name}_p99": SEARCH_P99 for name in SEARCHES},
    "revenue_chart": Goal(most=1.5),
    "revenue_chart_size": Goal(most=8),
    "scan": Goal(least=200, of="summary"),
    "export": Goal(least=100_000),
    "export_memory": Goal(most=50),
    "backfill": Goal(least=10_000),
    "backfill_memory": Goal(most=200),
    "backfill_calls": Goal(most=10.5),
    "charges": Goal(least=8_000),
    "charges_memory": Goal(most=200),
    "keeping_summaries": Goal(most=15),
    "sdk_page": Goal(most=2),
    "distant_backfill": Goal(most=2),
    "webhook": Goal(least=1_100),
    "webhook_distant": Goal(least=0.9, of="webhook"),
    "steady_p99": Goal(most=25),
    "steady_max": Goal(most=250),
    "events": Goal(least=500),
    "visible_p95": Goal(most=3),
    "reconcile": Goal(least=8_000),
    "filling_p99": Goal(most=3, of="idle_p99"),
    "disk": Goal(most=0.25),
    "worker_import": Goal(most=600),
    "worker_memory": Goal(most=110),
    "worker_plotly": Goal(most=0),
    "javascript": Goal(most=60),
}
"""By the name of the figure, whatever the database."""

OWN: Mapping[str, Mapping[str, Goal]] = {
    "sqlite": {"webhook_alone_p99": Goal(most=2)},
    "postgresql": {
        **{f"search_{name}": Goal(most=5) for name in SEARCHES},
        **{f"search_{name}_p99": Goal(most=20) for name in SEARCHES},
        "backfill": Goal(least=12_000),
        "webhook": Goal(least=650),
    },
}
"""Where a database has a goal of its own."""


def beside_goals(figures: Iterable[Figure]) -> list[Line]:
    """Return each figure beside its goal, compared within its own database."""
    found = list(figures)
    known = {(each.database, each.name): each.value for each in found}
    return [_line(each, known) for each in found]


def _line(figure: Figure, known: Mapping[tuple[str, str], float]) -> Line:
    goal = OWN.get(figure.database, {}).get(figure.name) or GOALS.get(figure.name)
    if goal is None:
        return Line(figure, None, None, None)
    if goal.of is None:
        return Line(figure, goal, None, goal.is_met(figure.value))
    base = known.get((figure.database, goal.of))
    if not base:
        return Line(figure, goal, None, None)
    ratio = figure.value / base
    return Line(figure, goal, round(ratio, 3), goal.is_met(ratio))
