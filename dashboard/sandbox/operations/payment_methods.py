"""Making payment methods, and giving them to customers."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.cards import card_behind, card_named
from dashboard.sandbox.operations.money.means import (
    BANK_ACCOUNT,
    BILLING_DETAILS,
    WAYS,
    billing_details,
    card_details,
    means,
)
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

_CREATE = (
    f"{WAYS} custom:map allow_redisplay=always|limited|unspecified {BILLING_DETAILS}"
    " card(cvc exp_month:integer exp_year:integer networks:map number token) customer"
    f" customer_balance:map metadata payment_method sepa_debit(iban!) type {BANK_ACCOUNT}"
)
_UPDATE = (
    f"allow_redisplay=always|limited|unspecified {BILLING_DETAILS} card(exp_month:integer"
    " exp_year:integer networks:map) metadata"
    " us_bank_account(account_holder_type=company|individual"
    " account_type=checking|savings)"
)


@operation("POST", "/v1/payment_methods", "payment_method", _CREATE)
def create_payment_method(engine: Engine, params: Params) -> Json:
    """Make a payment method that belongs to nobody yet."""
    method = engine.make(
        "payment_method",
        billing_details=billing_details(part("billing_details"), params, ""),
        **means(engine, params, ""),
    )
    method |= _facts(method, params)
    return engine.put(method)


@operation("POST", "/v1/payment_methods/{payment_method}", "payment_method", _UPDATE)
def update_payment_method(engine: Engine, params: Params, payment_method: str) -> Json:
    """Change what the parameters name of a method that a customer has."""
    method = engine.find("payment_method", payment_method)
    if method["customer"] is None:
        raise invalid_request("You must save this PaymentMethod to a customer before updating it.")
    changes = _facts(method, params)
    if "billing_details" in params.values:
        changes["billing_details"] = billing_details(method["billing_details"], params, "")
    for kind in ("card", "us_bank_account"):
        given = params.values.get(kind) or {}
        if kind in method:
            new = {name: value for name, value in given.items() if value and name != "networks"}
            changes[kind] = method[kind] | new
    return engine.change(method, "payment_method.updated", changes)


@operation(
    "POST",
    "/v1/payment_methods/{payment_method}/attach",
    "payment_method",
    "customer customer_account",
)
def attach_payment_method(engine: Engine, params: Params, payment_method: str) -> Json:
    """Give a method to a customer; the bank is asked whether it is good."""
    customer = params.needed_text("customer")
    engine.find("customer", customer, "customer")
    method = _existing(engine, payment_method)
    if method["customer"] == customer:
        return method
    if method["customer"]:
        raise invalid_request(
            "The payment method you provided has already been attached to a customer.",
            param="payment_method",
        )
    card = card_behind(method)
    refusal = card.refusal()
    if refusal and not card.only_payments_fail:
        raise refusal
    return attach(engine, method, customer)


@operation("POST", "/v1/payment_methods/{payment_method}/detach", "payment_method")
def detach_payment_method(engine: Engine, params: Params, payment_method: str) -> Json:  # noqa: ARG001
    """Take a method from its customer for good."""
    method = engine.find("payment_method", payment_method)
    if method["customer"] is None:
        raise invalid_request(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
    customer = engine.find("customer", method["customer"])
    settings = customer["invoice_settings"]
    if settings["default_payment_method"] == method["id"]:
        changes = {"invoice_settings": settings | {"default_payment_method": None}}
        engine.change(customer, "customer.updated", changes)
    return engine.change(method, "payment_method.detached", {"customer": None})


def attach(engine: Engine, method: Json, customer: str) -> Json:
    """Give a method to a customer and tell of it."""
    method = engine.put(method | {"customer": customer})
    engine.emit("payment_method.attached", method)
    return method


def payment_method_for(engine: Engine, name: str, customer: str | None) -> Json:
    """Return the payment method of this id, or make one of a test name such as `pm_card_visa`.

    One that is made belongs to the customer. Raises Stripe's 400 for a name that nothing answers
    to, or for a method of another customer.
    """
    card = card_named(name)
    if card is None:
        return engine.find("payment_method", name, "payment_method")
    method = engine.put(
        engine.make("payment_method", type="card", card=card_details(engine, card, {}))
    )
    return attach(engine, method, customer) if customer else method


def payment_method_from(engine: Engine, params: Params, customer: str | None) -> Json | None:
    """Return the payment method that the parameters name or describe, None without one.

    Raises Stripe's 400 for a method of another customer.
    """
    name = params.text("payment_method")
    if name:
        method = payment_method_for(engine, name, None)
        _refuse_others(method, customer)
        return method
    if not params.mapping("payment_method_data"):
        return None
    return engine.put(
        engine.make(
            "payment_method",
            billing_details=billing_details(part("billing_details"), params, "payment_method_data"),
            **means(engine, params, "payment_method_data"),
        )
    )


def _existing(engine: Engine, name: str) -> Json:
    return (
        payment_method_for(engine, name, None)
        if card_named(name)
        else engine.find("payment_method", name)
    )


def _refuse_others(method: Json, customer: str | None) -> None:
    owner = method["customer"]
    if owner and owner != customer:
        raise invalid_request(
            f"The PaymentMethod {method['id']} belongs to another Customer, or to one that you did "
            "not name. Give that Customer in the `customer` parameter.",
            param="payment_method",
        )


def _facts(method: Json, params: Params) -> Json:
    changes: Json = {}
    if params.values.get("allow_redisplay"):
        changes["allow_redisplay"] = params.values["allow_redisplay"]
    return changes | metadata_of(method, params)
