"""Payouts: automatic ones on banking days, one that fails, and those started by hand."""

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.ledger import MANUAL_CURRENCY, PAYOUT_SECOND, Entry
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.tariff import SETTLEMENT, Currency

_SATURDAY = 5
_THURSDAY_OF_DAY_ZERO = 3
_BANKING_DAYS_UNDERWAY = {Currency.USD: 2, Currency.EUR: 3, Currency.GBP: 3, Currency.JPY: 4}
_FAILING_PAYOUT_DAYS_AGO = 200
_DAYS_UNTIL_FAILURE = 3
_MANUAL_EVERY_DAYS = 21
_INSTANT_EVERY = 5
_SUBMITTED_AFTER_SECONDS = 6 * 3_600


class Payouts:
    """Sends the available balance to the bank, one UTC day after the other."""

    def __init__(self, company: Company) -> None:
        """Pay out the ledger of ``company`` to one bank account for each currency."""
        self._company = company
        self._manual_available = 0
        self._manual_count = 0
        self._failed = False

    def pay_out(self, day: int) -> None:
        """Make the payouts of UTC ``day`` (days since 1970) if it has begun and banks are open."""
        at = day * DAY_SECONDS + PAYOUT_SECOND
        if at > self._company.now:
            return
        self._manual_available += self._company.ledger.ripe_by(day)
        if _weekday(day) >= _SATURDAY:
            return
        for currency in SETTLEMENT:
            if currency is not MANUAL_CURRENCY:
                self._automatic(currency, day, at)
            elif day % _MANUAL_EVERY_DAYS == 0:
                self._by_hand(day, at)

    def _automatic(self, currency: Currency, day: int, at: int) -> None:
        company = self._company
        members = company.ledger.collect(currency, day)
        amount = sum(member["net"] for member in members)
        if amount <= 0:
            company.ledger.put_back(currency, day, members)
            return
        payout = self._payout(currency, amount, day, at)
        hidden = {"payout": payout["id"]}
        for member in members:
            company.outbox.append((member, hidden))
        if self._is_to_fail(currency, at):
            self._fail(payout, currency, at + _DAYS_UNTIL_FAILURE * DAY_SECONDS + 34_200)
        row = company.ledger.book(_row(payout, currency, -amount))
        payout["balance_transaction"] = row["id"]
        company.outbox.append((row, hidden))
        self._send(payout)

    def _by_hand(self, day: int, at: int) -> None:
        """Send most of what is there, in round figures, as someone at the keyboard would."""
        amount = self._manual_available * 3 // 5 // 1_000 * 1_000
        if amount <= 0:
            return
        company = self._company
        self._manual_count += 1
        instant = self._manual_count % _INSTANT_EVERY == 0
        asked_at = min(at + 15 * 3_600 + day % 3_600, company.now)
        payout = self._payout(MANUAL_CURRENCY, amount, day, asked_at)
        payout |= {
            "automatic": False,
            "description": "Monthly transfer",
            "method": "instant" if instant else "standard",
            "reconciliation_status": "not_applicable",
        }
        fees = (("stripe_fee", amount // 100),) if instant else ()
        row = company.ledger.book(_row(payout, MANUAL_CURRENCY, -amount, fees))
        self._manual_available += row["net"]
        payout["balance_transaction"] = row["id"]
        company.emit(row)
        self._send(payout)

    def _payout(self, currency: Currency, amount: int, day: int, at: int) -> Json:
        arrival = _banking_day_after(day, _BANKING_DAYS_UNDERWAY[currency]) * DAY_SECONDS
        now = self._company.now
        arrived = arrival <= now
        underway = "in_transit" if now - at > _SUBMITTED_AFTER_SECONDS else "pending"
        return build(
            "payout",
            id=self._company.ids.new("po", at),
            created=at,
            amount=amount,
            currency=currency.value,
            arrival_date=arrival,
            automatic=True,
            description="STRIPE PAYOUT",
            destination=self._company.banks[currency],
            status="paid" if arrived else underway,
            reconciliation_status="completed" if arrived else "in_progress",
            statement_descriptor=self._company.premises.descriptor,
            trace_id={"status": "supported", "value": self._company.ids.word(15)}
            if arrived
            else {"status": "pending", "value": None},
        )

    def _is_to_fail(self, currency: Currency, at: int) -> bool:
        due = at >= self._company.days_ago(_FAILING_PAYOUT_DAYS_AGO)
        if self._failed or currency is not Currency.USD or not due:
            return False
        self._failed = True
        return True

    def _fail(self, payout: Json, currency: Currency, at: int) -> None:
        """Let the bank refuse ``payout``: the money is back at ``at`` and leaves again later."""
        company = self._company
        entry = Entry(
            kind="payout_failure",
            category="payout_reversal",
            at=at,
            amount=payout["amount"],
            currency=currency,
            source=payout["id"],
            description="STRIPE PAYOUT FAILURE",
        )
        payout |= {
            "status": "failed",
            "failure_balance_transaction": company.ledger.post(entry)["id"],
            "failure_code": "account_closed",
            "failure_message": "The bank account has been closed.",
        }
        company.events.record("payout.failed", at, payout)

    def _send(self, payout: Json) -> None:
        record = self._company.events.record
        at, arrival = payout["created"], payout["arrival_date"]
        begun = payout | {"status": "in_transit"}
        record("payout.created", at, begun)
        if payout["status"] == "paid":
            record("payout.paid", arrival, payout, {"status": "in_transit"})
        if payout["reconciliation_status"] == "completed":
            record("payout.reconciliation_completed", arrival, payout)
        self._company.emit(payout)


def _row(
    payout: Json, currency: Currency, amount: int, fees: tuple[tuple[str, int], ...] = ()
) -> Entry:
    return Entry(
        kind="payout",
        category="payout",
        at=payout["created"],
        amount=amount,
        currency=currency,
        source=payout["id"],
        description=payout["description"],
        fees=fees,
    )


def _weekday(day: int) -> int:
    """Return the weekday of a UTC day number, Monday being 0."""
    return (day + _THURSDAY_OF_DAY_ZERO) % 7


def _banking_day_after(day: int, banking_days: int) -> int:
    """Return the day that lies ``banking_days`` days without weekends after ``day``."""
    while banking_days:
        day += 1
        banking_days -= _weekday(day) < _SATURDAY
    return day
