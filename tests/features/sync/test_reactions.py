"""What is read from Stripe soon after a delivery that does not tell all."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from dashboard.core import clock, db
from dashboard.core.config import Settings
from dashboard.mirror import codec as codecs
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.event import events
from dashboard.store.jobs import jobs
from dashboard.store.roles import Role
from tests.clients import CheckedClient, run_jobs, signed_in
from tests.deliveries import SECRET, Json, deliver, event
from tests.mirror.sync.conftest import empty_stripe
from tests.stripe_like import KEY, StripeLike, serving

CUSTOMER = {"id": "cus_1", "object": "customer", "created": 1_700_000_000}


@pytest.fixture
def stripe_like() -> Iterator[StripeLike]:
    """An account with one customer."""
    server = empty_stripe()
    server.lists["/v1/customers"] = [CUSTOMER]
    with serving(server) as running:
        yield running


@pytest.fixture
def admin(
    make_app: Callable[[Settings], Flask], settings: Settings, stripe_like: StripeLike
) -> CheckedClient:
    """An administrator of an application that has read all of the account once."""
    news = {"stripe_api_base": stripe_like.url, "stripe_secret_key": KEY}
    news["stripe_webhook_secret"] = SECRET
    client = signed_in(make_app(Settings(**{**dict(settings), **news})), "boss@a.com", Role.ADMIN)
    client.submit("/sync/start")
    assert run_jobs(client.application)
    return client


def _delivered(admin: CheckedClient, told: Json) -> None:
    """Deliver an event, and let what follows from it come at once."""
    engine = admin.application.extensions["dashboard"].engine
    assert deliver(admin, told).status_code == 200
    run_jobs(admin.application)
    with db.writing(engine) as connection:
        connection.execute(update(jobs).values(due_at=clock.seconds()))
    run_jobs(admin.application)


def test_what_no_event_carries_is_read_once_money_moved(
    admin: CheckedClient, stripe_like: StripeLike
) -> None:
    charge = {"id": "ch_1", "object": "charge", "created": clock.seconds(), "amount": 900}
    money = {"object": "balance_transaction", "created": clock.seconds(), "amount": 900}
    stripe_like.lists["/v1/balance_transactions"] = [{**money, "id": "txn_1", "currency": "usd"}]
    _delivered(admin, event("charge.succeeded", charge, created=clock.seconds()))
    with db.reading(admin.application.extensions["dashboard"].engine) as connection:
        assert connection.scalars(select(balance_transactions.c.id)).all() == ["txn_1"]


@pytest.mark.parametrize("is_thin", [True, False])
def test_an_event_in_another_shape_is_soon_as_the_list_tells_it(
    admin: CheckedClient, stripe_like: StripeLike, *, is_thin: bool
) -> None:
    told = event("customer.updated", {**CUSTOMER, "name": "Ada"}, created=clock.seconds())
    stripe_like.lists["/v1/customers"] = [{**CUSTOMER, "name": "Ada"}]
    stripe_like.lists["/v1/events"] = [told]
    thin = {"id": told["id"], "object": "v2.core.event", "type": "v1.customer.updated"}
    related = {"id": "cus_1", "type": "customer"}
    old = {**told, "api_version": "2020-08-27", "data": {"object": {**CUSTOMER, "sources": []}}}
    _delivered(admin, {**thin, "related_object": related} if is_thin else old)
    with db.reading(admin.application.extensions["dashboard"].engine) as connection:
        frame = connection.scalar(select(events.c.raw).where(events.c.id == told["id"])) or b""
        kept = codecs.of(connection).expand(connection, frame)
    assert b'"Ada"' in kept
    assert b'"sources"' not in kept


def test_what_the_list_told_of_an_event_outlasts_its_late_delivery(
    admin: CheckedClient, stripe_like: StripeLike
) -> None:
    told = event("customer.updated", CUSTOMER, created=clock.seconds() - 2)
    stripe_like.lists["/v1/events"] = [told]
    admin.submit("/sync/start")
    assert run_jobs(admin.application)
    deliver(admin, {**told, "api_version": "2020-08-27"})
    assert run_jobs(admin.application)
    with db.reading(admin.application.extensions["dashboard"].engine) as connection:
        frame = connection.scalar(select(events.c.raw).where(events.c.id == told["id"])) or b""
        assert b"2020-08-27" not in codecs.of(connection).expand(connection, frame)
