"""News that is on its way: what happened so short ago that the next sync brings it anyway."""

from collections.abc import Iterator

from dashboard.core import clock
from dashboard.gateway.reads import Json, Reads
from dashboard.mirror.kinds import event
from dashboard.mirror.kinds.read import dig, moment
from dashboard.mirror.reconcile.looking import Standing


class Pending:
    """Knows what Stripe's events tell of the last ``grace_seconds``, read when first needed."""

    def __init__(self, reads: Reads, grace_seconds: int) -> None:
        self._reads = reads
        self._grace_seconds = grace_seconds
        self._told: set[object] | None = None

    def holds(self, found: Standing) -> bool:
        """Say whether an object is new, or an event tells of it, since the last sync was due.

        Raises:
            GatewayError: Stripe does not say.
        """
        if not self._grace_seconds:
            return False
        since_at = clock.seconds() - self._grace_seconds
        created_at = moment((found.told.raw or {}).get("created"))
        if created_at is not None and created_at >= since_at:
            return True
        if self._told is None:
            self._told = set(self._ids(since_at))
        return found.told.id in self._told

    def _ids(self, since_at: int) -> Iterator[object]:
        params: dict[str, str | int] = {"created[gte]": since_at}
        more = True
        while more:
            page = self._reads.list_page(str(event.KIND.path), params)
            yield from (_id(each) for each in page.data)
            more = page.has_more
            if page.data:
                params["starting_after"] = str(page.data[-1]["id"])


def _id(told: Json) -> object:
    return dig(told, "data", "object", "id")
