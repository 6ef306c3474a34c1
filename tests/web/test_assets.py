"""Static URLs change with the file and only with it."""

import os
from pathlib import Path

import pytest
from flask import Flask, url_for

from dashboard.web import assets


@pytest.fixture
def our_app(tmp_path: Path) -> Flask:
    """An application of one style sheet."""
    small = Flask("small", static_folder=str(tmp_path / "static"))
    (tmp_path / "static").mkdir()
    assets.register(small)
    return small


def static_url(app: Flask, name: str) -> str:
    with app.test_request_context("/"):
        return url_for("static", filename=name)


def test_our_files_carry_a_version_and_vendored_ones_their_folder(app: Flask) -> None:
    assert "?v=" in static_url(app, "css/base.css")
    assert "?v=" not in static_url(app, "vendor/htmx-4.0.1/htmx.min.js")
    assert "?v=" not in static_url(app, "css/none.css")


def test_the_version_follows_the_content(our_app: Flask) -> None:
    sheet = Path(str(our_app.static_folder)) / "sheet.css"
    seen = []
    for second, content in enumerate(("a", "b", "a")):
        sheet.write_text(content)
        os.utime(sheet, (second, second))
        seen.append(static_url(our_app, "sheet.css"))
    assert seen[0] == seen[2] != seen[1]
