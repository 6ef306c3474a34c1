"""Customers: made, changed and deleted, with what they own."""

from __future__ import annotations

from typing import Any

import orjson

from dashboard.sandbox.engine import Engine, previous
from dashboard.sandbox.errors import invalid_request, missing_object
from dashboard.sandbox.operations.addresses import ADDRESS, address_from, shipping_from
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.clocks import on_clock
from dashboard.sandbox.operations.billing.discounts import Holder, give_discounts
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.payment_methods import payment_method_for
from dashboard.sandbox.operations.sources import add_source
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_BOTH = (
    f"address{ADDRESS} balance:integer business_name cash_balance(settings:map) coupon~ description"
    " email individual_name invoice_prefix invoice_settings(custom_fields:list"
    " default_payment_method"
    " footer rendering_options:map) metadata name next_invoice_sequence:integer phone"
    f" preferred_locales:words shipping(address!{ADDRESS} name! phone) source"
    " tax_exempt=exempt|none|reverse validate:flag"
)
_CREATE = (
    f"{_BOTH} payment_method tax(ip_address validate_location=deferred|immediately)"
    " tax_id_data:list(type! value!) test_clock"
)
_UPDATE = f"{_BOTH} default_source tax(ip_address validate_location=auto|deferred|immediately)"
_TEXTS = ("description", "email", "name", "phone")
_OPTIONAL_TEXTS = ("business_name", "individual_name")
_OTHERS = ("balance", "invoice_prefix", "next_invoice_sequence")
_LONGEST_EMAIL = 512


@operation("POST", "/v1/customers", "customer", _CREATE)
def create_customer(engine: Engine, params: Params) -> Json:
    """Make a customer, with the payment method, card or coupon that are named."""
    clock = params.text("test_clock")
    if clock:
        engine.find("test_helpers.test_clock", clock, "test_clock")
        engine = on_clock(engine, {"test_clock": clock})
    customer = engine.make("customer", test_clock=clock)
    customer["invoice_prefix"] = customer["id"][-8:].upper()
    customer |= _changes(engine, customer, params)
    engine.put(customer)
    engine.emit("customer.created", customer)
    _give(engine, customer, params)
    return engine.find("customer", customer["id"])


@operation("POST", "/v1/customers/{customer}", "customer", _UPDATE)
def update_customer(engine: Engine, params: Params, customer: str) -> Json:
    """Change what the parameters name and leave the rest."""
    before = engine.find("customer", customer)
    changes = _changes(engine, before, params)
    if params.text("default_source"):
        changes["default_source"] = _own_source(engine, customer, params.text("default_source"))
    engine.change(before, "customer.updated", changes)
    _give(engine, engine.find("customer", customer), params)
    return engine.find("customer", customer)


@operation("DELETE", "/v1/customers/{customer}", "customer")
def delete_customer(engine: Engine, params: Params, customer: str) -> Json:  # noqa: ARG001
    """Delete a customer: the id goes on answering that it is deleted.

    Their subscriptions end at once, and their payment methods belong to nobody then.
    """
    before = engine.find("customer", customer)
    for subscription in _all(engine, "subscription", customer):
        if subscription["status"] not in standing.ENDED:
            on_time = on_clock(engine, subscription)
            standing.end(on_time, subscription, "cancellation_requested")
    for method in _all(engine, "payment_method", customer):
        engine.change(method, "payment_method.detached", {"customer": None})
    for card in _all(engine, "card", customer):
        engine.shelf.remove(card)
    gone = engine.shelf.remove(before)
    engine.emit("customer.deleted", before)
    return gone


@operation("DELETE", "/v1/customers/{customer}/discount", "discount")
def delete_customer_discount(engine: Engine, params: Params, customer: str) -> Json:  # noqa: ARG001
    """Take the discount from a customer, and return it deleted."""
    found = engine.find("customer", customer)
    if found["discount"] is None:
        raise missing_object("discount", customer, "customer")
    _drop_discount(engine, found)
    return {**found["discount"], "deleted": True}


def _changes(engine: Engine, customer: Json, params: Params) -> Json:
    """Return the fields that the parameters set, as the customer shows them."""
    changes: Json = {name: params.text(name) for name in _TEXTS if name in params.tree}
    changes |= {name: params.text(name) for name in _OPTIONAL_TEXTS if name in params.tree}
    changes |= {name: params.values[name] for name in _OTHERS if _is_given(params, name)}
    _refuse_bad_email(changes.get("email"))
    if "preferred_locales" in params.tree:
        changes["preferred_locales"] = params.values["preferred_locales"] or []
    if "tax_exempt" in params.tree:
        changes["tax_exempt"] = params.values["tax_exempt"] or "none"
    if "address" in params.tree:
        changes["address"] = address_from(params, "address")
    if "shipping" in params.tree:
        changes["shipping"] = shipping_from(params)
    return changes | metadata_of(customer, params) | _methods(engine, customer, params)


def _is_given(params: Params, name: str) -> bool:
    return params.values.get(name) is not None


def _refuse_bad_email(email: Any) -> None:
    if email and ("@" not in email or " " in email or len(email) > _LONGEST_EMAIL):
        raise invalid_request(
            f"Invalid email address: {email}", code="email_invalid", param="email"
        )


def _methods(engine: Engine, customer: Json, params: Params) -> Json:
    """Attach the payment method that is named, and set the default one."""
    named = params.text("payment_method")
    made = {named: payment_method_for(engine, named, customer["id"])["id"]} if named else {}
    settings = dict(params.values.get("invoice_settings") or {})
    if not settings:
        return {}
    default = settings.get("default_payment_method")
    if default and default not in made:
        made[default] = _own_method(engine, customer, default)
    if "default_payment_method" in settings:
        settings["default_payment_method"] = made.get(default or "")
    return {"invoice_settings": customer["invoice_settings"] | settings}


def _own_method(engine: Engine, customer: Json, name: str) -> str:
    method = payment_method_for(engine, name, customer["id"])
    if method["customer"] != customer["id"]:
        raise invalid_request(
            f"The customer does not have a payment method with the ID {name}. The payment method "
            "must be attached to the customer.",
            code="resource_missing",
            param="invoice_settings[default_payment_method]",
        )
    return str(method["id"])


def _own_source(engine: Engine, customer: str, name: str | None) -> str:
    card = engine.find("card", name or "", "default_source")
    if card.get("customer") != customer:
        raise missing_object("card", str(name), "default_source", status=400)
    return str(card["id"])


def _give(engine: Engine, customer: Json, params: Params) -> None:
    """Give the customer the card and the coupon that the parameters name."""
    if params.text("source"):
        card = add_source(engine, customer, params)
        customer = engine.find("customer", customer["id"])
        engine.change(customer, "customer.updated", {"default_source": card["id"]})
    if "coupon" not in params.tree:
        return
    before = engine.find("customer", customer["id"])
    coupon = params.text("coupon")
    if coupon is None:
        if before["discount"]:
            _drop_discount(engine, before)
        return
    holder = Holder(before["id"], "customer", before["id"])
    (identity,) = give_discounts(engine, [{"coupon": coupon}], holder)
    discount = engine.find("discount", identity)
    engine.put(before | {"discount": discount})
    replaced = before["discount"]
    told = "updated" if replaced else "created"
    engine.emit(f"customer.discount.{told}", discount, replaced and previous(replaced, discount))


def _drop_discount(engine: Engine, customer: Json) -> None:
    engine.put(customer | {"discount": None})
    engine.emit("customer.discount.deleted", customer["discount"])


def _all(engine: Engine, kind: str, customer: str) -> list[Json]:
    found = engine.shelf.bodies(kind, "WHERE customer = ?", (customer,))
    return [orjson.loads(body) for body in found]
