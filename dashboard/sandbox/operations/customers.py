"""Creating, changing and deleting customers."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.addresses import ADDRESS, address_from, shipping_from
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.payment_methods import payment_method_for
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_TEXTS = ("description", "email", "name", "phone")
_BOTH = (
    f"address{ADDRESS} balance:integer business_name cash_balance(settings) description email"
    " individual_name invoice_prefix invoice_settings(custom_fields default_payment_method footer"
    " rendering_options) metadata name next_invoice_sequence:integer phone preferred_locales:words"
    f" shipping(address!{ADDRESS} name! phone) source tax_exempt=exempt|none|reverse validate:flag"
)
_CREATE = (
    f"{_BOTH} payment_method tax(ip_address validate_location=deferred|immediately)"
    " tax_id_data(type! value!) test_clock"
)
_UPDATE = f"{_BOTH} default_source tax(ip_address validate_location=auto|deferred|immediately)"


@operation("POST", "/v1/customers", "customer", _CREATE)
def create_customer(engine: Engine, params: Params) -> Json:
    """Make a customer, with the payment method attached when one is named."""
    customer = engine.make("customer")
    customer["invoice_prefix"] = customer["id"][-8:].upper()
    customer |= _changes(engine, customer, params)
    engine.put(customer)
    engine.emit("customer.created", customer)
    return customer


@operation("POST", "/v1/customers/{customer}", "customer", _UPDATE)
def update_customer(engine: Engine, params: Params, customer: str) -> Json:
    """Change what the parameters name and leave the rest."""
    before = engine.find("customer", customer)
    return engine.change(before, "customer.updated", _changes(engine, before, params))


@operation("DELETE", "/v1/customers/{customer}", "customer")
def delete_customer(engine: Engine, params: Params, customer: str) -> Json:  # noqa: ARG001
    """Delete a customer: the id goes on answering that it is deleted.

    Their payment methods belong to nobody then.
    """
    before = engine.find("customer", customer)
    for body in engine.shelf.bodies("payment_method", "WHERE customer = ?", (customer,)):
        engine.put({**orjson.loads(body), "customer": None})
    gone = engine.shelf.remove(before)
    engine.emit("customer.deleted", before)
    return gone


def _changes(engine: Engine, customer: Json, params: Params) -> Json:
    """Return the fields that the parameters set, as the customer shows them."""
    changes: Json = {name: params.text(name) for name in _TEXTS if name in params.tree}
    if "balance" in params.tree:
        changes["balance"] = params.integer("balance")
    if "metadata" in params.tree:
        changes["metadata"] = merged_metadata(customer["metadata"], params.mapping("metadata"))
    if "preferred_locales" in params.tree:
        changes["preferred_locales"] = params.texts("preferred_locales")
    if "tax_exempt" in params.tree:
        changes["tax_exempt"] = params.text("tax_exempt") or "none"
    if "address" in params.tree:
        changes["address"] = address_from(params, "address")
    if "shipping" in params.tree:
        changes["shipping"] = shipping_from(params)
    return changes | _methods(engine, customer, params)


def _methods(engine: Engine, customer: Json, params: Params) -> Json:
    """Attach the payment method that is named, and set the default one."""
    named = params.text("payment_method")
    made = {named: payment_method_for(engine, named, customer["id"])["id"]} if named else {}
    settings = params.mapping("invoice_settings")
    if not settings:
        return {}
    default = settings.get("default_payment_method")
    if default and default not in made:
        made[default] = payment_method_for(engine, default, customer["id"])["id"]
    settings = settings | ({"default_payment_method": made[default]} if default else {})
    return {"invoice_settings": customer["invoice_settings"] | settings}


def merged_metadata(old: Json, given: Json | None) -> Json:
    """Return metadata after a change: an empty value removes its key, `{}` removes all."""
    if not given:
        return {}
    return {name: value for name, value in (old | given).items() if value}
