"""Payment intents: made, changed, confirmed, captured, canceled."""

from __future__ import annotations

from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.addresses import SHIPPING, shipping_from
from dashboard.sandbox.operations.amounts import amount_of, chargeable, currency_of, part_of
from dashboard.sandbox.operations.charging import attempt
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.outcomes import paid
from dashboard.sandbox.operations.payment_methods import payment_method_from
from dashboard.sandbox.operations.refunds import let_go
from dashboard.sandbox.operations.taking import capture
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_EVERY = (
    "allowed_payment_method_types:words amount_details"
    " capture_method=automatic|automatic_async|manual excluded_payment_method_types:words"
    " hooks(inputs) payment_details(customer_reference order_reference) payment_method"
    " payment_method_data payment_method_options receipt_email"
    f" setup_future_usage=off_session|on_session {SHIPPING}"
)
_FACTS = (
    f"{_EVERY} application_fee_amount:integer customer customer_account description metadata"
    " payment_method_configuration payment_method_types~:words statement_descriptor"
    " statement_descriptor_suffix transfer_group"
)
_ATTEMPT = (
    "confirmation_token error_on_requires_action:flag mandate mandate_data off_session"
    " radar_options(referrer session) return_url use_stripe_sdk:flag"
)
_CONFIRM = f"{_EVERY} {_ATTEMPT} amount_to_confirm:integer payment_method_types~:words"
_CREATE = (
    f"{_FACTS} {_ATTEMPT} amount!:integer automatic_payment_methods(allow_redirects=always|never"
    " enabled!:flag) confirm:flag confirmation_method=automatic|manual currency! on_behalf_of"
    " transfer_data(amount:integer description destination! metadata payment_data)"
)
_UPDATE = (
    f"{_FACTS} amount:integer currency transfer_data(amount:integer description metadata"
    " payment_data)"
)
_CAPTURE = (
    "amount_details amount_to_capture:integer application_fee_amount:integer final_capture:flag"
    " hooks(inputs) metadata payment_details(customer_reference order_reference)"
    " statement_descriptor statement_descriptor_suffix transfer_data(amount:integer)"
)
_INCREMENT = (
    "amount!:integer amount_details application_fee_amount:integer description hooks(inputs)"
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
_TERMS = ("capture_method", "setup_future_usage")
_WHILE_OPEN = {
    *_TERMS,
    "payment_method_options",
    "amount",
    "currency",
    "customer",
    "payment_method",
    "payment_method_data",
}
_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


@operation("POST", "/v1/payment_intents", "payment_intent", _CREATE)
def create_payment_intent(engine: Engine, params: Params) -> Json:
    """Make a payment intent, and confirm it at once when asked."""
    currency = currency_of(params)
    intent = engine.make(
        "payment_intent",
        amount=chargeable(amount_of(params), currency),
        automatic_payment_methods=_automatic(params),
        confirmation_method=params.text("confirmation_method") or "automatic",
        currency=currency,
        on_behalf_of=params.text("on_behalf_of"),
        payment_method_types=_types(params) or ["card"],
        status="requires_payment_method",
        transfer_data=_destination(engine, params),
    )
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('', 25)}"
    intent |= _changes(engine, intent, params)
    engine.put(intent)
    engine.emit("payment_intent.created", intent)
    if not params.flag("confirm", default=False):
        return intent
    return _attempt(engine, intent, params)


@operation("POST", "/v1/payment_intents/{intent}", "payment_intent", _UPDATE)
def update_payment_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Change what the parameters name; what is paid for only until it has been paid."""
    found = engine.find("payment_intent", intent)
    fixed = _WHILE_OPEN & params.tree.keys()
    if fixed and found["status"] not in _OPEN:
        raise _unexpected(found, f"{', '.join(sorted(fixed))} could not be updated", sorted(_OPEN))
    changes: Json = {}
    if "currency" in params.tree:
        changes["currency"] = currency_of(params)
    if "amount" in params.tree:
        currency = str(changes.get("currency", found["currency"]))
        changes["amount"] = chargeable(amount_of(params), currency)
    changes |= _changes(engine, found, params)
    if changes.get("status") and found["status"] == "requires_action":
        changes["next_action"] = None
    return engine.change(found, "payment_intent.updated", changes)


@operation("POST", "/v1/payment_intents/{intent}/confirm", "payment_intent", _CONFIRM)
def confirm_payment_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Charge the payment method of the intent, or the one that is given now."""
    found = engine.find("payment_intent", intent)
    if found["status"] not in _OPEN:
        raise _unexpected(found, "could not be confirmed", sorted(_OPEN))
    changed = found | _changes(engine, found, params)
    return _attempt(engine, changed, params)


@operation("POST", "/v1/payment_intents/{intent}/capture", "payment_intent", _CAPTURE)
def capture_payment_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Take all or a part of what was authorised, and let the rest go."""
    found = engine.find("payment_intent", intent)
    if found["status"] != "requires_capture":
        raise _unexpected(found, "could not be captured", ["requires_capture"])
    held = found["amount_capturable"]
    too_much = invalid_request(
        f"The remaining amount that can be captured is {held} {found['currency']}.",
        code="amount_too_large",
        param="amount_to_capture",
    )
    amount = part_of(params, held, too_much, "amount_to_capture")
    found |= _noted(params) | metadata_of(found, params)
    charge = engine.find("charge", found["latest_charge"])
    charge["application_fee_amount"] = found["application_fee_amount"]
    charge = capture(engine, charge, amount)
    engine.emit("charge.captured", charge)
    if amount < held:
        charge = let_go(engine, charge, held - amount)
    return paid(engine, found, charge)


@operation(
    "POST",
    "/v1/payment_intents/{intent}/cancel",
    "payment_intent",
    "cancellation_reason=abandoned|duplicate|fraudulent|requested_by_customer",
)
def cancel_payment_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Give a payment up before any money has been taken; what is authorised is let go."""
    found = engine.find("payment_intent", intent)
    if found["status"] not in {*_OPEN, "requires_capture"}:
        raise _unexpected(found, "could not be canceled", sorted({*_OPEN, "requires_capture"}))
    if found["status"] == "requires_capture":
        charge = engine.find("charge", found["latest_charge"])
        let_go(engine, charge, charge["amount"])
    canceled = {
        "amount_capturable": 0,
        "canceled_at": engine.now,
        "cancellation_reason": params.text("cancellation_reason"),
        "next_action": None,
        "status": "canceled",
    }
    found = engine.put(found | canceled)
    engine.emit("payment_intent.canceled", found)
    return found


@operation(
    "POST", "/v1/payment_intents/{intent}/increment_authorization", "payment_intent", _INCREMENT
)
def increment_authorization(engine: Engine, params: Params, intent: str) -> Json:
    """Authorise more than before; `amount` is the new sum."""
    found = engine.find("payment_intent", intent)
    if found["status"] != "requires_capture":
        raise _unexpected(found, "could not be incremented", ["requires_capture"])
    amount = chargeable(amount_of(params), found["currency"])
    if amount <= found["amount"]:
        raise invalid_request(
            f"The amount must be more than the {found['amount']} that are authorised.",
            param="amount",
        )
    charge = engine.find("charge", found["latest_charge"])
    engine.change(charge, "charge.updated", {"amount": amount})
    changes = _noted(params) | metadata_of(found, params)
    changes |= {"amount": amount, "amount_capturable": amount}
    return engine.change(found, "payment_intent.amount_capturable_updated", changes)


def _attempt(engine: Engine, intent: Json, params: Params) -> Json:
    if intent["payment_method"] is None:
        raise _without_method()
    method = engine.find("payment_method", intent["payment_method"], "payment_method")
    if method["type"] not in intent["payment_method_types"]:
        raise invalid_request(
            f"The PaymentMethod's type {method['type']} is not among those that this PaymentIntent "
            f"allows: {', '.join(intent['payment_method_types'])}.",
            code="payment_intent_invalid_parameter",
            param="payment_method",
        )
    return attempt(
        engine,
        intent,
        method,
        off_session=params.text("off_session") not in {None, "false"},
        may_ask=not params.flag("error_on_requires_action", default=False),
    )


def _changes(engine: Engine, intent: Json, params: Params) -> Json:
    """Return the fields that the parameters set, as the intent shows them."""
    changes = _noted(params) | metadata_of(intent, params)
    changes |= {name: params.values[name] for name in _TERMS if params.values.get(name)}
    if params.values.get("payment_method_options"):
        changes["payment_method_options"] = _options(params.values["payment_method_options"])
    if "shipping" in params.tree:
        changes["shipping"] = shipping_from(params)
    if _types(params):
        changes["payment_method_types"] = _types(params)
    if params.values.get("allowed_payment_method_types"):
        changes["allowed_payment_method_types"] = _types(params)
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


def _noted(params: Params) -> Json:
    return {name: _value(params, name) for name in _NOTES if name in params.values}


def _value(params: Params, name: str) -> Any:
    return params.values[name] if name == "application_fee_amount" else params.text(name)


def _types(params: Params) -> list[str]:
    for name in ("allowed_payment_method_types", "payment_method_types"):
        if params.values.get(name):
            return list(params.values[name])
    return []


def _automatic(params: Params) -> Json | None:
    given = params.values.get("automatic_payment_methods")
    if given is None and _types(params):
        return None
    redirects = (given or {}).get("allow_redirects") or "always"
    return {"allow_redirects": redirects, "enabled": (given or {}).get("enabled", True)}


def _destination(engine: Engine, params: Params) -> Json | None:
    given: Json | None = params.values.get("transfer_data")
    if given:
        engine.find("account", given["destination"], "transfer_data[destination]")
    return given


def _unexpected(intent: Json, what: str, allowed: list[str]) -> StripeError:
    return StripeError(
        400,
        f"This PaymentIntent {what}: its status is {intent['status']}, and it would have to be "
        f"{' or '.join(allowed)}.",
        code="payment_intent_unexpected_state",
        more={"payment_intent": intent},
    )


def _without_method() -> StripeError:
    return invalid_request(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
        "either update the PaymentIntent with a payment method and then confirm it again, or "
        "confirm it again directly with a payment method or ConfirmationToken.",
        code="payment_intent_unexpected_state",
    )
