"""What happened to a delivery, told from its row in the inbox."""

from dashboard.features.webhooks.metrics import SECOND_MS, lasting
from dashboard.features.webhooks.queries import DeliveryRow
from dashboard.store.inbox import DeliveryState, Outcome
from dashboard.web.timeline import Moment, newest_first

WHAT_IT_DID = {
    Outcome.APPLIED: "What it told is in the mirror.",
    Outcome.RE_READ: "It left room for doubt, so the object was read from Stripe.",
    Outcome.OLDER: "We knew something newer already, so it changed nothing.",
    Outcome.NOT_MIRRORED: "It tells of something that is not mirrored, so it changed nothing.",
}


def tell(row: DeliveryRow) -> list[Moment]:
    """Return the moments that are known, the newest first."""
    moments = []
    if row.created_at is not None:
        moments.append(Moment(row.created_at, "It happened at Stripe", icon="bolt"))
    repeated = f"Delivered {row.repeats + 1} times in all." if row.repeats else None
    moments.append(Moment(row.received_at, "Received and verified", repeated, "inbox", "info"))
    if row.handled_ms is not None:
        moments.append(_handled(row, row.handled_ms))
    if row.state == DeliveryState.WAITING and row.due_at is not None:
        moments.append(_waiting(row, row.due_at))
    return newest_first(moments)


def _handled(row: DeliveryRow, handled_ms: int) -> Moment:
    what = WHAT_IT_DID.get(Outcome(row.outcome)) if row.outcome else None
    took = f"Handled after {lasting(row.took_ms or 0)}"
    return Moment(handled_ms // SECOND_MS, took, what, "check", "ok")


def _waiting(row: DeliveryRow, due_at: int) -> Moment:
    title = "Tried again" if row.attempts else "To be handled"
    return Moment(due_at, title, icon="clock", tone="warn" if row.attempts else "info")
