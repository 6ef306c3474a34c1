"""Failing on purpose, and the page that asks for it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.asking import Asker

CHARGES = "/v1/charges"


def _make(ask: Asker, **fault: Any) -> None:
    answer = ask.session.post(f"{ask.url}/_control/faults", json=fault, timeout=5)
    assert answer.status_code == 200, answer.text


@pytest.fixture(autouse=True)
def _whole(ask: Asker) -> Iterator[None]:
    yield
    ask.session.delete(f"{ask.url}/_control/faults", timeout=5)


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_an_error_is_answered_as_often_as_asked(ask: Asker, status: int) -> None:
    _make(ask, kind=str(status), count=2)
    assert [ask.send("GET", CHARGES).status_code for _ in range(3)] == [status, status, 200]


def test_a_fault_strikes_its_path_and_method_alone(ask: Asker) -> None:
    _make(ask, kind="500", path=CHARGES, method="GET")
    assert ask.send("GET", CHARGES).status_code == 500
    assert ask.send("GET", "/v1/customers").status_code == 200
    assert ask.send("POST", "/v1/customers").status_code == 200


def test_a_fault_lets_the_first_requests_pass(ask: Asker) -> None:
    _make(ask, kind="500", skip=2, count=1)
    assert [ask.send("GET", CHARGES).status_code for _ in range(4)] == [200, 200, 500, 200]


def test_a_fault_strikes_with_its_probability(ask: Asker) -> None:
    _make(ask, kind="500", probability=0.5)
    failed = sum(ask.send("GET", "/v1/balance").status_code == 500 for _ in range(60))
    assert 10 < failed < 50


def test_latency_holds_up_the_answer(ask: Asker) -> None:
    _make(ask, kind="latency", seconds=0.3, count=1)
    began = time.monotonic()
    ask.get(CHARGES)
    assert time.monotonic() - began >= 0.3


def test_a_reset_ends_the_connection(ask: Asker) -> None:
    _make(ask, kind="reset", count=1)
    with pytest.raises(requests.ConnectionError):
        ask.send("GET", CHARGES)
    assert ask.get(CHARGES)


def test_a_truncated_body_is_shorter_than_it_says(ask: Asker) -> None:
    _make(ask, kind="truncate", count=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask.send("GET", CHARGES)
    assert ask.get(CHARGES)


def test_a_truncated_answer_to_a_post_hides_that_it_was_done(ask: Asker) -> None:
    _make(ask, kind="truncate", count=1)
    body = {"email": "hidden@example.com"}
    with pytest.raises(requests.RequestException):
        ask.send("POST", "/v1/customers", body)
    assert len(ask.get("/v1/customers?email=hidden@example.com")["data"]) == 1


def test_bad_json_comes_under_200(ask: Asker) -> None:
    _make(ask, kind="bad_json", count=1)
    answer = ask.send("GET", CHARGES)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_the_page_shows_the_world_and_its_buttons_work(ask: Asker) -> None:
    page = requests.get(f"{ask.url}/_control", timeout=5)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "payment_intent" in page.text
    assert "Everything works." in page.text
    form = {"kind": "429", "path": "/v1/", "probability": "1", "count": "", "method": ""}
    after = requests.post(f"{ask.url}/_control/faults", data=form, timeout=5)
    assert after.url.endswith("/_control")
    assert "Everything works." not in after.text
    assert ask.send("GET", CHARGES).status_code == 429
    requests.post(f"{ask.url}/_control/faults/clear", data={"all": "1"}, timeout=5)
    assert ask.send("GET", CHARGES).status_code == 200


def test_the_state_is_told_as_json(ask: Asker) -> None:
    told = requests.get(f"{ask.url}/_control/state", timeout=5).json()
    assert told["accounts"]["acct_shop"]["charge"] == 6
    assert told["api_version"] == "2026-10-28.endive"


@pytest.mark.parametrize("fault", [{"kind": "flood"}, {"kind": "500", "colour": 1}, {}, "no"])
def test_a_fault_that_means_nothing_is_refused(ask: Asker, fault: Any) -> None:
    answer = requests.post(f"{ask.url}/_control/faults", json=fault, timeout=5)
    assert answer.status_code == 400


def test_what_the_control_page_does_not_have_is_not_found(ask: Asker) -> None:
    assert requests.get(f"{ask.url}/_control/nothing", timeout=5).status_code == 404
