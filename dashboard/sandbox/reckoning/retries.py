"""When a payment that failed is tried again."""

from __future__ import annotations

_SHORT = (0, 1, 3)
_LONG = (0, 3, 8, 15)


def retry_days(interval: str) -> tuple[int, ...]:
    """Return the days of all attempts, counted from the first; short periods leave less time."""
    return _SHORT if interval in {"day", "week"} else _LONG
