"""Payment intents: made, changed, confirmed, captured, canceled."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine, react
from dashboard.sandbox.errors import StripeError, invalid_request
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.amounts import amount_of, chargeable, currency_of, part_of
from dashboard.sandbox.operations.money.charging import attempt
from dashboard.sandbox.operations.money.intent_parameters import (
    CAPTURE,
    CONFIRM,
    CREATE,
    INCREMENT,
    TERMS,
    UPDATE,
    automatic_methods,
    changes_from,
    destination_from,
    noted,
    types_from,
)
from dashboard.sandbox.operations.money.outcomes import paid
from dashboard.sandbox.operations.money.taking import capture
from dashboard.sandbox.operations.operation import deed, operation
from dashboard.sandbox.operations.refunds import let_go
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_WHILE_OPEN = {
    *TERMS,
    "payment_method_options",
    "amount",
    "currency",
    "customer",
    "payment_method",
    "payment_method_data",
}
_HELD_SECONDS = 7 * 86_400
_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


@operation("POST", "/v1/payment_intents", "payment_intent", CREATE)
def create_payment_intent(engine: Engine, params: Params) -> Json:
    """Make a payment intent, and confirm it at once when asked."""
    currency = currency_of(params)
    intent = engine.make(
        "payment_intent",
        amount=chargeable(amount_of(params), currency),
        automatic_payment_methods=automatic_methods(params),
        confirmation_method=params.text("confirmation_method") or "automatic",
        currency=currency,
        on_behalf_of=params.text("on_behalf_of"),
        payment_method_types=types_from(params) or ["card"],
        status="requires_payment_method",
        transfer_data=destination_from(engine, params),
    )
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('', 25)}"
    intent |= changes_from(engine, intent, params)
    engine.put(intent)
    engine.emit("payment_intent.created", intent)
    if not params.flag("confirm", default=False):
        return intent
    return _attempt(engine, intent, params)


@operation("POST", "/v1/payment_intents/{intent}", "payment_intent", UPDATE)
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
    changes |= changes_from(engine, found, params)
    if changes.get("status") and found["status"] == "requires_action":
        changes["next_action"] = None
    return engine.change(found, "payment_intent.updated", changes)


@operation("POST", "/v1/payment_intents/{intent}/confirm", "payment_intent", CONFIRM)
def confirm_payment_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Charge the payment method of the intent, or the one that is given now."""
    found = engine.find("payment_intent", intent)
    if found["status"] not in _OPEN:
        raise _unexpected(found, "could not be confirmed", sorted(_OPEN))
    changed = found | changes_from(engine, found, params)
    return _attempt(engine, changed, params)


@operation("POST", "/v1/payment_intents/{intent}/capture", "payment_intent", CAPTURE)
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
    found |= noted(params) | metadata_of(found, params)
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
    return _cancel(engine, found, params.text("cancellation_reason"))


@deed
def expire_authorization(engine: Engine, identity: str) -> None:
    """Let go what nobody has captured in a week."""
    intent = engine.find("payment_intent", identity)
    if intent["status"] == "requires_capture":
        engine.emit("charge.expired", engine.find("charge", intent["latest_charge"]))
        _cancel(engine, intent, "automatic")


@operation(
    "POST", "/v1/payment_intents/{intent}/increment_authorization", "payment_intent", INCREMENT
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
    changes = noted(params) | metadata_of(found, params)
    changes |= {"amount": amount, "amount_capturable": amount}
    return engine.change(found, "payment_intent.amount_capturable_updated", changes)


def _cancel(engine: Engine, intent: Json, reason: str | None) -> Json:
    if intent["status"] == "requires_capture":
        charge = engine.find("charge", intent["latest_charge"])
        let_go(engine, charge, charge["amount"])
    canceled = {
        "amount_capturable": 0,
        "canceled_at": engine.now,
        "cancellation_reason": reason,
        "next_action": None,
        "status": "canceled",
    }
    intent = engine.put(intent | canceled)
    engine.emit("payment_intent.canceled", intent)
    return intent


def _on_held(engine: Engine, intent: Json) -> None:
    engine.later(engine.today + _HELD_SECONDS, expire_authorization, intent["id"])


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


react("payment_intent.amount_capturable_updated", _on_held)
