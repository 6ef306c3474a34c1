"""Two years of one company, day by day: subscriptions first, then sales, then payouts."""

from collections.abc import Iterator

from dashboard.sandbox.world.billing import Billing
from dashboard.sandbox.world.collection import Collection
from dashboard.sandbox.world.company import Company, Shipment
from dashboard.sandbox.world.consulting import Consulting
from dashboard.sandbox.world.instruments import Wallet
from dashboard.sandbox.world.members import Members
from dashboard.sandbox.world.payouts import Payouts
from dashboard.sandbox.world.people import People
from dashboard.sandbox.world.premises import HEADQUARTERS, Premises, account
from dashboard.sandbox.world.sales import Shop
from dashboard.sandbox.world.seasons import DAY_SECONDS, Day, moments
from dashboard.sandbox.world.till import Till
from dashboard.sandbox.world.treasury import Treasury

#: One-time sales are at least this share, however small the world and long its script.
_LEAST_SALES = 0.5


def generate(
    seed: int, payments: int, now: int, premises: Premises = HEADQUARTERS
) -> Iterator[Shipment]:
    """Yield every object of a world with ``payments`` payments, two years up to ``now``.

    Very small worlds have some hundred more, because nothing of the script is left out.

    The same arguments give the same objects in the same order. Objects come in their final state;
    a balance transaction that an automatic payout took comes with ``{"payout": "po_…"}`` beside it.
    Memory grows with the number of subscribers, not with that of one-time payments.
    """
    company = Company(seed, payments, now, premises)
    yield account(company)
    people = People(company.dice("people"), company.ids, premises.country)
    wallet = Wallet(company.dice("wallet"), company.ids)
    till = Till(company)
    collection = Collection(company, till)
    billing = Billing(company, Members(company, people, wallet), collection)
    consulting = Consulting(company, people, wallet, collection)
    treasury = Treasury(company)
    shop = Shop(company, people, wallet, till)
    payouts = Payouts(company)
    hours = company.dice("hours")
    so_far = 0
    for day in company.days:
        billing.work(day, day.payments_so_far - so_far)
        consulting.work(day)
        treasury.work(day)
        so_far = day.payments_so_far
        sales = max(so_far - company.intents, int(so_far * _LEAST_SALES) - shop.orders)
        for at in moments(day, max(0, sales), hours):
            shop.sell(at)
            yield from _shipped(company)
        payouts.pay_out(_next_utc_day(day))
        yield from _shipped(company)
    billing.close()
    yield from _shipped(company)
    yield from company.ledger.unpaid()
    yield company.ledger.balance()


def _shipped(company: Company) -> Iterator[Shipment]:
    yield from company.outbox
    company.outbox.clear()


def _next_utc_day(day: Day) -> int:
    """Return the UTC day that begins within the local ``day``; its payouts end that day's work."""
    return day.starts_at // DAY_SECONDS + 1
