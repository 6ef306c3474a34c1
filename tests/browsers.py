"""The system's Chromium for every test that asks, axe, and ears for what the console says."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
CHROMIUM = Path("/usr/bin/chromium")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


class Quiet(WSGIRequestHandler):
    """Serves without a line for each request."""

    def log_request(self, *_arguments: Any) -> None:
        """Say nothing for each request."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("There is no Chromium on this machine.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the console has complained of; a refusal by the content policy is among it."""
    return []


def heard(page: Page, complaints: list[str]) -> None:
    """Write down what the console of a page complains of from now on."""
    page.on("console", lambda said: _note(complaints, said.type, said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))


def _note(complaints: list[str], kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        complaints.append(text)


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """Return what axe finds wrong on a page, one line for each rule; ``rules`` or tags of them."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(result => result.violations)",
        list(rules),
    )
    return [f"{each['id']}: {each['nodes'][0]['target']}" for each in found]
