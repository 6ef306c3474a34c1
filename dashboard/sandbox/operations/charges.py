"""Charges of the older kind, made of a token or a customer's card, and changes of any charge."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.addresses import SHIPPING, shipping_from
from dashboard.sandbox.operations.disputes import open_dispute
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.amounts import amount_of, chargeable, currency_of, part_of
from dashboard.sandbox.operations.money.cards import card_behind
from dashboard.sandbox.operations.money.means import card_of_token
from dashboard.sandbox.operations.money.outcomes import paid
from dashboard.sandbox.operations.money.taking import capture, refuse, take
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.refunds import let_go
from dashboard.sandbox.operations.sources import method_of, source_card
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_CREATE = (
    "amount:integer application_fee:integer application_fee_amount:integer capture:flag currency"
    " customer description destination(account! amount:integer) metadata on_behalf_of"
    f" radar_options(session) receipt_email {SHIPPING} source statement_descriptor"
    " statement_descriptor_suffix transfer_data(amount:integer description destination!)"
    " transfer_group"
)
_UPDATE = (
    "customer description fraud_details(user_report!=fraudulent|safe) metadata receipt_email"
    f" {SHIPPING} transfer_group"
)
_CAPTURE = (
    "amount:integer application_fee:integer application_fee_amount:integer receipt_email"
    " statement_descriptor statement_descriptor_suffix transfer_data(amount:integer)"
    " transfer_group"
)
_NOTES = (
    "description",
    "on_behalf_of",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


@operation("POST", "/v1/charges", "charge", _CREATE)
def create_charge(engine: Engine, params: Params) -> Json:
    """Charge a token, or a card of the customer; raises the decline of the card."""
    order = _order(engine, params)
    own = _card(engine, params, order["customer"])
    card, method = card_behind(own), method_of(own)
    refusal = card.refusal()
    if refusal:
        engine.put(refuse(engine, order, method, card, refusal) | {"source": own})
        raise refusal
    charge = take(engine, order, method, card, whole=params.flag("capture", default=True))
    charge = engine.put(charge | {"source": own})
    engine.emit("charge.succeeded", charge)
    if card.disputed and charge["captured"]:
        open_dispute(engine, charge, card)
    return charge


@operation("POST", "/v1/charges/{charge}", "charge", _UPDATE)
def update_charge(engine: Engine, params: Params, charge: str) -> Json:
    """Change what is noted about a charge."""
    found = engine.find("charge", charge)
    changes = metadata_of(found, params)
    names = ("customer", "description", "receipt_email", "transfer_group")
    changes |= {name: params.text(name) for name in names if name in params.tree}
    if changes.get("customer"):
        engine.find("customer", changes["customer"], "customer")
    if "shipping" in params.tree:
        changes["shipping"] = shipping_from(params)
    if params.values.get("fraud_details"):
        changes["fraud_details"] = params.values["fraud_details"]
    return engine.change(found, "charge.updated", changes)


@operation("POST", "/v1/charges/{charge}/capture", "charge", _CAPTURE)
def capture_charge(engine: Engine, params: Params, charge: str) -> Json:
    """Take all or a part of an authorised charge, and let the rest go."""
    found = engine.find("charge", charge)
    if found["captured"]:
        raise invalid_request(
            f"Charge {charge} has already been captured.", code="charge_already_captured"
        )
    if found["status"] != "succeeded" or found["refunded"]:
        raise invalid_request(
            f"Charge {charge} holds no money that could be captured.",
            code="charge_expired_for_capture",
        )
    too_much = invalid_request(
        f"The charge {charge} holds {found['amount']} {found['currency']} and no more.",
        code="amount_too_large",
        param="amount",
    )
    amount = part_of(params, found["amount"], too_much)
    left = found["amount"] - amount
    found = capture(engine, found | _noted(params), amount)
    engine.emit("charge.captured", found)
    if left:
        found = let_go(engine, found, left)
    if found["payment_intent"]:
        paid(engine, engine.find("payment_intent", found["payment_intent"]), found)
    return found


def _order(engine: Engine, params: Params) -> Json:
    """Return what is to be charged, with the fields that a payment intent would have."""
    currency = currency_of(params)
    params.needed_text("amount")
    customer = params.text("customer")
    if customer:
        engine.find("customer", customer, "customer")
    transfer_data = params.values.get("transfer_data")
    if transfer_data:
        engine.find("account", transfer_data["destination"], "transfer_data[destination]")
    return {name: params.text(name) for name in _NOTES} | {
        "amount": chargeable(amount_of(params), currency),
        "application_fee_amount": params.values.get("application_fee_amount"),
        "currency": currency,
        "customer": customer,
        "id": None,
        "metadata": params.mapping("metadata") or {},
        "shipping": shipping_from(params),
        "transfer_data": transfer_data,
    }


def _card(engine: Engine, params: Params, customer: str | None) -> Json:
    """Return the card to be charged: the one that is named, or the customer's default."""
    named = params.text("source")
    if named is None and customer:
        named = engine.find("customer", customer)["default_source"]
    if named is None:
        raise invalid_request(
            "Must provide source or customer with a default source.", code="parameter_missing"
        )
    if named.startswith("card_"):
        card = engine.find("card", named, "source")
        if card.get("customer") != customer:
            raise invalid_request(
                f"The card {named} belongs to another customer, or to one that you did not name.",
                param="source",
            )
        return card
    return source_card(engine, card_of_token(engine, named, "source"), {})


def _noted(params: Params) -> Json:
    given = {name: params.text(name) for name in _NOTES if name in params.tree}
    fee = params.values.get("application_fee_amount")
    return given if fee is None else given | {"application_fee_amount": fee}
