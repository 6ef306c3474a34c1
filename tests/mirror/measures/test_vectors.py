"""Our figures against the shared vectors, where they are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.mirror.dataset import compute
from dashboard.mirror.measures.metrics import METRICS

VECTORS = Path(__file__).parents[4] / "shared" / "metrics" / "vectors"


def _checks() -> list[Any]:
    found = []
    for path in sorted(VECTORS.glob("*.json")):
        vector = json.loads(path.read_text("utf-8"))
        for number, check in enumerate(vector["checks"]):
            if check["metric"] in METRICS:
                name = f"{vector['id']}-{number}-{check['metric']}"
                found.append(pytest.param(vector["dataset"], check, id=name))
    missing = pytest.mark.skip(reason="The shared metric vectors are not beside this project.")
    return found or [pytest.param({}, {}, id="absent", marks=missing)]


@pytest.mark.parametrize(("dataset", "check"), _checks())
def test_a_figure_is_what_its_vector_says(dataset: dict[str, Any], check: dict[str, Any]) -> None:
    given = {**dataset, **check.get("dataset_overrides", {})}
    given["settings"] = {**given.get("settings", {}), **check.get("settings", {})}
    found = json.loads(json.dumps(compute(given, check["metric"], check.get("args", {}))))
    for step in filter(None, check.get("at", "").split(".")):
        found = found[int(step)] if isinstance(found, list) else found[step]
    assert found == check["expect"], check["why"]
