"""Making, changing and deleting invoice items: what the next invoice will ask for."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import missing_parameter
from dashboard.sandbox.operations.billing.bills import line_of_invoice_item, lines_of
from dashboard.sandbox.operations.billing.clocks import customer_on_clock
from dashboard.sandbox.operations.billing.discounts import DISCOUNTS, Holder, give_discounts
from dashboard.sandbox.operations.billing.invoicing import make_item
from dashboard.sandbox.operations.billing.item_terms import (
    comes_from,
    draft_holding,
    draft_of,
    item_changes,
    item_currency,
    item_fields,
    rewrite,
)
from dashboard.sandbox.operations.billing.price_parameters import BEHAVIOR, PRICE_DATA
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_BOTH = (
    f"amount:integer description discountable:flag {DISCOUNTS} metadata"
    f" period(end!:integer start!:integer) {PRICE_DATA} pricing(price) quantity:integer"
    f" quantity_decimal {BEHAVIOR} tax_code tax_rates:words unit_amount_decimal"
)


@operation(
    "POST",
    "/v1/invoiceitems",
    "invoiceitem",
    f"{_BOTH} currency customer customer_account invoice price~ subscription unit_amount~:integer",
)
def create_invoice_item(engine: Engine, params: Params) -> Json:
    """Make an item for the customer's next invoice, or put it on a draft at once."""
    given = params.values
    if not given.get("customer"):
        raise missing_parameter("customer")
    engine, customer = customer_on_clock(engine, given["customer"], "customer")
    invoice = draft_of(engine, given["invoice"], "invoice") if given.get("invoice") else None
    fields = item_fields(engine, given, item_currency(engine, given, customer, invoice))
    if given.get("subscription"):
        found = engine.find("subscription", given["subscription"], "subscription")
        fields["parent"] = {
            "subscription_details": {"subscription": found["id"]},
            "type": "subscription_details",
        }
    item = make_item(engine, customer, invoice=invoice["id"] if invoice else None, **fields)
    if given.get("discounts"):
        holder = Holder(customer["id"], "invoice_item", item["id"])
        item["discounts"] = give_discounts(engine, given["discounts"], holder)
        engine.put(item)
    if invoice:
        lines = [*lines_of(engine, invoice["id"]), line_of_invoice_item(engine, item)]
        rewrite(engine, invoice, lines)
    return item


@operation("POST", "/v1/invoiceitems/{invoiceitem}", "invoiceitem", f"{_BOTH} invoicing_rules")
def update_invoice_item(engine: Engine, params: Params, invoiceitem: str) -> Json:
    """Change an item that is pending or on a draft."""
    item, given = engine.find("invoiceitem", invoiceitem), params.values
    invoice = draft_holding(engine, item)
    changes = item_changes(engine, item, given)
    changed = item | changes
    engine.put(changed)
    if invoice:
        lines = [
            line_of_invoice_item(engine, changed) | {"id": line["id"]}
            if comes_from(line, invoiceitem)
            else line
            for line in lines_of(engine, invoice["id"])
        ]
        rewrite(engine, invoice, lines)
    return changed


@operation("DELETE", "/v1/invoiceitems/{invoiceitem}", "invoiceitem")
def delete_invoice_item(engine: Engine, params: Params, invoiceitem: str) -> Json:  # noqa: ARG001
    """Delete an item that is pending or on a draft."""
    item = engine.find("invoiceitem", invoiceitem)
    invoice = draft_holding(engine, item)
    engine.emit("invoiceitem.deleted", item)
    gone = engine.shelf.remove(item)
    if invoice:
        lines = lines_of(engine, invoice["id"])
        rewrite(engine, invoice, [one for one in lines if not comes_from(one, invoiceitem)])
    return gone
