import math
import subprocess
import sys
import threading
import time
from pathlib import Path

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


def test_a_second_is_not_used_up_at_once() -> None:
    began = time.monotonic()
    _sent(Limiter(20, 20), 5)
    assert time.monotonic() - began >= 0.2


def test_the_objects_of_an_endpoint_share_its_limit() -> None:
    limiter = Limiter(1_000, 10)
    began = time.monotonic()
    for number in range(11):
        limiter.wait(f"/v1/charges/ch_{number}")
    assert time.monotonic() - began >= 0.99
    for list_path in ("/v1/payment_intents", "/v1/balance_transactions"):
        began = time.monotonic()
        limiter.wait(list_path)
        assert time.monotonic() - began < 0.05


def test_limiters_of_two_processes_share_a_limit_by_their_file(tmp_path: Path) -> None:
    file = tmp_path / "instance" / "requests"
    words = f"""
import time
from pathlib import Path
from dashboard.gateway.limiter import Limiter
limiter = Limiter(40, 1_000, Path({str(file)!r}))
for number in range(30):
    limiter.wait("/v1/charges")
    print(time.monotonic(), flush=True)
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE) for _ in range(2)
    ]
    told = [process.communicate()[0] for process in processes]
    assert _most_in_a_second([float(line) for each in told for line in each.split()]) <= 41


def test_a_429_slows_down_whoever_shares_the_file(tmp_path: Path) -> None:
    one, other = (Limiter(20, 20, tmp_path / "requests") for _ in range(2))
    one.slow_down()
    began = time.monotonic()
    _sent(other, 11)
    assert time.monotonic() - began >= 0.99


@pytest.mark.parametrize("rest", [b"", b'{"": [1', b"\0\0"])
def test_a_file_that_somebody_left_half_written_does_no_harm(tmp_path: Path, rest: bytes) -> None:
    (tmp_path / "requests").write_bytes(rest)
    limiter = Limiter(10, 10, tmp_path / "requests")
    began = time.monotonic()
    _sent(limiter, 3)
    assert 0.2 <= time.monotonic() - began < 2


def test_where_no_file_can_be_written_the_limit_is_ones_own() -> None:
    limiter = Limiter(10, 10, Path("/dev/null/requests"))
    began = time.monotonic()
    _sent(limiter, 3)
    assert time.monotonic() - began >= 0.2


def test_moments_of_before_the_machine_started_anew_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "requests").write_text(f'{{"": [{time.monotonic() + 1e6}], "slow_until": [1e9]}}')
    began = time.monotonic()
    _sent(Limiter(20, 20, tmp_path / "requests"), 4)
    assert time.monotonic() - began < 0.2


def test_a_key_names_its_file_and_is_not_in_it(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, database_url=f"sqlite:///{tmp_path}/d", stripe_requests_per_second=9
    )
    limiter = limiter_for(settings, livemode=False, secret="sk_test_canary")
    limiter.wait("/v1/charges")
    (file,) = tmp_path.iterdir()
    assert "canary" not in file.name
    assert b"canary" not in file.read_bytes()


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
