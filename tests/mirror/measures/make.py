"""Stripe's objects for the tests of figures: each shows only what the test is about."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

Object = dict[str, Any]

numbers = count(1)


def at(written: str) -> int:
    """Return UTC seconds of an ISO date or datetime."""
    return int(datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp())


def price(
    unit: int | str | None = 1000, interval: str = "month", every: int = 1, **more: Any
) -> Object:
    """Return a licensed price in USD."""
    return {
        "id": f"price_{next(numbers)}",
        "object": "price",
        "currency": "usd",
        "unit_amount": unit if isinstance(unit, int) else None,
        "unit_amount_decimal": None if unit is None else str(unit),
        "billing_scheme": "per_unit",
        "product": "prod_1",
        "recurring": {"interval": interval, "interval_count": every, "usage_type": "licensed"},
        **more,
    }


def item(given: Object | None = None, quantity: int | None = 1, **more: Any) -> Object:
    """Return a subscription item."""
    return {
        "id": f"si_{next(numbers)}",
        "object": "subscription_item",
        "price": given or price(),
        "quantity": quantity,
        **more,
    }


def subscription(*items: Object, **more: Any) -> Object:
    """Return an active subscription of cus_1 that began on 1 January 2026."""
    return {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "currency": "usd",
        "created": at("2026-01-01"),
        "start_date": at("2026-01-01"),
        "items": {"object": "list", "data": list(items) or [item()]},
        **more,
    }


def discount(start: str = "2026-01-01", end: str | None = None, **coupon: Any) -> Object:
    """Return a discount of a coupon that lasts for ever."""
    return {
        "id": f"di_{next(numbers)}",
        "object": "discount",
        "coupon": {"duration": "forever", "percent_off": None, "amount_off": None, **coupon},
        "start": at(start),
        "end": end and at(end),
    }


def event(kind: str, when: str, told: Object, **more: Any) -> Object:
    """Return a subscription event."""
    return {
        "id": f"evt_{next(numbers)}",
        "object": "event",
        "type": f"customer.subscription.{kind}",
        "created": at(when),
        "data": {"object": told},
        **more,
    }


def dataset(*, zone: str = "UTC", as_of: str = "2026-06-30T12:00:00", **lists: Any) -> Object:
    """Return a dataset of an account in USD."""
    return {
        "format": "stripe-analytics/1",
        "account": {"id": "acct_1", "timezone": zone, "default_currency": "usd"},
        "as_of": at(as_of),
        **lists,
    }


def told(*events: Object, **more: Any) -> Object:
    """Return a dataset of subscription events."""
    return dataset(subscription_events=list(events), **more)


def line(category: str, amount: int, when: str, fee: int = 0, **more: Any) -> Object:
    """Return a balance transaction in USD that is available at once."""
    return {
        "id": f"txn_{next(numbers)}",
        "object": "balance_transaction",
        "created": at(when),
        "available_on": at(when),
        "reporting_category": category,
        "type": category,
        "amount": amount,
        "fee": fee,
        "net": amount - fee,
        "currency": "usd",
        "source": None,
        **more,
    }


def ledger(lines: Sequence[Object], **more: Any) -> Object:
    """Return a dataset of balance transactions."""
    return dataset(balance_transactions=list(lines), **more)
