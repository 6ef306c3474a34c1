"""Taste that can be checked; each message tells the cure."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "dashboard").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base2", "stuff"}
FEATURE_FILES = {
    "__init__.py",
    "actions.py",
    "api.py",
    "charts.py",
    "forms.py",
    "metrics.py",
    "queries.py",
    "reactions.py",
    "tasks.py",
    "timeline.py",
    "views.py",
}
ROOMS_OF_MONEY = ("core", "mirror", "features", "web")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_modules_are_named_for_what_they_hold() -> None:
    vague = [named(path) for path in MODULES if path.stem in VAGUE]
    assert not vague, f"Name these modules for the noun or verb that they hold: {vague}"


def test_functions_do_one_thing() -> None:
    long = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in MODULES
        # Migrations and the builders of practice objects are lists of columns and fields.
        if not {"migrations", "sandbox"} & set(path.parts)
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno > 50
    ]
    assert not long, f"A function past fifty lines hides a second thing; split: {long}"


def test_a_feature_folder_holds_only_the_files_that_every_reader_knows() -> None:
    strangers = [
        named(path)
        for path in (ROOT / "dashboard" / "features").glob("*/*.py")
        if path.name not in FEATURE_FILES
    ]
    assert not strangers, f"Move these into one of {sorted(FEATURE_FILES)}: {strangers}"


def test_money_is_never_a_float_and_never_divided_by_a_hundred() -> None:
    doubtful = re.compile(r"\bfloat\(|[*/]\s*100\b|[*/]\s*100\.0")
    found = [
        f"{named(path)}:{number}"
        for room in ROOMS_OF_MONEY
        for path in (ROOT / "dashboard" / room).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if doubtful.search(line.split("#")[0]) and "percent" not in line
    ]
    assert not found, f"Use core.money (exponents, Fraction, ratio) instead: {found}"


def test_a_database_connection_is_called_db() -> None:
    found = [
        named(path)
        for path in MODULES
        if re.search(r"[(\s]connection: Connection\b", path.read_text(encoding="utf-8"))
        and path.name != "context.py"
    ]
    assert not found, f"Call it db; a connection is a Stripe account that we reach: {found}"


def test_only_the_clock_asks_what_time_it_is() -> None:
    asks = re.compile(r"\btime\.time\(|\bdatetime\.now\(|\bdate\.today\(|\butcnow\(")
    found = [
        named(path)
        for path in MODULES
        if asks.search(path.read_text(encoding="utf-8"))
        and path.name != "clock.py"
        and "sandbox" not in path.parts
    ]
    assert not found, f"Ask dashboard.core.clock, so that tests can travel: {found}"


@pytest.mark.parametrize(
    ("pattern", "cure"),
    [
        (r"<script(?![^>]*\b(src=|type=\"application/json\"))", "move the script to static/js"),
        (r"\sstyle=", "move the style to static/css"),
        (r"\son[a-z]+=\"", "listen in static/js instead"),
        (r"\bhx-on\b|\bjs:", "it needs eval, which the policy forbids"),
        (r"https?://(?!www\.w3\.org/)", "serve it from static/ or build it with url_for"),
    ],
)
def test_templates_hold_nothing_that_the_content_policy_forbids(pattern: str, cure: str) -> None:
    found = [named(path) for path in TEMPLATES if re.search(pattern, path.read_text("utf-8"))]
    assert not found, f"{cure}: {found}"
