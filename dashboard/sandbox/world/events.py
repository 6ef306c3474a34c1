"""The events that Stripe would have sent: the last thirty days of them, with snapshots."""

from collections.abc import Callable

import orjson

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.identity import Ids
from dashboard.sandbox.world.seasons import DAY_SECONDS, Day

KEPT_DAYS = 30
#: About so many payments send their own events; in larger worlds only the newest ones do.
TALKATIVE_PAYMENTS = 5_000


class EventLog:
    """Writes events; `since` and `sales_since` are the first seconds that have any."""

    def __init__(self, ids: Ids, emit: Callable[[Json], None], now: int, days: list[Day]) -> None:
        """Write to ``emit`` what happened in the last 30 of ``days``.

        In a large world the events of single sales and failed attempts begin later, so that about
        `TALKATIVE_PAYMENTS` payments have them; everything rarer keeps its full thirty days.
        """
        self._ids = ids
        self._emit = emit
        self._now = now
        self.since = now - KEPT_DAYS * DAY_SECONDS
        self.sales_since = max(self.since, _talkative_since(days))

    def record(
        self,
        kind: str,
        at: int,
        snapshot: Json,
        previous: Json | None = None,
        *,
        sale: bool = False,
    ) -> None:
        """Write the event ``kind`` of second ``at``, unless it is too old or still to come.

        ``snapshot`` is copied as it is now; ``previous`` holds the attributes it had before.
        """
        if at > self._now or at < (self.sales_since if sale else self.since):
            return
        data: Json = {"object": orjson.loads(orjson.dumps(snapshot))}
        if previous is not None:
            data["previous_attributes"] = previous
        self._emit(build("event", id=self._ids.new("evt", at), created=at, type=kind, data=data))


def _talkative_since(days: list[Day]) -> int:
    last = days[-1].payments_so_far
    for day in reversed(days):
        if last - day.payments_so_far > TALKATIVE_PAYMENTS:
            return day.ends_at
    return days[0].starts_at
