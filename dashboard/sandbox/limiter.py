"""Stripe's limit on how fast an account may ask, for the whole API and for one endpoint."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from dashboard.sandbox.errors import rate_limited


@dataclass(slots=True)
class Limiter:
    """Refuses what comes faster than `rate` requests a second; None lets everything pass."""

    rate: int | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _spent: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, account: str) -> None:
        """Count one request of the account; raises Stripe's 429 when it is one too many."""
        if self.rate is None:
            return
        with self._turn:
            now = time.monotonic()
            left, seen_at = self._spent.get(account, (float(self.rate), now))
            left = min(float(self.rate), left + (now - seen_at) * self.rate)
            self._spent[account] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise rate_limited("global-rate")
