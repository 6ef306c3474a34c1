"""What else moves the balance: Stripe's monthly fees, reserves, top-ups and adjustments."""

from dashboard.sandbox.shapes import build
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.ledger import Entry
from dashboard.sandbox.world.seasons import DAY_SECONDS, HOUR_SECONDS, Day, utc_midnight
from dashboard.sandbox.world.tariff import Currency

_BILLING_FEE_CENTS = 7
_RADAR_FEE_CENTS = 2
_BRITISH_VAT_PER_PAYMENT = 1
_TOPUP_CENTS = 250_000
_RESERVE_CENTS = 50_000
_RESERVED_DAYS = 45

#: Days before now, and what is booked then besides the monthly rows.
_RESERVES_DAYS_AGO = (400, 170, 20)
_TOPUPS_DAYS_AGO = (250, 30)
_ADJUSTMENTS = (
    (365, "adjustment", "other_adjustment", -1_234, "Correction of a fee"),
    (275, "adjustment", "other_adjustment", 2_500, "Goodwill credit"),
    (90, "contribution", "contribution", -900, "Stripe Climate"),
    (14, "stripe_fee", "network_cost", -310, "Interchange of the last month"),
)


class Treasury:
    """Books the rows of one company that no customer causes."""

    def __init__(self, company: Company) -> None:
        """Book for ``company``."""
        self._company = company
        self._payments = 0
        self._due = sorted(
            [(company.days_ago(days), self._hold) for days in _RESERVES_DAYS_AGO]
            + [(company.days_ago(days), self._top_up) for days in _TOPUPS_DAYS_AGO],
            key=lambda planned: planned[0],
        )

    def work(self, day: Day) -> None:
        """Book what falls on ``day``."""
        while self._due and self._due[0][0] < day.ends_at:
            at, book = self._due.pop(0)
            book(at)
        for days, kind, category, amount, description in _ADJUSTMENTS:
            at = self._company.days_ago(days)
            if day.starts_at <= at < day.ends_at:
                self._book(kind, category, at, amount, description)
        if day.date.day == 1:
            self._month_end(day)

    def _month_end(self, day: Day) -> None:
        """Charge the fees that Stripe takes once a month for what was used in the month before."""
        used = day.payments_so_far - self._payments
        self._payments = day.payments_so_far
        at = min(day.starts_at + 4 * HOUR_SECONDS, day.ends_at - 1)
        month = day.date.strftime("%Y-%m")
        for name, cents in (
            ("Billing - Usage Fee", _BILLING_FEE_CENTS),
            ("Radar - Screening", _RADAR_FEE_CENTS),
        ):
            self._book("stripe_fee", "fee", at, -cents * used - 1, f"{name} (before {month})")
        self._book(
            "tax_fee",
            "tax",
            at,
            -_BRITISH_VAT_PER_PAYMENT * used - 1,
            f"VAT on fees (before {month})",
            Currency.GBP,
        )

    def _hold(self, at: int) -> None:
        """Let Stripe keep a reserve, and have it back after a while."""
        category = "risk_reserved_funds"
        self._book("reserve_hold", category, at, -_RESERVE_CENTS, "Reserve hold")
        back_at = at + _RESERVED_DAYS * DAY_SECONDS
        if back_at <= self._company.now:
            self._book("reserve_release", category, back_at, _RESERVE_CENTS, "Reserve release")

    def _top_up(self, at: int) -> None:
        company = self._company
        topup = company.ids.new("tu", at)
        arrives = utc_midnight(at) + 4 * DAY_SECONDS
        row = company.ledger.post(
            Entry(
                kind="topup",
                category="topup",
                at=at,
                amount=_TOPUP_CENTS,
                currency=Currency.USD,
                source=topup,
                available_on=arrives,
                description="Top-up for refunds",
            )
        )
        written = build(
            "topup",
            id=topup,
            created=at,
            amount=_TOPUP_CENTS,
            currency=Currency.USD.value,
            status="succeeded",
            balance_transaction=row["id"],
            description="Top-up for refunds",
            expected_availability_date=arrives,
        )
        company.events.record("topup.created", at, written)
        company.events.record("topup.succeeded", min(arrives, company.now), written)
        company.emit(written)

    def _book(
        self,
        kind: str,
        category: str,
        at: int,
        amount: int,
        description: str,
        currency: Currency = Currency.USD,
    ) -> None:
        self._company.ledger.post(
            Entry(
                kind=kind,
                category=category,
                at=at,
                amount=amount,
                currency=currency,
                source=None,
                description=description,
            )
        )
