"""The chart's spec says where each value stands, in as few words as it can."""

from datetime import date, timedelta

import orjson
import pytest

from dashboard.features.overview.charts import revenue_chart
from dashboard.mirror.measures.flow import Volume

FIRST = date(2026, 1, 1)
WEEK_MILLISECONDS = 7 * 86_400_000


def gross(days: list[date]) -> dict[str, object]:
    """Return the first trace of a chart of these bars."""
    flows = {day: Volume(gross=100) for day in days}
    trace: dict[str, object] = orjson.loads(revenue_chart(flows, "usd", unfinished=False))["data"][
        0
    ]
    return trace


def test_weeks_are_told_by_the_first_and_the_step() -> None:
    trace = gross([FIRST + timedelta(weeks=number) for number in range(5)])
    assert (trace["x0"], trace["dx"]) == ("2026-01-01", WEEK_MILLISECONDS)
    assert "x" not in trace


@pytest.mark.parametrize("months", [1, 4])
def test_months_and_single_bars_are_told_one_by_one(months: int) -> None:
    trace = gross([FIRST.replace(month=number) for number in range(1, months + 1)])
    assert trace["x"] == [f"2026-{number:02}-01" for number in range(1, months + 1)]
    assert "dx" not in trace
