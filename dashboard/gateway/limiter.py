"""Politeness: never more than 80 % of the requests that Stripe allows in any one second.

Limits: https://docs.stripe.com/rate-limits
"""

import math
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from dashboard.core.config import Settings
from dashboard.gateway.address import is_loopback

SHARE = 0.8
LIVE_PER_SECOND, TEST_PER_SECOND, ENDPOINT_PER_SECOND = 100, 25, 25
PENALTY, RECOVERY_SECONDS = 0.5, 10.0


class Window:
    """Allows ``rate`` requests a second, counted in every single second; infinity counts none."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._allowed = max(1, int(min(rate, sys.maxsize)))
        self._period = self._allowed / rate
        self._sent: deque[float] = deque()

    def free_at(self, now: float, share: float) -> float:
        """Return when the next request may leave, with only ``share`` of the rate allowed."""
        while self._sent and self._sent[0] <= now - self._period:
            self._sent.popleft()
        allowed = max(1, int(self._allowed * share))
        excess = len(self._sent) - allowed
        return self._sent[excess] + self._period if excess >= 0 else now

    def note(self, moment: float) -> None:
        """Count a request that leaves at ``moment``."""
        if math.isfinite(self._rate):
            self._sent.append(moment)


class Limiter:
    """Holds back the requests of one account and mode; threads share it.

    ``rate`` counts all requests, ``endpoint_rate`` those of one endpoint, both a second.
    """

    def __init__(self, rate: float, endpoint_rate: float) -> None:
        self.rate = rate
        self.endpoint_rate = endpoint_rate
        self._all = Window(rate)
        self._endpoints: dict[str, Window] = {}
        self._slow_until = 0.0
        self._lock = threading.Lock()

    def wait(self, endpoint: str, pause: Callable[[float], None] = time.sleep) -> None:
        """Return when a request to ``endpoint`` may leave."""
        while (delay := self._reserve(endpoint)) > 0:
            pause(delay)

    def slow_down(self) -> None:
        """Send half as many for a while: Stripe said 429, so others use the account too."""
        with self._lock:
            self._slow_until = time.monotonic() + RECOVERY_SECONDS

    def _reserve(self, endpoint: str) -> float:
        with self._lock:
            now = time.monotonic()
            share = PENALTY if now < self._slow_until else 1.0
            window = self._endpoints.setdefault(endpoint, Window(self.endpoint_rate))
            free_at = max(self._all.free_at(now, share), window.free_at(now, share))
            if free_at <= now:
                self._all.note(now)
                window.note(now)
            return free_at - now


def limiter_for(settings: Settings, *, livemode: bool) -> Limiter:
    """Return the limiter for an account in this mode.

    The settings' own rates win. A server on this very machine (the practice Stripe, a test
    double) is not limited; every other server is taken for Stripe.
    """
    everything = LIVE_PER_SECOND if livemode else TEST_PER_SECOND
    unlimited = is_loopback(settings.stripe_api_base)
    return Limiter(
        settings.stripe_requests_per_second or (math.inf if unlimited else everything * SHARE),
        settings.stripe_endpoint_requests_per_second
        or (math.inf if unlimited else ENDPOINT_PER_SECOND * SHARE),
    )
