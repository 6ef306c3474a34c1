"""Pages where customers pay, and where their bank asks them: what happens when they have.

Stripe does not document these addresses. Its command line pays sessions by them, and so may tests.
"""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine, react
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.billing.subscribing import subscribe
from dashboard.sandbox.operations.checkout_sessions import plan_of
from dashboard.sandbox.operations.money.charging import attempt
from dashboard.sandbox.operations.money.charging import continue_asked as charge_asked
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.payment_methods import attach, payment_method_for
from dashboard.sandbox.operations.setup_intents import continue_asked as set_up_asked
from dashboard.sandbox.operations.setup_intents import set_up
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

_KIND = "checkout.session"
_INTENT_FIELDS = (
    "application_fee_amount",
    "capture_method",
    "description",
    "metadata",
    "on_behalf_of",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)
_SUBSCRIPTION_FIELDS = (
    "application_fee_percent",
    "billing_cycle_anchor",
    "default_tax_rates",
    "description",
    "metadata",
    "on_behalf_of",
    "proration_behavior",
    "trial_end",
    "trial_period_days",
)


@operation("GET", "/v1/payment_pages/{session}", _KIND)
def show_payment_page(engine: Engine, params: Params, session: str) -> Json:  # noqa: ARG001
    """Show a session as the buyer's page would load it."""
    return engine.find(_KIND, session)


@operation(
    "POST",
    "/v1/payment_pages/{session}/confirm",
    _KIND,
    "expected_amount:integer payment_method!",
)
def pay_on_page(engine: Engine, params: Params, session: str) -> Json:
    """Pay a session with a payment method; raises the decline of the card."""
    found = engine.find(_KIND, session)
    if found["status"] != "open":
        raise invalid_request(f"The session {session} is {found['status']}: it cannot be paid.")
    expected = params.values.get("expected_amount")
    if expected not in {None, found["amount_total"]}:
        raise invalid_request(
            f"The session comes to {found['amount_total']}, not {expected}.",
            code="checkout_amount_mismatch",
            param="expected_amount",
        )
    method = payment_method_for(engine, params.needed_text("payment_method"), None)
    found |= {"customer": _customer(engine, found, method), "customer_details": _details(method)}
    match found["mode"]:
        case "payment":
            _pay(engine, found, method)
        case "subscription":
            _subscribe(engine, found, method)
        case _:
            _set_up(engine, found, method)
    return engine.find(_KIND, session)


@operation(
    "POST",
    "/v1/payment_pages/{intent}/authenticate",
    "payment_intent",
    "outcome!=failed|succeeded",
)
def authenticate(engine: Engine, params: Params, intent: str) -> Json:
    """Let the customer of a payment or setup intent convince the bank, or fail to."""
    kind = "setup_intent" if intent.startswith("seti_") else "payment_intent"
    found = engine.find(kind, intent)
    if (found["next_action"] or {}).get("type") != "use_stripe_sdk":
        raise invalid_request(f"The bank does not wait for the customer of {intent}.")
    go_on = set_up_asked if kind == "setup_intent" else charge_asked
    return go_on(engine, found, agreed=params.text("outcome") == "succeeded")


def _pay(engine: Engine, session: Json, method: Json) -> None:
    if session["amount_total"] == 0:
        _complete(engine, session, "no_payment_required")
        return
    data = plan_of(engine, session["id"]).get("payment_intent_data", {})
    intent = engine.make(
        "payment_intent",
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        payment_method=method["id"],
        payment_method_types=session["payment_method_types"],
        status="requires_confirmation",
        **{name: data[name] for name in _INTENT_FIELDS if data.get(name)},
    )
    if intent["shipping"]:
        intent["shipping"]["address"] = part("address", **intent["shipping"]["address"])
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('', 25)}"
    engine.put(intent)
    engine.emit("payment_intent.created", intent)
    engine.put(session | {"payment_intent": intent["id"]})
    attempt(engine, intent, method)


def _subscribe(engine: Engine, session: Json, method: Json) -> None:
    customer = engine.find("customer", session["customer"])
    if method["customer"] is None:
        attach(engine, method, customer["id"])
    data = plan_of(engine, session["id"]).get("subscription_data", {})
    items = [orjson.loads(body) for body in _item_bodies(engine, session["id"])]
    recurring = [one for one in items if one["price"]["type"] == "recurring"]
    once = [one for one in items if one["price"]["type"] == "one_time"]
    given = {name: data[name] for name in _SUBSCRIPTION_FIELDS if data.get(name)}
    given |= {
        "add_invoice_items": [_line(one) for one in once],
        "default_payment_method": method["id"],
        "discounts": [{"coupon": one["coupon"]} for one in session["discounts"] or ()],
        "items": [_line(one) for one in recurring],
        "payment_behavior": "error_if_incomplete",
    }
    with engine.shelf.attempt():
        subscription = subscribe(engine, customer, given)
    invoice = subscription["latest_invoice"]
    paid = "paid" if session["amount_total"] else "no_payment_required"
    _complete(engine, session | {"invoice": invoice, "subscription": subscription["id"]}, paid)


def _line(item: Json) -> Json:
    quantity = {} if item["quantity"] is None else {"quantity": item["quantity"]}
    return {"price": item["price"]["id"], **quantity}


def _set_up(engine: Engine, session: Json, method: Json) -> None:
    intent = engine.find("setup_intent", session["setup_intent"])
    intent = set_up(engine, intent | {"payment_method": method["id"]})
    if intent["status"] == "succeeded":
        _complete(engine, session, "no_payment_required")


def _complete(engine: Engine, session: Json, payment_status: str) -> None:
    done = {"payment_status": payment_status, "status": "complete", "url": None}
    session = engine.put(session | done)
    engine.emit("checkout.session.completed", session)


def _customer(engine: Engine, session: Json, method: Json) -> str | None:
    """Return the session's customer, made now where the session keeps one."""
    if session["customer"] or session["customer_creation"] == "if_required":
        return session["customer"] and str(session["customer"])
    about = method["billing_details"]
    customer = engine.make(
        "customer",
        address=about["address"],
        email=session["customer_email"] or about["email"],
        name=about["name"],
        phone=about["phone"],
    )
    customer["invoice_prefix"] = customer["id"][-8:].upper()
    engine.put(customer)
    engine.emit("customer.created", customer)
    return str(customer["id"])


def _details(method: Json) -> Json:
    about = method["billing_details"]
    names = ("address", "email", "name", "phone")
    return part("checkout_customer", **{name: about[name] for name in names})


def _item_bodies(engine: Engine, session: str) -> list[bytes]:
    where = 'WHERE "checkout.session" = ? ORDER BY created DESC, position DESC'
    return engine.shelf.bodies("item", where, (session,))


def _on_payment(engine: Engine, intent: Json) -> None:
    """Complete the session that an intent pays, now or when the bank has answered."""
    for session in _sessions_of(engine, intent):
        taken = intent["status"] == "succeeded"
        if session["status"] == "open":
            _complete(engine, session, "paid" if taken else "unpaid")
        elif taken and session["payment_status"] == "unpaid":
            paid = engine.put(session | {"payment_status": "paid"})
            engine.emit("checkout.session.async_payment_succeeded", paid)


def _on_failure(engine: Engine, intent: Json) -> None:
    for session in _sessions_of(engine, intent):
        if session["status"] == "complete" and session["payment_status"] == "unpaid":
            engine.emit("checkout.session.async_payment_failed", session)


def _sessions_of(engine: Engine, intent: Json) -> list[Json]:
    found = engine.shelf.bodies(_KIND, "WHERE payment_intent = ?", (intent["id"],))
    return [orjson.loads(body) for body in found]


for _event in ("succeeded", "processing", "amount_capturable_updated"):
    react(f"payment_intent.{_event}", _on_payment)
react("payment_intent.payment_failed", _on_failure)
