"""Adding, changing and removing the lines of a draft directly."""

from __future__ import annotations

from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import (
    StripeError,
    invalid_request,
    missing_object,
    missing_parameter,
)
from dashboard.sandbox.operations.billing.bills import line_of_invoice_item, lines_of
from dashboard.sandbox.operations.billing.clocks import customer_on_clock
from dashboard.sandbox.operations.billing.discounts import DISCOUNTS, Holder, give_discounts
from dashboard.sandbox.operations.billing.invoicing import make_item
from dashboard.sandbox.operations.billing.item_terms import (
    draft_of,
    item_changes,
    item_fields,
    rewrite,
)
from dashboard.sandbox.operations.billing.price_parameters import AMOUNTS, BEHAVIOR
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.products import make_product
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_LINE = (
    f"amount:integer description discountable:flag {DISCOUNTS} metadata"
    " period(end!:integer start!:integer) price_data(currency! product"
    " product_data(description images:words metadata name! tax_code"
    " tax_details(performance_location tax_code) unit_label)"
    f" {BEHAVIOR} {AMOUNTS}) pricing(price) quantity:integer quantity_decimal tax_amounts:list"
    " tax_rates:words"
)


@operation(
    "POST",
    "/v1/invoices/{invoice}/add_lines",
    "invoice",
    f"invoice_metadata:map lines!:list({_LINE} invoice_item)",
)
def add_lines(engine: Engine, params: Params, invoice: str) -> Json:
    """Put new lines, and pending items, on a draft."""
    draft = draft_of(engine, invoice)
    engine, customer = customer_on_clock(engine, draft["customer"])
    lines = lines_of(engine, invoice)
    for given in params.values["lines"]:
        item = _item(engine, customer, draft, given)
        lines.append(line_of_invoice_item(engine, item))
    return _rewritten(engine, draft, lines, params.values)


@operation(
    "POST",
    "/v1/invoices/{invoice}/update_lines",
    "invoice",
    f"invoice_metadata:map lines!:list({_LINE} id!)",
)
def update_lines(engine: Engine, params: Params, invoice: str) -> Json:
    """Change lines of a draft."""
    draft = draft_of(engine, invoice)
    lines = lines_of(engine, invoice)
    for given in params.values["lines"]:
        lines = _with_change(engine, lines, given)
    return _rewritten(engine, draft, lines, params.values)


@operation("POST", "/v1/invoices/{invoice}/lines/{id}", "line_item", _LINE)
def update_line(engine: Engine, params: Params, invoice: str, id: str) -> Json:
    """Change one line of a draft."""
    draft = draft_of(engine, invoice)
    lines = _with_change(engine, lines_of(engine, invoice), {**params.values, "id": id})
    rewrite(engine, draft, lines)
    return engine.find("line_item", id)


@operation(
    "POST",
    "/v1/invoices/{invoice}/remove_lines",
    "invoice",
    "invoice_metadata:map lines!:list(behavior!=delete|unassign id!)",
)
def remove_lines(engine: Engine, params: Params, invoice: str) -> Json:
    """Take lines off a draft; what they were made of is deleted, or pending again."""
    draft = draft_of(engine, invoice)
    lines = lines_of(engine, invoice)
    for given in params.values["lines"]:
        line = _line(lines, given["id"])
        item = _item_of(engine, line)
        if given["behavior"] == "delete":
            engine.shelf.remove(item)
            engine.emit("invoiceitem.deleted", item)
        else:
            engine.put(item | {"invoice": None})
        lines = [one for one in lines if one["id"] != line["id"]]
    return _rewritten(engine, draft, lines, params.values)


def _item(engine: Engine, customer: Json, draft: Json, given: Json) -> Json:
    """Return the item of a new line: one that was pending, or one that is described."""
    named = given.get("invoice_item")
    if named:
        item = engine.find("invoiceitem", named, "lines[invoice_item]")
        if item["invoice"] or item["currency"] != draft["currency"]:
            raise _unfit(item)
        return engine.put(item | {"invoice": draft["id"]})
    fields = item_fields(engine, _with_product(engine, given), draft["currency"])
    item = make_item(engine, customer, invoice=draft["id"], **fields)
    if given.get("discounts"):
        holder = Holder(customer["id"], "invoice_item", item["id"])
        item["discounts"] = give_discounts(engine, given["discounts"], holder)
        engine.put(item)
    return item


def _with_product(engine: Engine, given: Json) -> Json:
    """Return the parameters with the product made that they describe."""
    data: Any = given.get("price_data") or {}
    if not data or data.get("product"):
        return given
    if not data.get("product_data"):
        raise missing_parameter("price_data[product]")
    product = make_product(engine, data["product_data"])
    return {**given, "price_data": {**data, "product": product["id"]}}


def _with_change(engine: Engine, lines: list[Json], given: Json) -> list[Json]:
    """Return the lines after what `given` changes of one of them."""
    line = _line(lines, given["id"])
    item = _item_of(engine, line)
    changed = item | item_changes(engine, item, _with_product(engine, given))
    engine.put(changed)
    new = line_of_invoice_item(engine, changed) | {"id": line["id"]}
    return [new if one["id"] == line["id"] else one for one in lines]


def _line(lines: list[Json], identity: str) -> Json:
    for line in lines:
        if line["id"] == identity:
            return line
    raise missing_object("line_item", identity, "id", status=400)


def _item_of(engine: Engine, line: Json) -> Json:
    """Return the item that a line was made of; raises Stripe's 400 for lines of subscriptions."""
    parent = line["parent"] or {}
    details = parent.get("invoice_item_details") or parent.get("subscription_item_details") or {}
    if not details.get("invoice_item"):
        raise invalid_request(
            "Lines that come from a subscription are changed with the subscription.", param="lines"
        )
    return engine.find("invoiceitem", details["invoice_item"])


def _rewritten(engine: Engine, draft: Json, lines: list[Json], given: Json) -> Json:
    if "invoice_metadata" in given:
        draft["metadata"] = merged_metadata(draft["metadata"], given["invoice_metadata"])
    return rewrite(engine, draft, lines)


def _unfit(item: Json) -> StripeError:
    return invalid_request(
        f"The item {item['id']} is on an invoice already, or in another currency.",
        code="resource_already_exists" if item["invoice"] else None,
        param="lines[invoice_item]",
    )
