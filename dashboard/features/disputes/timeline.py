"""What happened to a dispute, told from its objects."""

from collections.abc import Iterator

from dashboard.core import clock
from dashboard.core.money import written
from dashboard.features.disputes.queries import Dispute, DisputeRow
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import dig, text, whole
from dashboard.mirror.short import ShortTransaction
from dashboard.web.timeline import Moment, newest_first

OUTCOMES = {
    "dispute.closed": ("Dispute closed", "check"),
    "dispute.funds_reinstated": ("The money came back", "arrow-back-up"),
    "dispute.funds_withdrawn": ("The money was taken", "arrow-down-right"),
    "dispute.updated": ("Evidence changed", "pencil"),
}


def tell(dispute: Dispute) -> list[Moment]:
    """Return the moments of a dispute, newest first; a deadline ahead stands on top."""
    moments = [
        Moment(dispute.row.created_at, "Dispute opened", _reason(dispute.row), "scale", "warn"),
        *_deadline(dispute.row),
        *(_of_transaction(each) for each in dispute.transactions),
        *(moment for each in dispute.events for moment in _of_event(each)),
    ]
    return newest_first(moments)


def _reason(row: DisputeRow) -> str:
    return (row.reason or "no reason given").replace("_", " ")


def _deadline(row: DisputeRow) -> Iterator[Moment]:
    if row.due_at is not None:
        is_ahead = row.is_open and row.due_at > clock.seconds()
        title = "Evidence is due" if is_ahead else "Evidence was due"
        yield Moment(row.due_at, title, icon="clock", tone="warn" if is_ahead else "neutral")


def _of_transaction(row: ShortTransaction) -> Moment:
    moved = written(abs(row.amount_minor), row.currency)
    what = "taken from" if row.amount_minor < 0 else "returned to"
    return Moment(row.created_at, f"{moved} {what} the balance", row.description, "coins")


def _of_event(raw: Raw) -> Iterator[Moment]:
    title, icon = OUTCOMES.get((text(raw.get("type")) or "").removeprefix("charge."), (None, ""))
    if title:
        status = text(dig(raw, "data", "object", "status")) or ""
        yield Moment(whole(raw.get("created")), title, status.replace("_", " "), icon)
