"""Invoices from draft to their end: made, filled, finalized, paid, sent, voided, written off."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.bills import lines_of, tax_rates, write_lines
from dashboard.sandbox.operations.billing.checks import currency_code, one_of
from dashboard.sandbox.operations.billing.clocks import customer_on_clock, on_clock
from dashboard.sandbox.operations.billing.collecting import (
    collect,
    finalize,
    finalize_and_collect,
    settle,
)
from dashboard.sandbox.operations.billing.discounts import DISCOUNTS, Holder, give_discounts
from dashboard.sandbox.operations.billing.invoicing import (
    DEFAULT_CURRENCY,
    DRAFT_SECONDS,
    draft_invoice,
    due_date,
    pending_items,
    subscription_of,
    subscription_of_item,
    subscription_parent,
)
from dashboard.sandbox.operations.billing.payments import default_method, give_up_payment
from dashboard.sandbox.operations.billing.subscribing import no_method
from dashboard.sandbox.operations.billing.terms import AUTOMATIC_TAX, ISSUER
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.payment_methods import payment_method_for
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_BOTH = (
    "account_tax_ids:words application_fee_amount:integer auto_advance:flag"
    f" {AUTOMATIC_TAX} automatically_finalizes_at:integer"
    " collection_method=charge_automatically|send_invoice custom_fields:list(name! value!)"
    " days_until_due:integer default_payment_method default_source default_tax_rates:words"
    f" description {DISCOUNTS} due_date:integer effective_at:integer footer {ISSUER} metadata"
    " number on_behalf_of payment_settings(default_mandate payment_method_options:map"
    " payment_method_types:words) rendering(amount_tax_display=exclude_tax|include_inclusive_tax"
    " pdf(page_size=a4|auto|letter) template template_version:integer) shipping_cost:map"
    " shipping_details:map statement_descriptor transfer_data:map"
)
_PLAIN = (
    "account_tax_ids",
    "automatically_finalizes_at",
    "custom_fields",
    "description",
    "effective_at",
    "footer",
    "number",
    "statement_descriptor",
)
_DRAFT_DAYS = 30
_ALWAYS = {"auto_advance", "description", "footer", "metadata", "custom_fields", "expand"}


@operation(
    "POST",
    "/v1/invoices",
    "invoice",
    f"{_BOTH} currency customer customer_account from_invoice(action!=revision invoice!)"
    " pending_invoice_items_behavior=include|exclude subscription",
)
def create_invoice(engine: Engine, params: Params) -> Json:
    """Draft an invoice, with what is pending when that is asked for."""
    given = params.values
    if not given.get("customer"):
        raise missing_parameter("customer")
    engine, customer = customer_on_clock(engine, given["customer"], "customer")
    currency = _currency(given, customer)
    items = _pending(engine, customer, currency, given)
    subscription = given.get("subscription")
    found = engine.find("subscription", subscription, "subscription") if subscription else None
    invoice = draft_invoice(
        engine,
        customer,
        currency,
        [],
        items,
        parent=subscription_parent(found) if found else None,
        **_fields(engine, given, customer["id"], {}),
    )
    for discount in invoice["discounts"]:
        engine.put(engine.find("discount", discount) | {"invoice": invoice["id"]})
    return invoice


@operation("POST", "/v1/invoices/{invoice}", "invoice", _BOTH)
def update_invoice(engine: Engine, params: Params, invoice: str) -> Json:
    """Change a draft, or what may still change of an invoice that is finalized."""
    before, given = engine.find("invoice", invoice), params.values
    if before["status"] != "draft" and given.keys() - _ALWAYS:
        raise _not_editable()
    engine = on_clock(engine, before)
    changes = _fields(engine, given, before["customer"], before)
    if "metadata" in given:
        changes["metadata"] = merged_metadata(before["metadata"], given["metadata"])
    if before["status"] == "draft":
        lines = lines_of(engine, invoice)
        changes = write_lines(engine, before | changes, lines)
    return engine.change(before, "invoice.updated", changes)


@operation("DELETE", "/v1/invoices/{invoice}", "invoice")
def delete_invoice(engine: Engine, params: Params, invoice: str) -> Json:  # noqa: ARG001
    """Delete a draft of no subscription; its items are pending again."""
    found = engine.find("invoice", invoice)
    if found["status"] != "draft":
        raise invalid_request(
            f"You can only delete draft invoices. This one is {found['status']}; void it instead."
        )
    if subscription_of(found):
        raise invalid_request("Invoices of subscriptions cannot be deleted. Void it instead.")
    for body in engine.shelf.bodies("invoiceitem", "WHERE invoice = ?", (invoice,)):
        engine.put(orjson.loads(body) | {"invoice": None})
    for line in lines_of(engine, invoice):
        engine.shelf.remove(line)
    engine.emit("invoice.deleted", found)
    return engine.shelf.remove(found)


@operation("POST", "/v1/invoices/{invoice}/finalize", "invoice", "auto_advance:flag")
def finalize_invoice(engine: Engine, params: Params, invoice: str) -> Json:
    """Number a draft and open it; collect it at once when it advances by itself."""
    found = engine.find("invoice", invoice)
    if found["status"] != "draft":
        raise invalid_request("This invoice is already finalized, you can't re-finalize it.")
    if "auto_advance" in params.values:
        found["auto_advance"] = params.values["auto_advance"]
    engine = on_clock(engine, found)
    run = finalize_and_collect if found["auto_advance"] else finalize
    run(engine, found)
    return engine.find("invoice", invoice)


@operation(
    "POST",
    "/v1/invoices/{invoice}/pay",
    "invoice",
    "forgive:flag mandate off_session:flag paid_out_of_band:flag payment_method source",
)
def pay_invoice(engine: Engine, params: Params, invoice: str) -> Json:
    """Collect an invoice now, or note that it was paid elsewhere.

    Raises Stripe's 402 when the card is declined; the failed attempt is kept.
    """
    found, given = engine.find("invoice", invoice), params.values
    _refuse_closed(found)
    engine = on_clock(engine, found)
    if found["status"] == "draft":
        found = finalize(engine, found)
    if found["status"] == "paid":
        return engine.find("invoice", invoice)
    if given.get("paid_out_of_band"):
        give_up_payment(engine, found, "automatic")
        return settle(engine, found, out_of_band=True)
    named = given.get("payment_method") or given.get("source")
    method = payment_method_for(engine, named, found["customer"])["id"] if named else None
    if method is None and default_method(engine, found) is None:
        raise no_method()
    error = collect(engine, found, method, by_itself=False)
    if error:
        raise error
    return engine.find("invoice", invoice)


@operation("POST", "/v1/invoices/{invoice}/send", "invoice")
def send_invoice(engine: Engine, params: Params, invoice: str) -> Json:  # noqa: ARG001
    """Send an invoice to the customer; a draft is finalized first."""
    found = engine.find("invoice", invoice)
    if found["collection_method"] != "send_invoice":
        raise invalid_request(
            "You can only manually send an invoice if its collection method is 'send_invoice'."
        )
    engine = on_clock(engine, found)
    if found["status"] == "draft":
        found = finalize(engine, found)
    if found["status"] not in {"open", "paid"}:
        raise _wrong_status(found, "sent")
    engine.emit("invoice.sent", found)
    return engine.find("invoice", invoice)


@operation("POST", "/v1/invoices/{invoice}/void", "invoice")
def void_invoice(engine: Engine, params: Params, invoice: str) -> Json:  # noqa: ARG001
    """Void an invoice that is finalized and not paid."""
    found = engine.find("invoice", invoice)
    if found["status"] not in {"open", "uncollectible"}:
        raise _wrong_status(found, "voided")
    standing.void(on_clock(engine, found), found)
    return engine.find("invoice", invoice)


@operation("POST", "/v1/invoices/{invoice}/mark_uncollectible", "invoice")
def mark_uncollectible(engine: Engine, params: Params, invoice: str) -> Json:  # noqa: ARG001
    """Give up on an open invoice; it may still be paid."""
    found = engine.find("invoice", invoice)
    if found["status"] != "open":
        raise _wrong_status(found, "marked uncollectible")
    return standing.write_off(on_clock(engine, found), found)


def _fields(engine: Engine, given: Json, customer: str, before: Json) -> Json:
    """Return the fields of an invoice that the parameters set."""
    fields = {name: given[name] for name in _PLAIN if name in given}
    fields |= _collection(engine, given, before)
    if "auto_advance" in given or not before:
        fields |= _advance(engine, given)
    if not before and "metadata" in given:
        fields["metadata"] = given["metadata"] or {}
    if "default_payment_method" in given:
        named = given["default_payment_method"]
        fields["default_payment_method"] = (
            payment_method_for(engine, named, customer)["id"] if named else None
        )
    if "default_tax_rates" in given:
        fields["default_tax_rates"] = tax_rates(
            engine, given["default_tax_rates"], "default_tax_rates"
        )
    if "discounts" in given:
        holder = Holder(customer, "invoice", before.get("id"))
        fields["discounts"] = give_discounts(engine, given["discounts"], holder)
    return fields


def _advance(engine: Engine, given: Json) -> Json:
    advances = bool(given.get("auto_advance"))
    return {
        "auto_advance": advances,
        "automatically_finalizes_at": given.get("automatically_finalizes_at")
        or (engine.now + DRAFT_SECONDS if advances else None),
    }


def _collection(engine: Engine, given: Json, before: Json) -> Json:
    """Return how an invoice is collected, and when it is due where it is sent."""
    method = given.get("collection_method") or before.get("collection_method")
    method = method or "charge_automatically"
    days, at = given.get("days_until_due"), given.get("due_date")
    if days is not None and at is not None:
        raise one_of("days_until_due", "due_date")
    if method == "charge_automatically":
        if days is not None or at is not None:
            raise invalid_request(
                "Invoices that are charged automatically have no due date.",
                param="due_date" if days is None else "days_until_due",
            )
        return {"collection_method": method, "due_date": None}
    if days is None and at is None and before.get("due_date"):
        return {"collection_method": method}
    at = at or due_date(engine, _DRAFT_DAYS if days is None else days)
    return {"collection_method": method, "due_date": at}


def _currency(given: Json, customer: Json) -> str:
    if given.get("currency"):
        return currency_code("currency", given["currency"])
    return str(customer["currency"] or DEFAULT_CURRENCY)


def _pending(engine: Engine, customer: Json, currency: str, given: Json) -> list[Json]:
    """Return the pending items that go on a new invoice: none, all, or those of a subscription."""
    subscription = given.get("subscription")
    if not subscription and given.get("pending_invoice_items_behavior") != "include":
        return []
    found = pending_items(engine, customer["id"], currency, subscription)
    if not subscription:
        return found
    return [item for item in found if subscription_of_item(item) == subscription]


def _refuse_closed(invoice: Json) -> None:
    if invoice["status"] == "paid":
        raise invalid_request("Invoice is already paid")
    if invoice["status"] == "void":
        raise _wrong_status(invoice, "paid")


def _wrong_status(invoice: Json, wanted: str) -> StripeError:
    return invalid_request(
        f"This invoice cannot be {wanted}: its status is {invoice['status']}.",
        code="status_transition_invalid",
    )


def _not_editable() -> StripeError:
    return invalid_request(
        "Finalized invoices can't be updated in this way: only their description, metadata, footer"
        " and custom fields may change.",
        code="invoice_not_editable",
    )
