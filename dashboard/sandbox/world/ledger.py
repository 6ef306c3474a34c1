"""The balance of the account: every transaction, when its money is available, what is in it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.identity import Ids
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.tariff import SETTLEMENT, Currency

#: Automatic payouts leave at this second of the UTC day, with all that was available a day before.
PAYOUT_SECOND = 300
_PREPARATION_DAYS = 1

#: What Stripe calls a fee of each type.
_FEE_NAMES = {"stripe_fee": "Stripe processing fees", "tax": "VAT"}

#: The currency whose payouts are started by hand; Stripe links no transactions to such payouts.
MANUAL_CURRENCY = Currency.JPY


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of the balance to be posted; amounts are minor units of ``currency``."""

    kind: str
    category: str
    at: int
    amount: int
    currency: Currency
    source: str | None
    available_on: int | None = None
    description: str | None = None
    fees: tuple[tuple[str, int], ...] = ()
    exchange_rate: float | None = None


class Ledger:
    """Posts balance transactions and holds those whose payout is still to come."""

    def __init__(self, ids: Ids, emit: Callable[[Json], None], now: int) -> None:
        """Post with ids from ``ids``; what no payout will take goes to ``emit`` at once."""
        self._ids = ids
        self._emit = emit
        self._now = now
        self._waiting: dict[Currency, dict[int, list[Json]]] = {
            currency: defaultdict(list) for currency in SETTLEMENT
        }
        self._ripening: dict[int, int] = defaultdict(int)
        self._available = dict.fromkeys(SETTLEMENT, 0)
        self._pending = dict.fromkeys(SETTLEMENT, 0)

    def post(self, entry: Entry) -> Json:
        """Book ``entry`` and return its balance transaction."""
        transaction = self.book(entry)
        if entry.currency is MANUAL_CURRENCY:
            self._ripening[payout_day(transaction["available_on"])] += transaction["net"]
            self._emit(transaction)
        else:
            day = payout_day(transaction["available_on"])
            self._waiting[entry.currency][day].append(transaction)
        return transaction

    def book(self, entry: Entry) -> Json:
        """Add ``entry`` to the balance without setting it aside for a payout."""
        fee = sum(amount for _, amount in entry.fees)
        net = entry.amount - fee
        available_on = entry.at if entry.available_on is None else entry.available_on
        available = available_on <= self._now
        (self._available if available else self._pending)[entry.currency] += net
        return build(
            "balance_transaction",
            id=self._ids.new("txn", entry.at),
            created=entry.at,
            type=entry.kind,
            reporting_category=entry.category,
            amount=entry.amount,
            fee=fee,
            fee_details=_fee_details(entry),
            net=net,
            currency=entry.currency.value,
            available_on=available_on,
            status="available" if available else "pending",
            description=entry.description,
            exchange_rate=entry.exchange_rate,
            source=entry.source,
        )

    def collect(self, currency: Currency, day: int) -> list[Json]:
        """Take out the transactions of ``currency`` that the payout of UTC ``day`` may hold."""
        waiting = self._waiting[currency]
        ripe = sorted(ripe for ripe in waiting if ripe <= day)
        return [transaction for ripe_day in ripe for transaction in waiting.pop(ripe_day)]

    def put_back(self, currency: Currency, day: int, transactions: list[Json]) -> None:
        """Leave ``transactions`` that made no payout to the payouts after UTC ``day``."""
        self._waiting[currency][day + 1][:0] = transactions

    def ripe_by(self, day: int) -> int:
        """Take out the net of the manual currency that became available by UTC ``day``."""
        return sum(self._ripening.pop(ripe) for ripe in list(self._ripening) if ripe <= day)

    def unpaid(self) -> Iterable[Json]:
        """Yield the transactions that no payout has taken by now."""
        for waiting in self._waiting.values():
            for day in sorted(waiting):
                yield from waiting[day]

    def balance(self) -> Json:
        """Return the balance object of now."""
        return build(
            "balance",
            available=[_funds(amount, currency) for currency, amount in self._available.items()],
            pending=[_funds(amount, currency) for currency, amount in self._pending.items()],
        )


def payout_day(available_on: int) -> int:
    """Return the number of the first UTC day whose payout may hold money of ``available_on``."""
    return -(-(available_on - PAYOUT_SECOND) // DAY_SECONDS) + _PREPARATION_DAYS


def _fee_details(entry: Entry) -> list[Json]:
    return [
        part(
            "fee_detail",
            amount=amount,
            currency=entry.currency.value,
            type=kind,
            description=_FEE_NAMES[kind],
        )
        for kind, amount in entry.fees
    ]


def _funds(amount: int, currency: Currency) -> Json:
    return part("funds", amount=amount, currency=currency.value, source_types={"card": amount})
