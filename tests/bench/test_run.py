"""Every measurement runs on a tiny mirror, and its JSON has the names that goals are set for."""

from pathlib import Path

import orjson
import pytest

from dashboard.bench import report, run
from dashboard.bench.figures import GOALS, Figure, Goal, beside_goals
from dashboard.bench.run import USUAL, Part

PAYMENTS = 300


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> list[Figure]:
    folder = tmp_path_factory.mktemp("bench")
    return list(run.measure(folder, PAYMENTS, ["sqlite"], USUAL, rounds=2))


def test_every_goal_has_a_figure(figures: list[Figure]) -> None:
    assert set(GOALS) <= {each.name for each in figures}


def test_every_figure_was_measured(figures: list[Figure]) -> None:
    nothing = [each.name for each in figures if each.value <= 0]
    assert set(nothing) <= {
        "worker_plotly",
        "keeping_summaries",
        "export_memory",
        "events_re_read",
        # It says how many came after the first few, which may be all there are.
        "events",
    }


def test_the_json_holds_each_figure_beside_its_goal(figures: list[Figure]) -> None:
    told = orjson.loads(report.as_json(beside_goals(figures), PAYMENTS, load=1.0))
    found = {each["name"]: each for each in told["figures"]}
    assert told["payments"] == PAYMENTS
    assert found["payments_first_page"]["goal"] == "≤ 4 x empty_view"
    assert found["payments_first_page"]["ratio"] > 0
    assert found["backfill"]["database"] == "sqlite"


def test_a_mirror_is_built_once(tmp_path: Path) -> None:
    for _ in range(2):
        list(run.measure(tmp_path, 20, ["sqlite"], [Part.SIZE], rounds=1))
    assert [each.name for each in tmp_path.glob("*.sqlite")] == ["bench-20.sqlite"]


def test_the_chart_is_measured_on_the_balance_alone(tmp_path: Path) -> None:
    found = run.measure(tmp_path, 20, ["sqlite"], [Part.CHART], rounds=1)
    values = {each.name: each.value for each in found}
    assert {*values} == {"transactions", "revenue_chart"}
    assert values["transactions"] >= 20
    assert [each.name for each in tmp_path.glob("*.sqlite")] == ["bench-ledger-20.sqlite"]


def test_a_ratio_is_to_the_figure_of_the_same_database() -> None:
    lines = beside_goals(
        [
            Figure("empty_view", 2.0, "ms", "sqlite"),
            Figure("empty_view", 5.0, "ms", "postgresql"),
            Figure("payments_first_page", 10.0, "ms", "sqlite"),
            Figure("payments_first_page", 10.0, "ms", "postgresql"),
        ]
    )
    assert [(each.ratio, each.met) for each in lines[2:]] == [(5.0, False), (2.0, True)]


@pytest.mark.parametrize(
    ("goal", "number", "met"),
    [(Goal(most=4), 4, True), (Goal(most=4), 4.1, False), (Goal(least=4), 4.1, True)],
)
def test_a_goal_bounds_one_side(goal: Goal, number: float, *, met: bool) -> None:
    assert goal.is_met(number) is met
