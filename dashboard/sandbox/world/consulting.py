"""Work that is invoiced by hand: drafts, open, overdue, written off, void and paid invoices."""

from collections import deque

from dashboard.sandbox.world.careers import Payment, draw_payment
from dashboard.sandbox.world.collection import Collection
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.countries import COUNTRIES
from dashboard.sandbox.world.credit_notes import credit_note, credited_amount
from dashboard.sandbox.world.instruments import Wallet, payment_method_object
from dashboard.sandbox.world.invoices import Invoice
from dashboard.sandbox.world.lines import Line
from dashboard.sandbox.world.people import Buyer, People, customer_object
from dashboard.sandbox.world.proration import invoice_item_object
from dashboard.sandbox.world.seasons import DAY_SECONDS, HOUR_SECONDS, Day
from dashboard.sandbox.world.tariff import price

_DUE_DAYS = 30
_DAY_RATE_CENTS = 48_000
_WORK = ("Workshop for a team", "Glaze analysis", "Kiln repair", "Travel & expenses", "Remise 5 %")
_EVERY_DAYS = 24
_LONG_INVOICE_LINES = 14

#: Days before now of the invoices that must exist; None stays a draft.
_SCRIPT: tuple[tuple[float, Payment | None], ...] = (
    (430, Payment.BEFORE_DUE),
    (300, Payment.AFTER_DUE),
    (260, Payment.WRITTEN_OFF),
    (210, Payment.VOIDED),
    (140, Payment.NOT_YET),
    (105, Payment.NOT_YET),
    (75, Payment.NOT_YET),
    (45, Payment.NOT_YET),
    (36, Payment.VOIDED),
    (29, Payment.AT_ONCE),
    (20, Payment.NOT_YET),
    (6, Payment.BEFORE_DUE),
    (2, None),
)
_PAID_ELSEWHERE_DAYS_AGO = 120


class Consulting:
    """Writes invoices that stand for themselves, sent to customers of every country."""

    def __init__(
        self, company: Company, people: People, wallet: Wallet, collection: Collection
    ) -> None:
        """Invoice the clients of ``company`` through ``collection``."""
        self._company = company
        self._people = people
        self._wallet = wallet
        self._collection = collection
        self._dice = company.dice("consulting")
        self._script = deque((company.days_ago(days), payment) for days, payment in _SCRIPT)
        self._written = 0

    def work(self, day: Day) -> None:
        """Write the invoices of ``day``."""
        while self._script and self._script[0][0] < day.ends_at:
            at, payment = self._script.popleft()
            self._write(at, payment)
        if day.date.toordinal() % _EVERY_DAYS == 0:
            at = day.starts_at + (day.ends_at - day.starts_at) // 2
            self._write(at, draw_payment(self._dice, sends_invoice=True))
        elsewhere_at = self._company.days_ago(_PAID_ELSEWHERE_DAYS_AGO)
        if day.starts_at <= elsewhere_at < day.ends_at:
            invoice = self._invoice(elsewhere_at)
            self._settle_elsewhere(invoice, elsewhere_at)

    def _settle_elsewhere(self, invoice: Invoice, at: int) -> None:
        """Have ``invoice`` paid outside of Stripe, and a part of it credited afterwards."""
        paid_at = at + 12 * DAY_SECONDS
        invoice.credited = credited_amount(invoice)
        self._collection.settle_elsewhere(invoice, at + HOUR_SECONDS, paid_at)
        self._company.emit(credit_note(self._company, invoice, paid_at + DAY_SECONDS))
        self._company.emit(customer_object(invoice.buyer))

    def _write(self, at: int, payment: Payment | None) -> None:
        invoice = self._invoice(at)
        buyer = invoice.buyer
        if payment is None:
            self._collection.keep_draft(invoice)
        else:
            instrument = self._wallet.bank_transfer(buyer.person, at)
            self._company.emit(payment_method_object(instrument, buyer))
            self._collection.send(invoice, instrument, payment, at + HOUR_SECONDS)
        self._company.emit(customer_object(buyer))

    def _invoice(self, at: int) -> Invoice:
        self._written += 1
        country = COUNTRIES[self._written * 5 % len(COUNTRIES)]
        buyer = self._people.enrol(self._people.meet(country), at - HOUR_SECONDS)
        invoice = Invoice(
            id=self._company.ids.new("in", at),
            buyer=buyer,
            currency=country.currency,
            lines=self._lines(buyer, at),
            reason="manual",
            created_at=at,
            period_start=at,
            period_end=at,
            description="Thank you for working with us & see you soon",
            due_at=at + _DUE_DAYS * DAY_SECONDS,
        )
        for line in invoice.lines:
            self._company.emit(invoice_item_object(line, buyer, invoice.id))
        return invoice

    def _lines(self, buyer: Buyer, at: int) -> list[Line]:
        count = _LONG_INVOICE_LINES if self._written == 2 else self._dice.randrange(1, 4)
        rate = price(_DAY_RATE_CENTS, buyer.person.currency)
        return [
            Line(
                amount=rate * self._dice.randrange(1, 4),
                description=_WORK[number % len(_WORK)],
                start=at,
                end=at,
                quantity=1,
                invoice_item=self._company.ids.new("ii", at),
            )
            for number in range(count)
        ]
