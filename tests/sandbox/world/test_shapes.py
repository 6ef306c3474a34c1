"""Every object is one that the pinned version of the API could have sent."""

import importlib.util
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.world.chronicle import Chronicle

SHARED = Path(__file__).parents[4] / "shared"


@pytest.fixture(scope="module")
def spec() -> Any:
    tool = SHARED / "tools" / "stripe_schema.py"
    if not tool.exists():
        pytest.skip("../shared is absent, and with it the API's description")
    found = importlib.util.spec_from_file_location("stripe_schema", tool)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.Spec.load(str(SHARED / "stripe" / "openapi-2026-10-28.endive.json"))


def test_every_object_is_valid_and_has_no_unknown_field(world: Chronicle, spec: Any) -> None:
    faults: Counter[str] = Counter()
    for written in world.every():
        unknown: list[str] = []
        errors = spec.check(written, unknown=unknown)
        faults.update(f"{written['object']} {fault}" for fault in (*errors, *unknown))
    assert faults == Counter()


def test_every_event_type_is_one_of_stripe_and_fits_its_object(world: Chronicle) -> None:
    listing = SHARED / "stripe" / "event-types.txt"
    if not listing.exists():
        pytest.skip("../shared is absent, and with it the list of event types")
    fitting = dict(line.split("\t") for line in listing.read_text().splitlines() if "\t" in line)
    for event in world.all("event"):
        assert event["data"]["object"]["object"] in fitting[event["type"]].split("|")
