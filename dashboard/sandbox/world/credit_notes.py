"""Credit notes: a part of a paid invoice that is given back outside of Stripe."""

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.invoices import Invoice

_CREDITED_PERCENT = 10


def credited_amount(invoice: Invoice) -> int:
    """Return what is given back of ``invoice``, in minor units that cards can be charged."""
    return invoice.total * _CREDITED_PERCENT // 1_000 * 10


def credit_note(company: Company, invoice: Invoice, at: int) -> Json:
    """Return the credit note, made at ``at``, that gives back a part of the paid ``invoice``."""
    amount = credited_amount(invoice)
    note = build(
        "credit_note",
        id=company.ids.new("cn", at),
        created=at,
        amount=amount,
        currency=invoice.currency.value,
        customer=invoice.buyer.id,
        effective_at=at,
        invoice=invoice.id,
        memo="As agreed on the phone",
        number=f"{invoice.number}-CN-01",
        out_of_band_amount=amount,
        pdf=f"https://pay.stripe.com/credit_notes/acct_practice/test_{invoice.id}/pdf",
        post_payment_amount=amount,
        reason="order_change",
        subtotal=amount,
        subtotal_excluding_tax=amount,
        total=amount,
        total_excluding_tax=amount,
    )
    note["lines"]["data"].append(
        build(
            "credit_note_line_item",
            id=company.ids.new("cnli", at),
            amount=amount,
            description="Partial credit",
            quantity=1,
            type="custom_line_item",
            unit_amount=amount,
            unit_amount_decimal=str(amount),
        )
    )
    return note
