"""Checkout sessions: opened, expired."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money import cart
from dashboard.sandbox.operations.operation import deed, operation
from dashboard.sandbox.operations.setup_intents import begin
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_INTENT_DATA = (
    "payment_intent_data(application_fee_amount:integer"
    " capture_method=automatic|automatic_async|manual description metadata on_behalf_of"
    " receipt_email setup_future_usage=off_session|on_session shipping(address!(city country line1!"
    " line2 postal_code state) carrier name! phone tracking_number) statement_descriptor"
    " statement_descriptor_suffix transfer_data(amount:integer destination!) transfer_group)"
)
_SUBSCRIPTION_DATA = (
    "subscription_data(application_fee_percent:decimal billing_cycle_anchor:integer"
    " billing_cycle_anchor_config:map billing_mode:map default_tax_rates:words description"
    " invoice_settings:map metadata on_behalf_of pending_invoice_item_interval:map"
    " proration_behavior=create_prorations|none transfer_data:map trial_end:integer"
    " trial_period_days:integer trial_settings:map)"
)
_CREATE = (
    "adaptive_pricing(enabled:flag) after_expiration(recovery:map) allow_promotion_codes:flag"
    " allowed_payment_method_types:words automatic_tax(enabled!:flag liability:map)"
    " billing_address_collection=auto|required branding_settings:map cancel_url client_reference_id"
    " consent_collection(payment_method_reuse_agreement:map promotions=auto|none"
    " terms_of_service=none|required) currency custom_fields:list custom_text(after_submit:map"
    " shipping_address:map submit:map terms_of_service_acceptance:map) customer customer_account"
    " customer_creation=always|if_required customer_email customer_update(address=auto|never"
    " name=auto|never shipping=auto|never) discounts:list(coupon promotion_code)"
    " excluded_payment_method_types:words expires_at:integer integration_identifier"
    f" invoice_creation(enabled!:flag invoice_data:map) line_items:list({cart.LINE} metadata"
    " quantity:integer tax_rates:words) locale managed_payments(enabled:flag) metadata"
    " mode=payment|setup|subscription name_collection(business:map individual:map)"
    " optional_items:list(adjustable_quantity:map price! quantity!:integer)"
    f" origin_context=mobile_app|web {_INTENT_DATA} payment_method_collection=always|if_required"
    " payment_method_configuration payment_method_data(allow_redisplay=always|limited|unspecified)"
    " payment_method_options:map payment_method_types~:words"
    " permissions(update_shipping_details=client_only|server_only)"
    " phone_number_collection(enabled!:flag) redirect_on_completion=always|if_required|never"
    " return_url saved_payment_method_options:map setup_intent_data(description metadata"
    " on_behalf_of)"
    " shipping_address_collection(allowed_countries!:words) shipping_options:list(shipping_rate"
    f" shipping_rate_data:map) submit_type=auto|book|donate|pay|subscribe {_SUBSCRIPTION_DATA}"
    " success_url tax_id_collection(enabled!:flag required=if_supported|never)"
    " ui_mode=elements|embedded_page|form|hosted_page wallet_options(link:map)"
)
_UPDATE = (
    "collected_information(shipping_details:map) line_items:list metadata"
    " payment_intent_data(description"
    " metadata setup_future_usage=off_session|on_session statement_descriptor"
    " statement_descriptor_suffix) shipping_options:list"
)
_SHOWN = (
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "expires_at",
    "locale",
    "submit_type",
    "success_url",
)
_HOUR_SECONDS = 3_600
_SHORTEST_SECONDS, _LONGEST_SECONDS = _HOUR_SECONDS // 2, 24 * _HOUR_SECONDS


@operation("POST", "/v1/checkout/sessions", "checkout.session", _CREATE)
def create_checkout_session(engine: Engine, params: Params) -> Json:
    """Open a session for a cart, a subscription, or a payment method that is to be kept."""
    given = params.values
    mode = given.get("mode")
    lines = given.get("line_items") or []
    if not lines and mode != "setup":
        raise missing_parameter("line_items")
    coupon = _coupon(engine, given)
    items = cart.fill(engine, lines, mode, coupon) if lines else []
    session = engine.make(
        "checkout.session",
        mode=mode or cart.mode_of(items),
        **{name: given[name] for name in _SHOWN if given.get(name) is not None},
        **cart.sums(items),
    )
    _refuse_mode(session, items)
    session |= {
        "customer": _customer(engine, given),
        "discounts": [{"coupon": coupon, "promotion_code": None}] if coupon else None,
        "expires_at": _expiry(engine, given),
        "metadata": params.mapping("metadata") or {},
        "payment_method_types": _types(given),
    }
    session |= _page(session, given)
    session["customer_creation"] = _creation(session, given)
    if session["mode"] == "setup":
        session["setup_intent"] = _begin_setup(engine, session, given)
    return _open(engine, session, items, given)


@operation("POST", "/v1/checkout/sessions/{session}", "checkout.session", _UPDATE)
def update_checkout_session(engine: Engine, params: Params, session: str) -> Json:
    """Change what is noted about a session; nothing is told of it."""
    found = engine.find("checkout.session", session)
    return engine.put(found | metadata_of(found, params))


@operation("POST", "/v1/checkout/sessions/{session}/expire", "checkout.session")
def expire_checkout_session(engine: Engine, params: Params, session: str) -> Json:  # noqa: ARG001
    """Close a session that nobody has paid."""
    found = engine.find("checkout.session", session)
    if found["status"] != "open":
        raise invalid_request(
            f"Only open sessions can be expired: {session} is {found['status']}.", param="session"
        )
    return _expire(engine, found)


@deed
def end_checkout_session(engine: Engine, identity: str) -> None:
    """Close a session whose time is over."""
    session = engine.find("checkout.session", identity)
    if session["status"] == "open":
        _expire(engine, session)


def keep_plan(engine: Engine, session: str, plan: Json) -> None:
    """Remember what is to be made once a session is paid, which the session does not show."""
    engine.shelf.keep_fact(f"plan of {session}", plan)


def plan_of(engine: Engine, session: str) -> Json:
    """Return what `keep_plan` remembered."""
    return engine.shelf.fact(f"plan of {session}") or {}


def _expire(engine: Engine, session: Json) -> Json:
    session = engine.put(session | {"status": "expired", "url": None})
    engine.emit("checkout.session.expired", session)
    return session


def _open(engine: Engine, session: Json, items: list[Json], given: Json) -> Json:
    session["line_items"] |= {"data": items}
    if session["amount_total"] == 0 or session["mode"] == "setup":
        session["payment_status"] = "no_payment_required"
    engine.put(session)
    names = ("payment_intent_data", "subscription_data")
    keep_plan(engine, session["id"], {name: given.get(name) or {} for name in names})
    engine.later(session["expires_at"], end_checkout_session, session["id"])
    return engine.find("checkout.session", session["id"])


def _refuse_mode(session: Json, items: list[Json]) -> None:
    recurs = any(item["price"]["type"] == "recurring" for item in items)
    if session["mode"] == "subscription" and not recurs:
        raise invalid_request(
            "You must provide at least one recurring price in `subscription` mode when using "
            "prices.",
            param="line_items",
        )


def _expiry(engine: Engine, given: Json) -> int:
    at = given.get("expires_at")
    if at is None:
        return engine.today + _LONGEST_SECONDS
    if not _SHORTEST_SECONDS <= at - engine.today <= _LONGEST_SECONDS:
        raise invalid_request(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            param="expires_at",
        )
    return int(at)


def _page(session: Json, given: Json) -> Json:
    """Return where the buyer is sent, or the secret with which the page is shown elsewhere."""
    mode = given.get("ui_mode") or "hosted_page"
    if mode == "hosted_page":
        return {"ui_mode": mode, "url": f"https://checkout.stripe.com/c/pay/{session['id']}"}
    secret = f"{session['id']}_secret_{new_id('', 32)}"
    shown = {"client_secret": secret, "success_url": None, "ui_mode": mode}
    return shown | ({"return_url": given["return_url"]} if given.get("return_url") else {})


def _types(given: Json) -> list[str]:
    for name in ("allowed_payment_method_types", "payment_method_types"):
        if given.get(name):
            return list(given[name])
    return ["card"]


def _customer(engine: Engine, given: Json) -> str | None:
    named = given.get("customer")
    if named and given.get("customer_email"):
        raise invalid_request(
            "You may only specify one of these parameters: customer, customer_email.",
            param="customer_email",
        )
    return str(engine.find("customer", named, "customer")["id"]) if named else None


def _creation(session: Json, given: Json) -> str | None:
    if session["customer"] or session["mode"] != "payment":
        return None
    keeps = (given.get("payment_intent_data") or {}).get("setup_future_usage")
    return "always" if keeps else given.get("customer_creation") or "if_required"


def _coupon(engine: Engine, given: Json) -> str | None:
    for one in given.get("discounts") or ():
        if one.get("promotion_code"):
            code = engine.find(
                "promotion_code", one["promotion_code"], "discounts[0][promotion_code]"
            )
            return str(code["promotion"]["coupon"])
        if one.get("coupon"):
            return str(one["coupon"])
    return None


def _begin_setup(engine: Engine, session: Json, given: Json) -> str:
    data = given.get("setup_intent_data") or {}
    intent = begin(
        engine,
        customer=session["customer"],
        description=data.get("description"),
        metadata=data.get("metadata") or {},
        payment_method_types=session["payment_method_types"],
    )
    engine.put(intent)
    engine.emit("setup_intent.created", intent)
    return str(intent["id"])
