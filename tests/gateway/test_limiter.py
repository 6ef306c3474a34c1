import math
import threading
import time

import pytest

from dashboard.core.config import Settings
from dashboard.gateway.limiter import Limiter, limiter_for


def _most_in_a_second(moments: list[float]) -> int:
    return max(sum(1 for other in moments if 0 <= other - one < 1) for one in moments)


def _sent(limiter: Limiter, count: int, endpoint: str = "/v1/charges") -> list[float]:
    moments = []
    for _ in range(count):
        limiter.wait(endpoint)
        moments.append(time.monotonic())
    return moments


def test_no_second_sees_more_requests_than_the_endpoint_allows() -> None:
    assert _most_in_a_second(_sent(Limiter(1_000, 20), 45)) <= 21


def test_endpoints_share_the_limit_of_the_account() -> None:
    limiter = Limiter(30, 20)
    began = time.monotonic()
    _sent(limiter, 20, "/v1/charges")
    _sent(limiter, 11, "/v1/refunds")
    assert time.monotonic() - began >= 0.99


def test_threads_share_the_limit() -> None:
    limiter, moments = Limiter(40, 40), []

    def work() -> None:
        moments.extend(_sent(limiter, 15))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _most_in_a_second(moments) <= 42


def test_a_429_halves_the_pace() -> None:
    limiter = Limiter(20, 20)
    limiter.slow_down()
    began = time.monotonic()
    _sent(limiter, 11)
    assert time.monotonic() - began >= 0.99


@pytest.mark.parametrize(
    ("base", "livemode", "rate", "endpoint_rate"),
    [
        ("https://api.stripe.com", True, 80, 20),
        ("https://api.stripe.com", False, 20, 20),
        ("http://192.168.1.5:12111", False, 20, 20),
        ("http://127.0.0.1:12111", False, math.inf, math.inf),
        ("http://localhost:12111", True, math.inf, math.inf),
    ],
)
def test_only_a_server_on_this_machine_is_not_limited(
    base: str, *, livemode: bool, rate: float, endpoint_rate: float
) -> None:
    settings = Settings(_env_file=None, stripe_api_base=base)
    limiter = limiter_for(settings, livemode=livemode)
    assert (limiter.rate, limiter.endpoint_rate) == (rate, endpoint_rate)


def test_the_settings_own_rates_win() -> None:
    settings = Settings(
        _env_file=None, stripe_requests_per_second=7, stripe_endpoint_requests_per_second=3
    )
    limiter = limiter_for(settings, livemode=True)
    assert (limiter.rate, limiter.endpoint_rate) == (7, 3)
