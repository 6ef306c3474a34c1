"""Two years of one company, day by day: subscriptions first, then sales, then payouts."""

from collections.abc import Iterator

from dashboard.sandbox.world.company import Company, Shipment
from dashboard.sandbox.world.instruments import Wallet
from dashboard.sandbox.world.payouts import Payouts
from dashboard.sandbox.world.people import People
from dashboard.sandbox.world.premises import account
from dashboard.sandbox.world.sales import Shop
from dashboard.sandbox.world.seasons import DAY_SECONDS, Day, moments
from dashboard.sandbox.world.till import Till


def generate(seed: int, payments: int, now: int) -> Iterator[Shipment]:
    """Yield every object of a world with ``payments`` payment intents, two years up to ``now``.

    The same arguments give the same objects in the same order. Objects come in their final state;
    a balance transaction that an automatic payout took comes with ``{"payout": "po_…"}`` beside it.
    Memory grows with the number of running subscriptions, not with ``payments``.
    """
    company = Company(seed, payments, now)
    yield account(company)
    people = People(company.dice("people"), company.ids)
    wallet = Wallet(company.dice("wallet"), company.ids)
    shop = Shop(company, people, wallet, Till(company))
    payouts = Payouts(company)
    hours = company.dice("hours")
    for day in company.days:
        for at in moments(day, max(0, day.payments_so_far - company.intents), hours):
            shop.sell(at)
            yield from _shipped(company)
        payouts.pay_out(_next_utc_day(day))
        yield from _shipped(company)
    yield from company.ledger.unpaid()
    yield company.ledger.balance()


def _shipped(company: Company) -> Iterator[Shipment]:
    yield from company.outbox
    company.outbox.clear()


def _next_utc_day(day: Day) -> int:
    """Return the UTC day that begins within the local ``day``; its payouts end that day's work."""
    return day.starts_at // DAY_SECONDS + 1
