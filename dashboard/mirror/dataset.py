"""A file of Stripe objects, loaded into a fresh mirror by the code that fills the real one.

The format is ``stripe-analytics/1``: lists of Stripe-shaped objects, an account, settings, rates.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import available_timezones

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import BadInputError
from dashboard.mirror import membership
from dashboard.mirror.apply import apply
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import dig, moment, ref, text
from dashboard.mirror.measures import metrics, versions
from dashboard.mirror.measures.metrics import Json, Reading
from dashboard.mirror.measures.mrr import ChurnTiming, DiscountRule, Rules
from dashboard.mirror.measures.rates import Rates
from dashboard.mirror.measures.recurring import Choices
from dashboard.mirror.measures.terms import exact
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from dashboard.store.books import Book

FORMAT = "stripe-analytics/1"
LISTS = {
    "products": "product",
    "prices": "price",
    "coupons": "coupon",
    "customers": "customer",
    "invoices": "invoice",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "balance_transactions": "balance_transaction",
    "payouts": "payout",
}
Choice = TypeVar("Choice", bound=StrEnum)


def compute(dataset: Any, metric: str, args: Any) -> Json:
    """Return the JSON value of a metric over a dataset.

    Raises:
        BadInputError: the dataset, the metric or an argument is wrong; names the field.
        NotFoundError: an argument names an object that the dataset does not have.
    """
    with opened(dataset) as reading:
        return metrics.compute(reading, metric, args)


@contextmanager
def opened(dataset: Any) -> Iterator[Reading]:
    """Load a dataset into a mirror of its own that is gone afterwards."""
    if not isinstance(dataset, Mapping) or dataset.get("format", FORMAT) != FORMAT:
        raise BadInputError(f"is not of the format {FORMAT}.", field="dataset")
    engine = database.connect("sqlite://")
    try:
        database.metadata.create_all(engine)
        with database.writing(engine) as db:
            yield _load(db, dataset)
    finally:
        engine.dispose()


def _load(db: Connection, dataset: Raw) -> Reading:
    as_of = moment(dataset.get("as_of")) or clock.seconds()
    book = _open_book(db, dataset, as_of)
    for name, kind in LISTS.items():
        apply(db, book, KINDS[kind], _objects(dataset, name), seen_at=as_of)
    if dataset.get("balance"):
        stated = {"object": "balance", **dataset["balance"]}
        apply(db, book, KINDS["balance"], [stated], seen_at=as_of)
    _link_payouts(db, book, dataset)
    _tell_subscriptions(db, book, dataset, as_of)
    return Reading(db, book, as_of, _choices(book, dataset))


def _open_book(db: Connection, dataset: Raw, as_of: int) -> Book:
    account = dataset.get("account") or {}
    name = text(account.get("id")) or "acct_dataset"
    zone = account.get("timezone", "UTC")
    if zone not in available_timezones():
        raise BadInputError(f"“{zone}” is no time zone.", field="account.timezone")
    book = books.open_book(db, name, livemode=False)
    told = {
        "id": name,
        "object": "account",
        "default_currency": account.get("default_currency"),
        "settings": {"dashboard": {"timezone": zone}},
    }
    apply(db, book, KINDS["account"], [told], seen_at=as_of)
    return books.find(db, name, livemode=False)


def _objects(dataset: Raw, name: str) -> list[Raw]:
    listed = dataset.get(name) or []
    if not isinstance(listed, list) or not all(isinstance(item, Mapping) for item in listed):
        raise BadInputError("is no list of objects.", field=f"dataset.{name}")
    return listed


def _link_payouts(db: Connection, book: Book, dataset: Raw) -> None:
    """Say which transactions each payout paid out; the payout's own row is not one of them."""
    linked: dict[str, list[str]] = {}
    for line in _objects(dataset, "balance_transactions"):
        payout = ref(line.get("automatic_payout_id"))
        own = line.get("reporting_category") == "payout" and ref(line.get("source")) == payout
        if payout and not own:
            linked.setdefault(payout, []).append(str(line["id"]))
    membership.link_all(db, book, linked)


def _tell_subscriptions(db: Connection, book: Book, dataset: Raw, as_of: int) -> None:
    """Bring the events in the order in which they happened, ties as they are listed.

    A current object says something only of a subscription without any event.
    """
    told: dict[str, Raw] = {}
    for event in _objects(dataset, "subscription_events"):
        told.setdefault(str(event.get("id")), event)
    events = sorted(told.values(), key=versions.happened)
    apply(db, book, KINDS["event"], events, seen_at=as_of)
    latest = {ref(dig(event, "data", "object")): event for event in events}
    for event in latest.values():
        news, at = dig(event, "data", "object"), moment(event.get("created")) or 0
        apply(db, book, KINDS["subscription"], [news], seen_at=at)
    silent = [raw for raw in _objects(dataset, "subscriptions") if ref(raw) not in latest]
    apply(db, book, KINDS["subscription"], silent, seen_at=as_of)


def _choices(book: Book, dataset: Raw) -> Choices:
    settings = dataset.get("settings") or {}
    listed = [
        (_day(line), str(line.get("currency")).lower(), exact(line.get("rate")))
        for line in _objects(dataset, "fx")
    ]
    reporting = text(settings.get("reporting_currency")) or book.currency
    return Choices(
        Rates.of(reporting.lower(), listed),
        Rules(
            _choice(settings, "mrr_discounts", DiscountRule.RECURRING),
            _choice(settings, "churn_timing", ChurnTiming.ENDED),
        ),
    )


def _choice(settings: Raw, name: str, default: Choice) -> Choice:
    value = settings.get(name) or default
    try:
        return type(default)(value)
    except ValueError:
        known = ", ".join(type(default))
        raise BadInputError(f"“{value}” is none of {known}.", field=f"settings.{name}") from None


def _day(line: Raw) -> date:
    try:
        return date.fromisoformat(str(line.get("date")))
    except ValueError:
        raise BadInputError(f"“{line.get('date')}” is no date.", field="fx.date") from None
