"""Collecting invoices: by card at once or after retries, by debit, or by sending them."""

from dataclasses import dataclass

from dashboard.sandbox.reckoning.retries import retry_days
from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.careers import Payment
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.debits import DEBIT_SECONDS
from dashboard.sandbox.world.instruments import Instrument
from dashboard.sandbox.world.invoices import Invoice, Invoices
from dashboard.sandbox.world.orders import Order
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.stories import Story, draw_story
from dashboard.sandbox.world.till import Till

_LOST = {Payment.LOST_CANCELED, Payment.LOST_UNPAID, Payment.LOST_PAST_DUE}
_CALM_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an invoice means for its subscription: late from, paid after all at, lost at."""

    late_at: int | None = None
    settled_at: int | None = None
    lost_at: int | None = None


class Collection:
    """Takes the money for invoices, finalizes them and writes them."""

    def __init__(self, company: Company, till: Till) -> None:
        """Collect for ``company`` through ``till``."""
        self._company = company
        self._till = till
        self._invoices = Invoices(company)
        self._dice = company.dice("collection")

    def keep_draft(self, invoice: Invoice, finalizes_at: int | None = None) -> None:
        """Write ``invoice`` as a draft."""
        invoice.automatically_finalizes_at = finalizes_at
        self._invoices.write(invoice)

    def drop(self, invoice: Invoice, behavior: str) -> None:
        """Write ``invoice`` of a paused subscription: void or uncollectible from the start."""
        self._finalize(invoice, invoice.created_at)
        if behavior == "void":
            invoice.voided_at = invoice.created_at
        else:
            invoice.uncollectible_at = invoice.created_at
        self._invoices.write(invoice)

    def charge(
        self, invoice: Invoice, instrument: Instrument, payment: Payment, at: int, interval: str
    ) -> Verdict:
        """Finalize ``invoice`` at ``at`` and charge ``instrument``, with retries where it fails."""
        if at > self._company.now:
            self.keep_draft(invoice, at)
            return Verdict()
        if invoice.total == 0:
            return self.settle_nothing(invoice, at)
        self._finalize(invoice, at)
        order = self._order(invoice, instrument, at)
        if instrument.settles_later:
            return self._debit(invoice, order)
        if payment is Payment.NEVER_STARTED:
            return self._start_in_vain(invoice, order)
        return self._attempt(invoice, order, payment, retry_days(interval))

    def send(self, invoice: Invoice, instrument: Instrument, payment: Payment, at: int) -> Verdict:
        """Finalize ``invoice`` at ``at``, send it, and let the customer pay or not."""
        if at > self._company.now:
            self.keep_draft(invoice, at)
            return Verdict()
        if invoice.total == 0:
            return self.settle_nothing(invoice, at)
        self._finalize(invoice, at)
        due = invoice.due_at or at
        order = self._order(invoice, instrument, at)
        end_at = self._end_of_sent(payment, at, due)
        is_over = end_at is not None and end_at <= self._company.now
        if is_over and payment in {Payment.BEFORE_DUE, Payment.AFTER_DUE, Payment.AT_ONCE}:
            invoice.paid_at = end_at
            intent = self._till.succeed(order, end_at or at, self._story())
        elif is_over and payment is Payment.VOIDED:
            invoice.voided_at = end_at
            intent = self._till.void(order, end_at or at)
        else:
            invoice.uncollectible_at = end_at if is_over else None
            intent = self._till.wait(order)
        self._write(invoice, intent)
        late = due if end_at is None or end_at > due else None
        return Verdict(late_at=late, settled_at=end_at if late else None)

    def settle_nothing(self, invoice: Invoice, at: int) -> Verdict:
        """Write an invoice of nothing: paid at ``at``, when it is finalized, by no payment."""
        self._finalize(invoice, at)
        invoice.paid_at = at
        self._invoices.write(invoice)
        return Verdict()

    def settle_elsewhere(self, invoice: Invoice, at: int, paid_at: int) -> None:
        """Write ``invoice`` as paid by other means than Stripe: no intent pays it."""
        self._finalize(invoice, at)
        invoice.paid_at = paid_at
        invoice.is_paid_elsewhere = True
        self._invoices.write(invoice)

    def _attempt(
        self, invoice: Invoice, order: Order, payment: Payment, retry_days: tuple[int, ...]
    ) -> Verdict:
        tries = [order.at + days * DAY_SECONDS for days in retry_days]
        if payment in _LOST:
            return self._lose(invoice, order, tries, payment)
        failures = self._dice.randrange(1, len(tries)) if payment is Payment.RECOVERED else 0
        paid_at = tries[failures]
        if paid_at > self._company.now:
            invoice.next_attempt_at = paid_at
            self._refuse(invoice, order, tries[:failures])
            return Verdict(late_at=order.at, settled_at=paid_at)
        for at in tries[:failures]:
            self._till.decline(order, at)
        invoice.attempts = tries[: failures + 1]
        invoice.paid_at = paid_at
        self._write(invoice, self._till.succeed(order, paid_at, self._story()))
        return Verdict(late_at=order.at if failures else None, settled_at=paid_at)

    def _lose(self, invoice: Invoice, order: Order, tries: list[int], payment: Payment) -> Verdict:
        lost_at = tries[-1]
        later = [at for at in tries if at > self._company.now]
        invoice.next_attempt_at = later[0] if later else None
        if payment is Payment.LOST_CANCELED and not later:
            invoice.uncollectible_at = lost_at
        self._refuse(invoice, order, tries)
        return Verdict(late_at=order.at, lost_at=lost_at)

    def _refuse(self, invoice: Invoice, order: Order, tries: list[int]) -> None:
        invoice.attempts = [at for at in tries if at <= self._company.now]
        intent = self._till.refuse(order, invoice.attempts, self._till.draw_decline())
        self._write(invoice, intent)

    def _debit(self, invoice: Invoice, order: Order) -> Verdict:
        settled_at = order.at + DEBIT_SECONDS
        invoice.attempts = [order.at]
        intent = self._till.debit(order, self._story())
        if settled_at <= self._company.now:
            invoice.paid_at = settled_at
        self._write(invoice, intent)
        return Verdict()

    def _start_in_vain(self, invoice: Invoice, order: Order) -> Verdict:
        """Decline a first invoice; it is void when nobody has paid it for 23 hours."""
        invoice.attempts = [order.at]
        expires_at = order.at + 23 * 3_600
        if expires_at > self._company.now:
            self._refuse(invoice, order, [order.at])
        else:
            charge = self._till.decline(order, order.at)
            invoice.voided_at = expires_at
            self._write(invoice, self._till.void(order, expires_at, charge))
        return Verdict(late_at=order.at, lost_at=expires_at)

    def _end_of_sent(self, payment: Payment, at: int, due: int) -> int | None:
        dice = self._dice
        match payment:
            case Payment.AFTER_DUE:
                return due + dice.randrange(2 * DAY_SECONDS, 40 * DAY_SECONDS)
            case Payment.WRITTEN_OFF:
                return due + 45 * DAY_SECONDS
            case Payment.VOIDED:
                return at + 5 * DAY_SECONDS
            case Payment.NOT_YET:
                return None
            case _:
                return at + dice.randrange(DAY_SECONDS, max(2 * DAY_SECONDS, due - at))

    def _finalize(self, invoice: Invoice, at: int) -> None:
        invoice.finalized_at = at
        invoice.number = invoice.buyer.next_invoice_number()

    def _order(self, invoice: Invoice, instrument: Instrument, at: int) -> Order:
        self._company.intents += 1
        return Order(
            intent=self._company.ids.new("pi", at),
            at=at,
            amount=invoice.total,
            currency=invoice.currency,
            instrument=instrument,
            buyer=invoice.buyer,
            description=_DESCRIPTIONS.get(invoice.reason, f"Payment for {invoice.number}"),
            off_session=True,
        )

    def _story(self) -> Story:
        return draw_story(self._dice) if self._dice.random() > _CALM_SHARE else Story.KEPT

    def _write(self, invoice: Invoice, intent: Json) -> None:
        self._invoices.write(invoice)
        status = "paid" if invoice.paid_at else "canceled" if invoice.voided_at else "open"
        at = invoice.finalized_at or invoice.created_at
        payment = build(
            "invoice_payment",
            id=self._company.ids.new("inpay", at),
            created=at,
            amount_paid=invoice.total if invoice.paid_at else None,
            amount_requested=invoice.total,
            currency=invoice.currency.value,
            invoice=invoice.id,
            payment={"type": "payment_intent", "payment_intent": intent["id"]},
            status=status,
            status_transitions={
                "canceled_at": invoice.voided_at,
                "paid_at": invoice.paid_at,
            },
        )
        if invoice.paid_at:
            self._company.events.record("invoice_payment.paid", invoice.paid_at, payment)
        self._company.emit(payment)


_DESCRIPTIONS = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}
