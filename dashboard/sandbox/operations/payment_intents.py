"""Creating and confirming payment intents."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.addresses import SHIPPING, shipping_from
from dashboard.sandbox.operations.cards import payment_method_from
from dashboard.sandbox.operations.charging import attempt
from dashboard.sandbox.operations.operation import operation
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
_CONFIRM = (
    f"{_EVERY} amount_to_confirm:integer confirmation_token error_on_requires_action:flag mandate"
    " mandate_data off_session payment_method_types~:words radar_options(referrer session)"
    " return_url use_stripe_sdk:flag"
)
_CREATE = (
    f"{_FACTS} amount!:integer automatic_payment_methods(allow_redirects=always|never"
    " enabled!:flag) confirm:flag confirmation_method=automatic|manual confirmation_token currency!"
    " error_on_requires_action:flag mandate mandate_data off_session on_behalf_of"
    " radar_options(referrer session) return_url transfer_data(amount:integer description"
    " destination! metadata payment_data) use_stripe_sdk:flag"
)
_TEXTS = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
_SMALLEST_AMOUNT = 50
_CURRENCY_LETTERS = 3


@operation("POST", "/v1/payment_intents", "payment_intent", _CREATE)
def create_payment_intent(engine: Engine, params: Params) -> Json:
    """Make a payment intent, and confirm it at once when asked."""
    customer = params.text("customer")
    if customer:
        engine.find("customer", customer, "customer")
    method = payment_method_from(engine, params, customer)
    intent = engine.make(
        "payment_intent",
        amount=_amount(params),
        automatic_payment_methods=_automatic(params),
        capture_method=params.text("capture_method") or "automatic_async",
        currency=_currency(params),
        customer=customer,
        metadata=params.mapping("metadata") or {},
        payment_method=method["id"] if method else None,
        payment_method_types=params.texts("payment_method_types") or ["card"],
        shipping=shipping_from(params),
        status="requires_confirmation" if method else "requires_payment_method",
        **{name: params.text(name) for name in _TEXTS},
    )
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('', 25)}"
    engine.put(intent)
    engine.emit("payment_intent.created", intent)
    if not params.flag("confirm", default=False):
        return intent
    if method is None:
        raise _no_method()
    return attempt(engine, intent, method)


@operation("POST", "/v1/payment_intents/{intent}/confirm", "payment_intent", _CONFIRM)
def confirm_payment_intent(engine: Engine, params: Params, intent: str) -> Json:
    """Charge the payment method of the intent, or the one that is given now."""
    found = engine.find("payment_intent", intent)
    if found["status"] not in _CONFIRMABLE:
        raise invalid_request(
            "You cannot confirm this PaymentIntent because it has already succeeded after being "
            "previously confirmed."
            if found["status"] == "succeeded"
            else f"This PaymentIntent's status is {found['status']}, but must be requires_payment_"
            "method or requires_confirmation to be confirmed.",
            code="payment_intent_unexpected_state",
        )
    method = payment_method_from(engine, params, found["customer"])
    if method is None and found["payment_method"]:
        method = engine.find("payment_method", found["payment_method"], "payment_method")
    if method is None:
        raise _no_method()
    return attempt(engine, found, method)


def _amount(params: Params) -> int:
    amount = params.integer("amount")
    if amount is None:
        raise missing_parameter("amount")
    if amount < 1:
        raise invalid_request(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount",
        )
    if amount < _SMALLEST_AMOUNT and params.text("currency") in {"usd", "eur"}:
        raise invalid_request(
            "Amount must convert to at least 50 cents.", code="amount_too_small", param="amount"
        )
    return amount


def _currency(params: Params) -> str:
    currency = params.needed_text("currency").lower()
    if len(currency) != _CURRENCY_LETTERS or not currency.isalpha():
        raise invalid_request(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: usd, eur, "
            "gbp, jpy, kwd",
            param="currency",
        )
    return currency


def _automatic(params: Params) -> Json | None:
    given = params.mapping("automatic_payment_methods")
    if given is None and params.texts("payment_method_types"):
        return None
    redirects = (given or {}).get("allow_redirects", "always")
    return {"allow_redirects": redirects, "enabled": True}


def _no_method() -> Exception:
    return invalid_request(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
        "either update the PaymentIntent with a payment method and then confirm it again, or "
        "confirm it again directly with a payment method or ConfirmationToken.",
        code="payment_intent_unexpected_state",
    )
