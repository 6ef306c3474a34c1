import time
from email.utils import formatdate

import pytest

from dashboard.core.config import Settings
from dashboard.gateway.errors import (
    AbsentError,
    KeyRefusedError,
    MisbehavedError,
    RateLimitedError,
    RefusedError,
    UnreachableError,
)
from dashboard.gateway.reads import Reads, connect
from tests.stripe_like import Misfortune, StripeLike

SECRET = "sk_test_a_long_secret_value"


def _reads(settings: Settings, pauses: list[float] | None = None) -> Reads:
    kept = pauses if pauses is not None else []
    return connect(settings, SECRET, livemode=False, pause=kept.append, tries=4)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, KeyRefusedError), (403, RefusedError), (404, AbsentError)],
)
def test_what_will_not_pass_is_told_at_once(
    settings: Settings, stripe_like: StripeLike, status: int, expected: type[Exception]
) -> None:
    stripe_like.meet = lambda _asked: Misfortune(status, b'{"error": {"message": "No."}}')
    with pytest.raises(expected, match="No"):
        _reads(settings).list_page("/v1/charges")
    assert len(stripe_like.log) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [(429, RateLimitedError), (500, UnreachableError), (503, UnreachableError)],
)
def test_what_may_pass_is_tried_again_later_and_later(
    settings: Settings, stripe_like: StripeLike, status: int, expected: type[Exception]
) -> None:
    pauses: list[float] = []
    stripe_like.meet = lambda _asked: Misfortune(status)
    with pytest.raises(expected, match="/v1/charges"):
        _reads(settings, pauses).list_page("/v1/charges")
    assert len(stripe_like.log) == 4
    assert len(pauses) == 3
    assert pauses[0] < pauses[2] <= 1.0


def test_nobody_listening_is_unreachable() -> None:
    settings = Settings(_env_file=None, stripe_api_base="http://127.0.0.1:9")
    with pytest.raises(UnreachableError):
        _reads(settings).retrieve("/v1/account")


def test_a_silent_server_times_out(settings: Settings, stripe_like: StripeLike) -> None:
    stripe_like.latency = 3
    impatient = settings.model_copy(update={"stripe_request_timeout": 1})
    began = time.monotonic()
    with pytest.raises(UnreachableError):
        connect(impatient, SECRET, livemode=False, tries=1).retrieve("/v1/account")
    assert time.monotonic() - began < 2.5


def test_secrets_in_an_answer_are_not_repeated(settings: Settings, stripe_like: StripeLike) -> None:
    words = f'{{"error": {{"message": "Invalid API Key provided: {SECRET}"}}}}'.encode()
    stripe_like.meet = lambda _asked: Misfortune(401, words)
    with pytest.raises(KeyRefusedError) as raised:
        _reads(settings).retrieve("/v1/account")
    assert SECRET not in str(raised.value)


def test_an_object_twice_on_a_page_is_an_error(settings: Settings, stripe_like: StripeLike) -> None:
    stripe_like.singles["/v1/charges"] = {"data": [{"id": "ch_1"}, {"id": "ch_1"}]}
    with pytest.raises(MisbehavedError):
        _reads(settings).list_page("/v1/charges")


def test_a_page_is_plain_data_with_unknown_fields(
    settings: Settings, stripe_like: StripeLike
) -> None:
    thing = {"id": "ch_1", "created": 5, "never_seen": {"deep": [1, 2.5, None]}}
    stripe_like.lists["/v1/charges"] = [thing]
    page = _reads(settings).list_page("/v1/charges")
    assert page.data == [thing]
    assert not page.has_more


def test_the_key_and_the_account_travel_in_headers(
    settings: Settings, stripe_like: StripeLike
) -> None:
    stripe_like.singles["/v1/account"] = {"id": "acct_1"}
    connect(settings, SECRET, livemode=False, account_id="acct_9").retrieve("/v1/account")
    headers = stripe_like.log[0].headers
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Stripe-Account"] == "acct_9"
    assert headers["Stripe-Version"].startswith("20")


def test_an_answer_is_news_of_the_moment_when_it_was_asked_for(
    settings: Settings, stripe_like: StripeLike
) -> None:
    stripe_like.singles["/v1/account"] = {"id": "acct_1"}
    before = int(time.time())
    told = _reads(settings).retrieve("/v1/account")
    assert before <= told.as_of <= int(time.time())


@pytest.mark.parametrize("ahead", [-600, -1, 5, 600])
def test_a_server_whose_clock_differs_tells_its_own_time(
    settings: Settings, stripe_like: StripeLike, ahead: int
) -> None:
    stripe_like.singles["/v1/account"] = {"id": "acct_1"}
    at = int(time.time()) + ahead
    stripe_like.date = formatdate(at, usegmt=True)
    assert at - 2 <= _reads(settings).retrieve("/v1/account").as_of <= at


def test_a_clock_that_is_put_right_is_believed_again(
    settings: Settings, stripe_like: StripeLike
) -> None:
    stripe_like.singles["/v1/account"] = {"id": "acct_1"}
    reads, before = _reads(settings), int(time.time())
    stripe_like.date = formatdate(before - 600, usegmt=True)
    reads.retrieve("/v1/account")
    stripe_like.date = ""
    assert reads.retrieve("/v1/account").as_of >= before
