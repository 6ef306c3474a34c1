"""What happened to a subscription: what it says of itself, and the changes that Stripe told."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.core import clock
from dashboard.features.subscriptions.queries import Subscription
from dashboard.mirror.coupons import discount
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import dig, members, moment, number, text, whole
from dashboard.mirror.kinds.subscription_item import price_of
from dashboard.mirror.prices import Price
from dashboard.web.timeline import Moment, newest_first

SILENT = frozenset(
    (
        "current_period_end",
        "current_period_start",
        "latest_invoice",
        "next_pending_invoice_item_invoice",
        "plan",
        "quantity",
        "canceled_at",
        "cancel_at",
        "cancellation_details",
        "ended_at",
        "trial_start",
    )
)
"""What changes along with something that is told, or with every renewal."""


def tell(subscription: Subscription) -> list[Moment]:
    """Return the moments of a subscription so far, newest first."""
    moments = [
        *_of_itself(subscription.raw),
        *_of_discounts(subscription),
        *(told for event in subscription.events for told in _of_event(event)),
    ]
    return newest_first(each for each in moments if each.at <= clock.seconds())


def _of_itself(raw: Raw) -> Iterator[Moment]:
    yield Moment(whole(raw.get("created")), "Subscription created", icon="repeat")
    if start := moment(raw.get("trial_start")):
        yield Moment(start, "Trial began", icon="hourglass", tone="info")
    if end := moment(raw.get("trial_end")):
        yield Moment(end, "Trial ended", icon="hourglass", tone="info")
    ended = moment(raw.get("ended_at"))
    if asked := moment(raw.get("canceled_at")):
        if asked != ended:
            yield Moment(asked, "Cancellation asked for", _why(raw), "x", "warn")
        if ended:
            yield Moment(ended, "Subscription ended", _why(raw), "x")
    elif ended:
        yield Moment(ended, "Subscription ended", icon="x")


def _why(raw: Raw) -> str | None:
    names = ("reason", "feedback", "comment")
    given = (text(dig(raw, "cancellation_details", name)) for name in names)
    words = ": ".join(each.replace("_", " ") for each in given if each)
    return words.capitalize() or None


def _of_discounts(subscription: Subscription) -> Iterator[Moment]:
    for raw in subscription.discounts:
        found = discount(raw)
        if found.start:
            yield Moment(found.start, "Discount given", found.coupon, "tag", "info")
        if found.end:
            yield Moment(found.end, "Discount ended", found.coupon, "tag")


def _of_event(event: Raw) -> Iterator[Moment]:
    at = whole(event.get("created"))
    match event.get("type"):
        case "customer.subscription.updated":
            for title, words in _changes(event):
                yield Moment(at, title, words, "pencil")
        case "customer.subscription.paused":
            yield Moment(at, "Paused", icon="player-pause", tone="warn")
        case "customer.subscription.resumed":
            yield Moment(at, "Resumed", icon="check", tone="ok")
        case "customer.subscription.trial_will_end":
            yield Moment(at, "Trial is about to end", icon="hourglass")


def _changes(event: Raw) -> Iterator[tuple[str, str | None]]:
    """Yield what an update changed, each with what it was and became."""
    before, after = (_told(event, side) for side in ("previous_attributes", "object"))
    if "status" in before:
        yield "Status changed", f"{_word(before['status'])} to {_word(after.get('status'))}"
    if "cancel_at_period_end" in before:
        asked = after.get("cancel_at_period_end")
        yield ("Set to end with its period" if asked else "Cancellation taken back"), None
    if "pause_collection" in before:
        yield ("Collection paused" if after.get("pause_collection") else "Collection resumed"), None
    if "items" in before:
        yield from _item_changes(before, after)
    told = {"status", "cancel_at_period_end", "pause_collection", "items"}
    others = sorted(str(name) for name in before if name not in SILENT | told)
    if others:
        yield "Details changed", ", ".join(others).replace("_", " ")


def _told(event: Raw, side: str) -> Raw:
    given = dig(event, "data", side)
    return given if isinstance(given, Mapping) else {}


def _item_changes(before: Raw, after: Raw) -> Iterator[tuple[str, str | None]]:
    """A renewal changes only the periods of items, which is no news."""
    old, new = (_agreed(side) for side in (before, after))
    if old != new:
        yield "Items changed", f"{old or 'nothing'} to {new or 'nothing'}"


def _agreed(side: Raw) -> str:
    return ", ".join(_item(each) for each in members(side.get("items")))


def _item(item: Raw) -> str:
    quantity = number(item.get("quantity"))
    price = price_of(item)
    words = str(Price.of(price)) if isinstance(price, Mapping) else str(price or "an item")
    return f"{quantity:,} of {words}" if quantity is not None else words


def _word(state: Any) -> str:
    return str(state or "none").replace("_", " ")
