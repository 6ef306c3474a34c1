"""When Stripe tries a delivery again.

For up to three days in live mode, with growing pauses, and three times within a few hours in test
mode (https://docs.stripe.com/webhooks#retries). Stripe does not say how long each pause is; these
are near what people report.
"""

from __future__ import annotations

_MINUTE, _HOUR = 60, 3_600
_TEST = (5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR)
_LIVE = (5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, *[12 * _HOUR] * 4)


def pause_after(attempt: int, *, livemode: bool) -> int | None:
    """Return the seconds to wait after the attempt of this number failed, None after the last."""
    pauses = _LIVE if livemode else _TEST
    return pauses[attempt - 1] if attempt <= len(pauses) else None
