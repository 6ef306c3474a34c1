"""No page fails whatever the fields of an object hold, and it still shows the rest."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask

from dashboard.core import db
from dashboard.mirror import objects
from dashboard.mirror.apply import apply
from dashboard.mirror.registry import KINDS
from dashboard.store.books import Book
from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.journeys.worlds import fill

Raw = dict[str, Any]
Path = tuple[str | int, ...]

GONE = object()
ODD: tuple[Any, ...] = (GONE, None, 7, "odd", [{}], {"data": 7})
AT_ONCE = 16
"""So many fields are odd at once: each of them alone would take minutes."""

PAGES: dict[str, Callable[[Raw], str]] = {
    "payment_intent": lambda raw: f"/payments/{raw['id']}",
    "charge": lambda raw: f"/payments/{raw['payment_intent'] or raw['id']}",
    "refund": lambda raw: f"/payments/{raw['payment_intent'] or raw['charge']}",
    "dispute": lambda raw: f"/disputes/{raw['id']}",
    "balance_transaction": lambda raw: f"/balance/{raw['id']}",
    "payout": lambda raw: f"/payouts/{raw['id']}",
    "customer": lambda raw: f"/customers/{raw['id']}",
    "subscription": lambda raw: f"/subscriptions/{raw['id']}",
    "invoice": lambda raw: f"/invoices/{raw['id']}",
    "product": lambda raw: f"/products/{raw['id']}",
    "price": lambda raw: f"/products/{raw['product']}",
    "coupon": lambda raw: f"/products/coupons/{raw['id']}",
}
LISTS = {
    "payment_intent": "/payments",
    "charge": "/payments",
    "dispute": "/disputes",
    "balance_transaction": "/balance",
    "payout": "/payouts",
    "customer": "/customers",
    "subscription": "/subscriptions",
    "invoice": "/invoices",
    "product": "/products",
    "coupon": "/products/coupons",
}
EVENTS: dict[str, tuple[str, Callable[[Maker], str]]] = {
    "customer.updated": ("/customers", lambda make: make.customer()),
    "product.updated": ("/products", lambda make: make.product()),
    "customer.subscription.updated": (
        "/subscriptions",
        lambda make: make.subscription(make.customer(), make.price(make.product())),
    ),
    "invoice.payment_failed": ("/invoices", lambda make: make.invoice(make.customer())),
    "charge.dispute.closed": (
        "/disputes",
        lambda make: make.object(
            "dispute",
            "du",
            charge=make.payment(),
            amount=5,
            currency="usd",
            reason="general",
            status="lost",
        ),
    ),
}


@pytest.mark.parametrize("kind", PAGES)
def test_no_odd_field_spoils_a_page(app: Flask, rob: CheckedClient, kind: str) -> None:
    engine = app.extensions["dashboard"].engine
    book = fill(engine, "acct_odd", "Odd & Sons", seed=7, payments=150)
    for raw in _telling(app, book, kind):
        url = PAGES[kind](raw)
        for odd in (*_oddities(raw), raw):
            _told(app, book, kind, odd)
            answer = rob.get(url)
            assert answer.status_code == 200, (url, _difference(raw, odd))


@pytest.mark.parametrize("kind", LISTS)
def test_no_odd_field_spoils_a_list_or_its_export(
    app: Flask, rob: CheckedClient, kind: str
) -> None:
    engine = app.extensions["dashboard"].engine
    book = fill(engine, "acct_odd", "Odd & Sons", seed=7, payments=20)
    raw = _telling(app, book, kind)[-1]
    odd = [{**each, "id": f"{raw['id']}{n:03}"} for n, each in enumerate(_oddities(raw))]
    with db.writing(engine) as connection:
        apply(connection, book, KINDS[kind], odd, seen_at=2**31)
    assert rob.get("/").status_code == 200
    assert raw["id"] in rob.get(f"{LISTS[kind]}/export.csv").text
    url, seen = LISTS[kind], 0
    while url:
        page = rob.get(url)
        assert page.status_code == 200, url
        seen += len(re.findall('class="row-link', page.text))
        older = re.search(r'id="pager-older"\s+rel="next"\s+href="([^"]+)"', page.text)
        url = html.unescape(older[1]) if older else ""
    assert seen > len(odd) / 2


@pytest.mark.parametrize("kind", EVENTS)
def test_no_odd_event_spoils_the_page_of_its_object(
    app: Flask, rob: CheckedClient, make: Maker, kind: str
) -> None:
    folder, made = EVENTS[kind]
    id = made(make)
    items = {"data": [{"price": {"id": "price_1"}}]}
    told = {"object": {"id": id, "items": items}, "previous_attributes": {"items": items}}
    event = make.raw("event", "evt", type=kind, data=told)
    for odd in (*_oddities(event), event):
        _told(app, make.book, "event", odd)
        answer = rob.get(f"{folder}/{id}")
        assert answer.status_code == 200, _difference(event, odd)


def _telling(app: Flask, book: Book, kind: str) -> Sequence[Raw]:
    """Return the longest object in each of some states: they take different ways to their page."""
    with db.reading(app.extensions["dashboard"].engine) as connection:
        found = objects.where(connection, book, KINDS[kind].table, limit=400)
    longest = {raw.get("status", raw.get("type")): dict(raw) for raw in sorted(found, key=_length)}
    assert longest
    return list(longest.values())[-3:]


def _length(raw: Any) -> int:
    return len(str(raw))


def _told(app: Flask, book: Book, kind: str, raw: Raw) -> None:
    with db.writing(app.extensions["dashboard"].engine) as connection:
        apply(connection, book, KINDS[kind], [raw], seen_at=2**31)


def _oddities(raw: Raw) -> Iterator[Raw]:
    """Yield copies in which every field, and every field inside one, is odd once in each way."""
    paths = list(_paths(raw, depth=3))
    for depth in {len(path) for path in paths}:
        level = [path for path in paths if len(path) == depth]
        count = -(-len(level) // AT_ONCE)
        for start in range(count):
            for value in ODD:
                yield _with(raw, level[start::count], value)


def _paths(value: Any, *, depth: int) -> Iterator[Path]:
    steps: Sequence[str | int] = ()
    if isinstance(value, dict):
        steps = [name for name in value if name not in ("id", "object")]
    elif isinstance(value, list) and value:
        steps = [0]
    for step in steps if depth else ():
        yield (step,)
        yield from ((step, *rest) for rest in _paths(value[step], depth=depth - 1))


def _with(raw: Raw, paths: Sequence[Path], value: Any) -> Raw:
    copy = deepcopy(raw)
    for *way, last in paths:
        holder: Any = copy
        for step in way:
            holder = holder[step]
        if value is GONE:
            del holder[last]
        else:
            holder[last] = value
    return copy


def _difference(raw: Raw, odd: Raw) -> Raw:
    return {name: odd.get(name, "gone") for name in raw if odd.get(name, GONE) != raw[name]}
