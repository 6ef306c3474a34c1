"""Making, changing and voiding credit notes: what is taken off an invoice or given back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.balances import move_balance
from dashboard.sandbox.operations.billing.bills import tax_rates
from dashboard.sandbox.operations.billing.checks import at_least
from dashboard.sandbox.operations.billing.clocks import on_clock
from dashboard.sandbox.operations.billing.collecting import settle
from dashboard.sandbox.operations.billing.payments import (
    give_up_payment,
    intent_of,
    paying_intent,
)
from dashboard.sandbox.operations.billing.price_parameters import amounts
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.refunds import create_refund
from dashboard.sandbox.params import Params
from dashboard.sandbox.reckoning.bills import Entry, Reckoned, Tax, reckon, totals
from dashboard.sandbox.reckoning.rounding import rounded
from dashboard.sandbox.shapes import Json, list_object

_NOTE = (
    "amount:integer credit_amount:integer effective_at:integer email_type=none|credit_note invoice!"
    " lines:list(amount:integer description invoice_line_item metadata quantity:integer"
    " tax_amounts:list(amount!:integer tax_rate! taxable_amount!:integer) tax_rates:words"
    " type!=custom_line_item|invoice_line_item unit_amount:integer unit_amount_decimal) memo"
    " metadata out_of_band_amount:integer"
    " reason=duplicate|fraudulent|order_change|product_unsatisfactory refund_amount:integer"
    " refunds:list(amount_refunded:integer payment_record_refund(payment_record! refund_group!)"
    " refund type=refund|payment_record_refund) shipping_cost(shipping_rate)"
)
_WAYS = ("credit_amount", "out_of_band_amount", "refund_amount")


@operation("POST", "/v1/credit_notes", "credit_note", _NOTE)
def create_credit_note(engine: Engine, params: Params) -> Json:
    """Take something off an open invoice, or give back something of a paid one."""
    return _issue(engine, params.values)


@operation("GET", "/v1/credit_notes/preview", "credit_note", _NOTE)
def preview_credit_note(engine: Engine, params: Params) -> Json:
    """Return the credit note that would be made; nothing is kept of it."""
    return engine.shelf.rehearse(lambda: _issue(engine, params.values))


@operation("POST", "/v1/credit_notes/{id}", "credit_note", "memo metadata")
def update_credit_note(engine: Engine, params: Params, id: str) -> Json:
    """Change the memo and the metadata of a credit note."""
    before, given = engine.find("credit_note", id), params.values
    changes: Json = {"memo": given["memo"]} if "memo" in given else {}
    if "metadata" in given:
        changes["metadata"] = merged_metadata(before["metadata"], given["metadata"])
    return engine.change(before, "credit_note.updated", changes)


@operation("POST", "/v1/credit_notes/{id}/void", "credit_note")
def void_credit_note(engine: Engine, params: Params, id: str) -> Json:  # noqa: ARG001
    """Take back a credit note of an invoice that is still open: all is due again."""
    note = engine.find("credit_note", id)
    invoice = engine.find("invoice", note["invoice"])
    if note["status"] == "void" or invoice["status"] != "open":
        raise invalid_request(
            "Only credit notes of open invoices can be voided, and only once.",
            code="status_transition_invalid",
        )
    engine = on_clock(engine, invoice)
    _lower_due(engine, invoice, -note["pre_payment_amount"])
    note |= {"status": "void", "voided_at": engine.now}
    engine.put(note)
    engine.emit("credit_note.voided", note)
    return note


def _issue(engine: Engine, given: Json) -> Json:
    invoice = engine.find("invoice", given["invoice"], "invoice")
    if invoice["status"] not in {"open", "paid", "uncollectible"}:
        raise invalid_request(
            f"Credit notes are for invoices that are finalized; this one is {invoice['status']}.",
            param="invoice",
        )
    engine = on_clock(engine, invoice)
    lines, reckoned = _lines(engine, invoice, given)
    sums = totals(reckoned, invoice["currency"])
    before, after = _split(invoice, sums.total)
    ways = _ways(given, after)
    note = engine.make(
        "credit_note",
        amount=sums.total,
        currency=invoice["currency"],
        customer=invoice["customer"],
        effective_at=given.get("effective_at") or engine.now,
        invoice=invoice["id"],
        memo=given.get("memo"),
        metadata=given.get("metadata") or {},
        number=_number(engine, invoice),
        out_of_band_amount=ways["out_of_band_amount"] or None,
        pdf=f"https://pay.stripe.com/credit_notes/acct_practice/test_{invoice['id']}/pdf",
        post_payment_amount=after,
        pre_payment_amount=before,
        reason=given.get("reason"),
        subtotal=sums.subtotal,
        subtotal_excluding_tax=sums.subtotal_excluding_tax,
        total=sums.total,
        total_excluding_tax=sums.total_excluding_tax,
        total_taxes=[row for line in lines for row in line["taxes"]],
        type="mixed" if before and after else "pre_payment" if before else "post_payment",
    )
    note["lines"] = list_object(f"/v1/credit_notes/{note['id']}/lines", lines)
    engine.put(note)
    note |= _give_back(engine, invoice, note, ways)
    engine.put(note)
    engine.emit("credit_note.created", note)
    _note_on_invoice(engine, invoice["id"], before, after)
    return note


def _lines(engine: Engine, invoice: Json, given: Json) -> tuple[list[Json], list[Reckoned]]:
    """Return the lines of a note, and what they come to with their taxes."""
    asked = given.get("lines")
    if not asked:
        total = given.get("amount")
        if total is None:
            total = sum(given.get(way) or 0 for way in _WAYS)
        at_least("amount", total, 1)
        asked = [{"type": "custom_line_item", "unit_amount": total, "quantity": 1}]
    made = [_line(engine, invoice, one, f"lines[{place}]") for place, one in enumerate(asked)]
    entries = [
        Entry(
            amount=line["amount"],
            taxes=tuple(
                Tax(rate["id"], Fraction(str(rate["percentage"])), rate["inclusive"])
                for rate in line["tax_rates"]
            ),
        )
        for line in made
    ]
    reckoned = reckon(entries, invoice["currency"])
    for line, one in zip(made, reckoned, strict=True):
        line["taxes"] = [tax.row(amount, one.taxable) for tax, amount in one.taxes]
    return made, reckoned


def _line(engine: Engine, invoice: Json, given: Json, outer: str) -> Json:
    if given["type"] == "invoice_line_item":
        return _of_invoice_line(engine, invoice, given, outer)
    unit = amounts(given, outer)
    if unit["unit_amount_decimal"] is None:
        raise missing_parameter(f"{outer}[unit_amount]")
    quantity = 1 if given.get("quantity") is None else given["quantity"]
    exact = Fraction(unit["unit_amount_decimal"]) * quantity
    return engine.make(
        "credit_note_line_item",
        amount=rounded(exact, invoice["currency"]),
        description=given.get("description"),
        quantity=quantity,
        tax_rates=tax_rates(engine, given.get("tax_rates"), f"{outer}[tax_rates]"),
        type="custom_line_item",
        **unit,
    )


def _of_invoice_line(engine: Engine, invoice: Json, given: Json, outer: str) -> Json:
    named = given.get("invoice_line_item")
    if not named:
        raise missing_parameter(f"{outer}[invoice_line_item]")
    line = engine.find("line_item", named, f"{outer}[invoice_line_item]")
    if line["invoice"] != invoice["id"]:
        raise invalid_request(
            f"The line {named} is not on the invoice {invoice['id']}.",
            param=f"{outer}[invoice_line_item]",
        )
    quantity, whole = given.get("quantity"), line["quantity"] or 1
    net = line["amount"] - sum(one["amount"] for one in line["discount_amounts"])
    share = Fraction(net * (whole if quantity is None else quantity), whole)
    amount = given.get("amount")
    rates = [row["tax_rate_details"]["tax_rate"] for row in line["taxes"]]
    return engine.make(
        "credit_note_line_item",
        amount=rounded(share, invoice["currency"]) if amount is None else amount,
        description=given.get("description") or line["description"],
        invoice_line_item=named,
        quantity=quantity,
        tax_rates=tax_rates(engine, rates, outer),
        type="invoice_line_item",
    )


def _split(invoice: Json, total: int) -> tuple[int, int]:
    """Return what of a note is taken off what is still due, and what is given back."""
    given_back = invoice["post_payment_credit_notes_amount"]
    left = invoice["amount_remaining"] + invoice["amount_paid"] - given_back
    if total > left:
        raise invalid_request(
            f"The note comes to {total}, but only {left} of the invoice can still be credited "
            f"(in the smallest unit of {invoice['currency']}).",
            param="amount",
        )
    before = min(total, invoice["amount_remaining"])
    return before, total - before


def _ways(given: Json, after: int) -> dict[str, int]:
    """Return in which ways `after` is given back; they must come to just as much."""
    ways = {way: given.get(way) or 0 for way in _WAYS}
    linked = sum(one.get("amount_refunded") or 0 for one in given.get("refunds") or ())
    if sum(ways.values()) + linked != after:
        raise invalid_request(
            "credit_amount, refund_amount, out_of_band_amount and refunds must come to what is "
            f"given back after payment: {after}.",
            param="refund_amount",
        )
    return ways


def _give_back(engine: Engine, invoice: Json, note: Json, ways: dict[str, int]) -> Json:
    """Refund and credit what the note gives back; return the fields that tell of it."""
    told: Json = {}
    if ways["refund_amount"]:
        refund = _refund(engine, invoice, ways["refund_amount"])
        told["refunds"] = [
            {
                "amount_refunded": refund["amount"],
                "payment_record_refund": None,
                "refund": refund["id"],
                "type": "refund",
            }
        ]
    if ways["credit_amount"]:
        credit = move_balance(
            engine,
            invoice["customer"],
            -ways["credit_amount"],
            invoice["currency"],
            "credit_note",
            credit_note=note["id"],
            invoice=invoice["id"],
        )
        told["customer_balance_transaction"] = credit["id"]
    return told


def _refund(engine: Engine, invoice: Json, amount: int) -> Json:
    intent = paying_intent(engine, invoice["id"])
    if intent is None:
        raise _nothing_to_refund()
    charge = engine.find("payment_intent", intent)["latest_charge"]
    return create_refund(engine, Params({"charge": charge, "amount": str(amount)}))


def _note_on_invoice(engine: Engine, identity: str, before: int, after: int) -> None:
    invoice = engine.find("invoice", identity)
    if before:
        _lower_due(engine, invoice, before)
    if after:
        credited = invoice["post_payment_credit_notes_amount"] + after
        changes = {"post_payment_credit_notes_amount": credited}
        engine.change(invoice, "invoice.updated", changes)


def _lower_due(engine: Engine, invoice: Json, amount: int) -> None:
    """Take `amount` off what is due, also where the payment is asked for; nothing left is paid."""
    names = ("amount_due", "amount_remaining")
    changes: dict[str, Any] = {name: invoice[name] - amount for name in names}
    credited = invoice["pre_payment_credit_notes_amount"] + amount
    changes["pre_payment_credit_notes_amount"] = credited
    changed = engine.change(invoice, "invoice.updated", changes)
    intent = intent_of(engine, invoice)
    if not changed["amount_remaining"]:
        give_up_payment(engine, changed, "automatic")
        settle(engine, changed)
    elif intent:
        engine.put(intent | {"amount": changed["amount_remaining"]})


def _number(engine: Engine, invoice: Json) -> str:
    earlier = engine.shelf.bodies("credit_note", "WHERE invoice = ?", (invoice["id"],))
    return f"{invoice['number']}-CN-{len(earlier) + 1:02d}"


def _nothing_to_refund() -> StripeError:
    return invalid_request(
        "This invoice was not paid through Stripe: there is no charge to refund.",
        param="refund_amount",
    )
