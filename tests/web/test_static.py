"""The static files: vendored exactly as published, small, and all there that templates name."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
SCRIPT_BUDGET_BYTES = 60 * 1024
CHART_ONLY = {"charts.js", "plotly-basic.min.js"}


def gzipped(path: Path) -> int:
    """Return the bytes of a file as a server sends them, compressed."""
    return len(gzip.compress(path.read_bytes(), 9))


def scripts_of_every_page() -> list[Path]:
    """Return the JavaScript that a page without charts loads."""
    return [path for path in STATIC.rglob("*.js") if path.name not in CHART_ONLY]


def markup() -> dict[Path, str]:
    """Return the templates by path."""
    return {path: path.read_text() for path in TEMPLATES.rglob("*.html")}


@pytest.mark.parametrize("folder", [STATIC / "vendor", ROOT / "tests" / "vendor"])
def test_vendored_files_are_exactly_those_of_the_lock(folder: Path) -> None:
    """Each file has the checksum that was written down with its version and licence."""
    locked = json.loads((folder / "vendor.lock").read_text())
    expected = {name: digest for package in locked for name, digest in package["files"].items()}
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "vendor.lock"
    }
    assert found == expected
    for package in locked:
        assert package["licence"]
        assert all(
            name.startswith(f"{package['name']}-{package['version']}/") for name in package["files"]
        )


def test_a_page_without_charts_loads_at_most_60_kilobytes_of_script() -> None:
    """The sum is of every script that is not for charts, compressed."""
    sizes = {path.name: gzipped(path) for path in scripts_of_every_page()}
    assert sum(sizes.values()) <= SCRIPT_BUDGET_BYTES, sizes


def test_plotly_is_loaded_only_by_the_chart_scripts_and_deferred() -> None:
    """No layout loads it; pages ask for it with the macro."""
    loading = [path.name for path, text in markup().items() if "plotly-basic" in text]
    assert loading == ["charts.html"]
    tag = re.search(r"<script[^>]*plotly-basic[^>]*>", (TEMPLATES / "ui/charts.html").read_text())
    assert tag
    assert "defer" in tag[0]


def test_plotly_in_the_browser_is_the_version_that_checks_the_specs() -> None:
    """Specs are checked in tests by Python's plotly, which speaks for one version of plotly.js."""
    offline = pytest.importorskip("plotly.offline")
    version = offline.get_plotlyjs_version()
    assert (STATIC / "vendor" / f"plotly-basic-{version}").is_dir()


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    """A missing symbol would leave a hole that nobody notices."""
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    named = {
        name
        for text in markup().values()
        for name in re.findall(
            r'\bicon\("([a-z0-9-]+)"|^  "[^"]+": \("([a-z0-9-]+)", "', text, re.MULTILINE
        )
        for name in name
        if name
    }
    assert named
    assert named <= drawn, named - drawn


def test_every_token_that_a_style_sheet_reads_is_defined() -> None:
    """An unknown variable silently falls back to nothing."""
    sheets = {path.name: path.read_text() for path in (STATIC / "css").glob("*.css")}
    defined = set(re.findall(r"(--[a-z0-9-]+):", "\n".join(sheets.values())))
    for name, text in sheets.items():
        read = set(re.findall(r"var\((--[a-z0-9-]+)", text))
        assert read <= defined, (name, read - defined)


def test_templates_hold_nothing_that_the_content_policy_forbids() -> None:
    """Nothing inline but data, and nothing of htmx that needs eval."""
    forbidden = re.compile(
        r"<style|\sstyle=|\son[a-z]+=|hx-on|js:|hx-trigger=\"[^\"]*\[|<script>|javascript:",
        re.IGNORECASE,
    )
    for path, text in markup().items():
        assert not forbidden.search(text), (path.name, forbidden.search(text))


def test_our_scripts_run_under_the_content_policy() -> None:
    """No eval and no code from strings."""
    for path in (STATIC / "js").glob("*.js"):
        assert not re.search(
            r"\beval\(|new Function|innerHTML|document\.write", path.read_text()
        ), path
