"""Invoices: what is known of one, the object made of it, and the events of its life."""

from dataclasses import dataclass, field

from dashboard.sandbox.reckoning.bills import Reckoned, Totals, reckon, totals
from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.coupons import Discount
from dashboard.sandbox.world.lines import Line, entry_of, line_object
from dashboard.sandbox.world.people import Buyer
from dashboard.sandbox.world.tariff import Currency
from dashboard.sandbox.world.taxes import TaxRate


@dataclass(slots=True)
class Invoice:
    """One invoice; times that are None have not come by now, or never will."""

    id: str
    buyer: Buyer
    currency: Currency
    lines: list[Line]
    reason: str
    created_at: int
    period_start: int
    period_end: int
    subscription: str | None = None
    subscription_metadata: Json = field(default_factory=dict)
    discount: Discount | None = None
    tax: TaxRate | None = None
    description: str | None = None
    due_at: int | None = None
    number: str | None = None
    finalized_at: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None
    uncollectible_at: int | None = None
    attempts: list[int] = field(default_factory=list)
    next_attempt_at: int | None = None
    automatically_finalizes_at: int | None = None
    is_paid_elsewhere: bool = False
    credited: int = 0
    totals: Totals = field(init=False)
    reckoned: list[Reckoned] = field(init=False)

    def __post_init__(self) -> None:
        entries = [entry_of(line, self.discount, self.tax) for line in self.lines]
        self.reckoned = reckon(entries, self.currency)
        self.totals = totals(self.reckoned, self.currency)

    @property
    def total(self) -> int:
        """What is to be paid, in minor units."""
        return self.totals.total

    @property
    def status(self) -> str:
        """The status in Stripe's words."""
        if self.voided_at:
            return "void"
        if self.paid_at:
            return "paid"
        if self.uncollectible_at:
            return "uncollectible"
        return "open" if self.finalized_at else "draft"


class Invoices:
    """Writes the invoices of one company with their events."""

    def __init__(self, company: Company) -> None:
        """Write invoices for ``company``."""
        self._company = company

    def write(self, invoice: Invoice) -> Json:
        """Write ``invoice`` as it stands by now, tell of its life, and return the object."""
        written = self._object(invoice)
        if invoice.created_at >= self._company.events.since - 100 * 86_400:
            self._tell(invoice, written)
        self._company.emit(written)
        return written

    def _object(self, invoice: Invoice) -> Json:
        person = invoice.buyer.person
        sums = invoice.totals
        paid = invoice.total if invoice.paid_at else 0
        written = build(
            "invoice",
            id=invoice.id,
            created=invoice.created_at,
            currency=invoice.currency.value,
            customer=invoice.buyer.id,
            period_start=invoice.period_start,
            period_end=invoice.period_end,
            post_payment_credit_notes_amount=invoice.credited,
            status=invoice.status,
            account_name=self._company.premises.name,
            amount_due=invoice.total,
            amount_paid=paid,
            amount_remaining=invoice.total - paid,
            attempt_count=len(invoice.attempts),
            attempted=bool(invoice.attempts) or invoice.paid_at is not None,
            auto_advance=invoice.status == "open" and invoice.next_attempt_at is not None,
            automatically_finalizes_at=invoice.automatically_finalizes_at,
            billing_reason=invoice.reason,
            collection_method="send_invoice" if invoice.due_at else "charge_automatically",
            customer_address=person.address,
            customer_email=person.email,
            customer_name=person.name,
            customer_phone=person.phone,
            default_tax_rates=[invoice.tax.object] if invoice.tax else [],
            description=invoice.description,
            discounts=[invoice.discount.id] if invoice.discount else [],
            due_date=invoice.due_at,
            next_payment_attempt=invoice.next_attempt_at,
            number=invoice.number,
            parent=_parent(invoice),
            subtotal=sums.subtotal,
            subtotal_excluding_tax=sums.subtotal_excluding_tax,
            total=sums.total,
            total_excluding_tax=sums.total_excluding_tax,
            total_discount_amounts=_discount_amounts(invoice),
            total_taxes=[invoice.tax.tax.row(sums.tax, sums.taxable)] if invoice.tax else [],
            webhooks_delivered_at=invoice.created_at,
            **_finalized(invoice),
        )
        if invoice.is_paid_elsewhere:
            written["amount_paid_off_stripe"] = invoice.total
        written["lines"]["data"].extend(self._lines(invoice))
        written["status_transitions"] |= {
            "finalized_at": invoice.finalized_at,
            "marked_uncollectible_at": invoice.uncollectible_at,
            "paid_at": invoice.paid_at,
            "voided_at": invoice.voided_at,
        }
        return written

    def _lines(self, invoice: Invoice) -> list[Json]:
        ids, at = self._company.ids, invoice.created_at
        return [
            line_object(ids, invoice.id, line, reckoned, invoice.currency, at)
            for line, reckoned in zip(invoice.lines, invoice.reckoned, strict=True)
        ]

    def _tell(self, invoice: Invoice, written: Json) -> None:
        record = self._company.events.record
        draft = written | {
            "status": "draft",
            "number": None,
            "amount_paid": 0,
            "amount_remaining": invoice.total,
            "attempt_count": 0,
            "attempted": False,
        }
        record("invoice.created", invoice.created_at, draft)
        opened = draft | {"status": "open", "number": invoice.number}
        if invoice.finalized_at:
            record("invoice.finalized", invoice.finalized_at, opened, {"status": "draft"})
        for count, at in enumerate(invoice.attempts, start=1):
            if at != invoice.paid_at:
                failed = opened | {"attempt_count": count, "attempted": True}
                record("invoice.payment_failed", at, failed)
        for kind, ended_at in _ends(invoice):
            if ended_at:
                record(kind, ended_at, written, {"status": "open"})


def _ends(invoice: Invoice) -> list[tuple[str, int | None]]:
    overdue = invoice.due_at if not invoice.paid_at else None
    return [
        ("invoice.sent", invoice.finalized_at if invoice.due_at else None),
        ("invoice.overdue", overdue),
        ("invoice.paid", invoice.paid_at),
        ("invoice.payment_succeeded", invoice.paid_at),
        ("invoice.voided", invoice.voided_at),
        ("invoice.marked_uncollectible", invoice.uncollectible_at),
    ]


def _finalized(invoice: Invoice) -> Json:
    """Return the fields that an invoice gets when it is finalized."""
    if invoice.finalized_at is None:
        return {}
    return {
        "effective_at": invoice.finalized_at,
        "ending_balance": 0,
        "hosted_invoice_url": f"https://invoice.stripe.com/i/acct_practice/test_{invoice.id}",
        "invoice_pdf": f"https://pay.stripe.com/invoice/acct_practice/test_{invoice.id}/pdf",
    }


def _parent(invoice: Invoice) -> Json | None:
    if invoice.subscription is None:
        return None
    details = part(
        "subscription_details",
        subscription=invoice.subscription,
        metadata=invoice.subscription_metadata,
    )
    return part("invoice_parent", subscription_details=details)


def _discount_amounts(invoice: Invoice) -> list[Json]:
    if not invoice.discount:
        return []
    return [part("discount_amount", amount=invoice.totals.rebate, discount=invoice.discount.id)]
