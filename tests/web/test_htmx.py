"""A page or its part by what htmx asks for, and 304 when the browser has the same."""

import pytest
from flask import Flask, Response

from dashboard.web import htmx
from dashboard.web.access import NEEDS
from tests.clients import CheckedClient

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(autouse=True)
def _page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def view(status: int = 200) -> Response:
        return htmx.render(
            "errors/error.html", "errors/_error.html", status=status, message="Hello"
        )

    app.add_url_rule("/page", "page", view)
    app.add_url_rule("/page/<int:status>", "page", view)
    monkeypatch.setitem(NEEDS, "page", None)


@pytest.mark.parametrize(
    ("headers", "is_page"),
    [
        ({}, True),
        (PART, False),
        ({"HX-Request": "true", "HX-Request-Type": "full"}, True),
        ({**PART, "HX-History-Restore-Request": "true"}, True),
        ({"HX-Request-Type": "partial"}, True),
    ],
)
def test_only_a_partial_request_of_htmx_gets_the_part(
    ann: CheckedClient, headers: dict[str, str], *, is_page: bool
) -> None:
    response = ann.get("/page", headers=headers)
    assert ("<html" in response.text) == is_page
    assert {"HX-Request", "HX-Request-Type"} <= {each.strip() for each in response.vary}


@pytest.mark.parametrize("headers", [{}, PART])
def test_what_did_not_change_is_not_sent_again(ann: CheckedClient, headers: dict[str, str]) -> None:
    first = ann.get("/page", headers=headers)
    assert {"private", "no-cache"} == set(first.headers["Cache-Control"].split(", "))
    again = ann.get("/page", headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_page_and_its_part_have_different_tags(ann: CheckedClient) -> None:
    page, part = ann.get("/page"), ann.get("/page", headers=PART)
    assert page.headers["ETag"] != part.headers["ETag"]


def test_another_status_is_always_sent_and_not_kept(ann: CheckedClient) -> None:
    response = ann.get("/page/422")
    assert response.status_code == 422
    assert "ETag" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
