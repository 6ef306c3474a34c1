"""What parameters ask of a payment intent: how they are declared, and what they change."""

from __future__ import annotations

from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.addresses import SHIPPING, shipping_from
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.means import METHOD_DATA
from dashboard.sandbox.operations.payment_methods import payment_method_from
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_EVERY = (
    "allowed_payment_method_types:words amount_details:map"
    " capture_method=automatic|automatic_async|manual excluded_payment_method_types:words"
    " hooks(inputs:map) payment_details(customer_reference order_reference) payment_method"
    f" {METHOD_DATA} payment_method_options:map receipt_email"
    f" setup_future_usage=off_session|on_session {SHIPPING}"
)
_FACTS = (
    f"{_EVERY} application_fee_amount:integer customer customer_account description metadata"
    " payment_method_configuration payment_method_types~:words statement_descriptor"
    " statement_descriptor_suffix transfer_group"
)
_ATTEMPT = (
    "confirmation_token error_on_requires_action:flag mandate mandate_data:map off_session"
    " radar_options(referrer session) return_url use_stripe_sdk:flag"
)
CONFIRM = f"{_EVERY} {_ATTEMPT} amount_to_confirm:integer payment_method_types~:words"
CREATE = (
    f"{_FACTS} {_ATTEMPT} amount!:integer automatic_payment_methods(allow_redirects=always|never"
    " enabled!:flag) confirm:flag confirmation_method=automatic|manual currency! on_behalf_of"
    " transfer_data(amount:integer description destination! metadata payment_data:map)"
)
UPDATE = (
    f"{_FACTS} amount:integer currency transfer_data(amount:integer description metadata"
    " payment_data:map)"
)
CAPTURE = (
    "amount_details:map amount_to_capture:integer application_fee_amount:integer final_capture:flag"
    " hooks(inputs:map) metadata payment_details(customer_reference order_reference)"
    " statement_descriptor statement_descriptor_suffix transfer_data(amount:integer)"
)
INCREMENT = (
    "amount!:integer amount_details:map application_fee_amount:integer description"
    " hooks(inputs:map)"
    " metadata payment_details(customer_reference order_reference) statement_descriptor"
    " transfer_data(amount:integer)"
)
_NOTES = (
    "application_fee_amount",
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
TERMS = ("capture_method", "setup_future_usage")


def changes_from(engine: Engine, intent: Json, params: Params) -> Json:
    """Return the fields that the parameters set, as the intent shows them."""
    changes = noted(params) | metadata_of(intent, params)
    changes |= {name: params.values[name] for name in TERMS if params.values.get(name)}
    if params.values.get("payment_method_options"):
        changes["payment_method_options"] = _options(params.values["payment_method_options"])
    if "shipping" in params.tree:
        changes["shipping"] = shipping_from(params)
    if types_from(params):
        changes["payment_method_types"] = types_from(params)
    if params.values.get("allowed_payment_method_types"):
        changes["allowed_payment_method_types"] = types_from(params)
    customer = params.text("customer")
    if customer:
        engine.find("customer", customer, "customer")
        changes["customer"] = customer
    method = payment_method_from(engine, params, customer or intent["customer"])
    if method:
        changes |= {"payment_method": method["id"], "status": "requires_confirmation"}
        if intent["automatic_payment_methods"]:
            shown = {*intent["payment_method_types"], method["type"]}
            changes["payment_method_types"] = sorted(shown)
    return changes


def _options(given: Json) -> Json:
    """Return options of payment methods as they are shown, an older word for transfers renewed."""
    transfer = (given.get("customer_balance") or {}).get("bank_transfer") or {}
    if transfer.get("type") == "jp_bank_account":
        transfer["type"] = "jp_bank_transfer"
    return given


def noted(params: Params) -> Json:
    """Return the notes that the parameters set, which may be changed at any time."""
    return {name: _value(params, name) for name in _NOTES if name in params.values}


def _value(params: Params, name: str) -> Any:
    return params.values[name] if name == "application_fee_amount" else params.text(name)


def types_from(params: Params) -> list[str]:
    """Return the types of payment method that are allowed, none when nothing is said of them."""
    for name in ("allowed_payment_method_types", "payment_method_types"):
        if params.values.get(name):
            return list(params.values[name])
    return []


def automatic_methods(params: Params) -> Json | None:
    """Return whether the account's own payment methods are offered, None when types are named."""
    given = params.values.get("automatic_payment_methods")
    if given is None and types_from(params):
        return None
    redirects = (given or {}).get("allow_redirects") or "always"
    return {"allow_redirects": redirects, "enabled": (given or {}).get("enabled", True)}


def destination_from(engine: Engine, params: Params) -> Json | None:
    """Return the account that the money goes on to; raises Stripe's 400 for an unknown one."""
    given: Json | None = params.values.get("transfer_data")
    if given:
        engine.find("account", given["destination"], "transfer_data[destination]")
    return given
