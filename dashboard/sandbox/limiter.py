"""Stripe's limit on how fast an account may ask, for the whole API and for one endpoint."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from dashboard.sandbox.errors import rate_limited


@dataclass(slots=True)
class Limiter:
    """Refuses what comes faster than so many requests a second; None lets everything pass."""

    rate: int | None = None
    """The limit of an account over all endpoints."""
    endpoint_rate: int | None = None
    """The limit of an account for each endpoint."""
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _left: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def take(self, account: str, endpoint: str) -> None:
        """Count one request; raises Stripe's 429 when it is one too many."""
        with self._turn:
            if not self._allows((account, ""), self.rate):
                raise rate_limited("global-rate")
            if not self._allows((account, endpoint), self.endpoint_rate):
                raise rate_limited("endpoint-rate")

    def _allows(self, counted: tuple[str, str], rate: int | None) -> bool:
        """Take a token from a bucket that holds one second's worth and fills all the time."""
        if rate is None:
            return True
        now = time.monotonic()
        left, seen_at = self._left.get(counted, (float(rate), now))
        left = min(float(rate), left + (now - seen_at) * rate)
        allowed = left >= 1
        self._left[counted] = (left - allowed, now)
        return allowed
