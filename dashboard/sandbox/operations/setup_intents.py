"""Setup intents: keeping a payment method for later payments."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.cards import Asks, PracticeCard, card_behind
from dashboard.sandbox.operations.money.means import METHOD_DATA, new_mandate
from dashboard.sandbox.operations.money.outcomes import asked
from dashboard.sandbox.operations.money.taking import details_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.payment_methods import attach, payment_method_from
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

_METHOD = (
    f"allowed_payment_method_types:words payment_method {METHOD_DATA} payment_method_options:map"
    " payment_method_types~:words"
)
_FACTS = (
    f"{_METHOD} attach_to_self:flag customer customer_account description"
    " excluded_payment_method_types:words flow_directions:words metadata"
    " payment_method_configuration"
)
_ATTEMPT = "confirmation_token mandate_data(customer_acceptance:map) return_url use_stripe_sdk:flag"
_CREATE = (
    f"{_FACTS} automatic_payment_methods(allow_redirects=always|never enabled!:flag) confirm:flag"
    " confirmation_token mandate_data(customer_acceptance!:map) on_behalf_of return_url"
    " single_use(amount!:integer currency!) usage=off_session|on_session use_stripe_sdk:flag"
)
_NOT_AUTHENTICATED = {
    "code": "setup_intent_authentication_failure",
    "message": "The customer could not convince the bank. Take another payment method.",
    "type": "invalid_request_error",
}
_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


@operation("POST", "/v1/setup_intents", "setup_intent", _CREATE)
def create_setup_intent(engine: Engine, params: Params) -> Json:
    """Make a setup intent, and confirm it at once when asked."""
    intent = begin(
        engine,
        automatic_payment_methods=params.values.get("automatic_payment_methods"),
        on_behalf_of=params.text("on_behalf_of"),
        usage=params.text("usage") or "off_session",
    )
    intent |= _changes(engine, intent, params)
    engine.put(intent)
    engine.emit("setup_intent.created", intent)
    if not params.flag("confirm", default=False):
        return intent
    return set_up(engine, intent)


@operation("POST", "/v1/setup_intents/{intent}", "setup_intent", _FACTS)
def update_setup_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Change what the parameters name, until the intent has ended; nothing is told of it."""
    found = engine.find("setup_intent", intent)
    if found["status"] not in _OPEN:
        raise _unexpected(found, "updated")
    return engine.put(found | _changes(engine, found, params))


@operation("POST", "/v1/setup_intents/{intent}/confirm", "setup_intent", f"{_METHOD} {_ATTEMPT}")
def confirm_setup_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Ask the bank whether the payment method is good for later."""
    found = engine.find("setup_intent", intent)
    if found["status"] not in _OPEN:
        raise _unexpected(found, "confirmed")
    return set_up(engine, found | _changes(engine, found, params))


@operation(
    "POST",
    "/v1/setup_intents/{intent}/cancel",
    "setup_intent",
    "cancellation_reason=abandoned|duplicate|requested_by_customer",
)
def cancel_setup_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Give a setup up."""
    found = engine.find("setup_intent", intent)
    if found["status"] not in _OPEN:
        raise _unexpected(found, "canceled")
    canceled = {
        "cancellation_reason": params.text("cancellation_reason"),
        "next_action": None,
        "status": "canceled",
    }
    found = engine.put(found | canceled)
    engine.emit("setup_intent.canceled", found)
    return found


def begin(engine: Engine, **facts: object) -> Json:
    """Return a new setup intent that is neither kept nor told of yet."""
    intent = engine.make("setup_intent", status="requires_payment_method", **facts)
    return intent | {"client_secret": f"{intent['id']}_secret_{new_id('', 25)}"}


def set_up(engine: Engine, intent: Json) -> Json:
    """Ask the bank about the payment method of an intent and return the intent.

    Raises the 402 of a refusal after what it leaves has been kept.
    """
    if intent["payment_method"] is None:
        raise invalid_request(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
        )
    method = engine.find("payment_method", intent["payment_method"], "payment_method")
    card = card_behind(method)
    if card.asks is not Asks.NEVER:
        attempt = _note(engine, intent, method, "requires_action")
        return asked(engine, intent | {"latest_attempt": attempt})
    return _ask_bank(engine, intent, method, card)


def continue_asked(engine: Engine, intent: Json, *, agreed: bool) -> Json:
    """Go on with an intent whose customer has talked to the bank, and return it."""
    method = engine.find("payment_method", intent["payment_method"], "payment_method")
    if agreed:
        return _ask_bank(engine, intent, method, card_behind(method))
    return _fail(engine, intent, method, part("payment_error", **_NOT_AUTHENTICATED))


def _ask_bank(engine: Engine, intent: Json, method: Json, card: PracticeCard) -> Json:
    refusal = card.refusal()
    if refusal and not card.only_payments_fail:
        raise _refuse(engine, intent, method, refusal)
    if intent["customer"] and method["customer"] is None:
        attach(engine, method, intent["customer"])
    debits = method["type"] in {"sepa_debit", "us_bank_account"}
    done = {
        "last_setup_error": None,
        "latest_attempt": _note(engine, intent, method, "succeeded"),
        "mandate": new_mandate(engine, method) if debits else None,
        "next_action": None,
        "status": "succeeded",
    }
    intent = engine.put(intent | done)
    engine.emit("setup_intent.succeeded", intent)
    return intent


def _refuse(engine: Engine, intent: Json, method: Json, refusal: StripeError) -> StripeError:
    """Keep what a refusal leaves and return the error for the caller to raise."""
    error = part("payment_error", code=refusal.code, message=refusal.message, **refusal.more)
    intent = _fail(engine, intent, method, error)
    refusal.more |= {"payment_method": method, "setup_intent": intent}
    return refusal


def _fail(engine: Engine, intent: Json, method: Json, error: Json) -> Json:
    """Send an intent back for another payment method, and return it."""
    error = error | {"payment_method": method}
    refused = {
        "last_setup_error": error,
        "latest_attempt": _note(engine, intent, method, "failed", error),
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    intent = engine.put(intent | refused)
    engine.emit("setup_intent.setup_failed", intent)
    return intent


def _note(
    engine: Engine, intent: Json, method: Json, status: str, error: Json | None = None
) -> str:
    """Keep an attempt at the setup and return its id."""
    kind = method["type"]
    shown = details_of(method)[kind] if kind == "card" else {}
    attempt = engine.make(
        "setup_attempt",
        customer=intent["customer"],
        payment_method=method["id"],
        payment_method_details={"type": kind, kind: _fitting(shown)},
        setup_error=error,
        setup_intent=intent["id"],
        status=status,
        usage=intent["usage"],
    )
    return str(engine.put(attempt)["id"])


def _fitting(card: Json) -> Json:
    names = (
        "brand checks country exp_month exp_year fingerprint funding last4 network three_d_secure"
        " wallet"
    )
    return {name: card[name] for name in names.split() if name in card}


def _changes(engine: Engine, intent: Json, params: Params) -> Json:
    """Return the fields that the parameters set, as the intent shows them."""
    changes = metadata_of(intent, params)
    if "description" in params.tree:
        changes["description"] = params.text("description")
    customer = params.text("customer")
    if customer:
        engine.find("customer", customer, "customer")
        changes["customer"] = customer
    types = params.values.get("allowed_payment_method_types") or params.values.get(
        "payment_method_types"
    )
    if types:
        changes["payment_method_types"] = types
    if params.values.get("payment_method_options"):
        changes["payment_method_options"] = params.values["payment_method_options"]
    method = payment_method_from(engine, params, customer or intent["customer"])
    if method:
        shown = {*(types or intent["payment_method_types"]), method["type"]}
        changes |= {
            "payment_method": method["id"],
            "payment_method_types": sorted(shown),
            "status": "requires_confirmation",
        }
    return changes


def _unexpected(intent: Json, what: str) -> StripeError:
    return StripeError(
        400,
        f"This SetupIntent cannot be {what}: its status is {intent['status']}, and it would have "
        f"to be one of {', '.join(sorted(_OPEN))}.",
        code="setup_intent_unexpected_state",
        more={"setup_intent": intent},
    )
