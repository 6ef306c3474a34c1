"""Quotes: offered, finalized, and accepted or not."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError, invalid_request, missing_parameter
from dashboard.sandbox.operations.billing.bills import pricing_part, tax_rates
from dashboard.sandbox.operations.billing.checks import moment
from dashboard.sandbox.operations.billing.clocks import customer_on_clock, on_clock
from dashboard.sandbox.operations.billing.discounts import (
    DISCOUNTS,
    Holder,
    give_discounts,
)
from dashboard.sandbox.operations.billing.invoicing import DAY_SECONDS, draft_invoice, make_item
from dashboard.sandbox.operations.billing.price_parameters import BEHAVIOR
from dashboard.sandbox.operations.billing.quoting import offer
from dashboard.sandbox.operations.billing.subscribing import subscribe
from dashboard.sandbox.operations.billing.terms import AUTOMATIC_TAX, ISSUER
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

_PRICE_DATA = (
    "price_data(currency! product! unit_amount:integer unit_amount_decimal"
    f" {BEHAVIOR} recurring(interval!=day|month|week|year interval_count:integer))"
)
_BOTH = (
    f"application_fee_amount:integer application_fee_percent:decimal {AUTOMATIC_TAX}"
    " collection_method=charge_automatically|send_invoice customer customer_account"
    f" default_tax_rates:words description {DISCOUNTS} expires_at:integer footer header"
    f" invoice_settings(custom_fields:list(name! value!) days_until_due:integer description footer"
    f" {ISSUER}) metadata on_behalf_of transfer_data:map"
)
_LINES = f"{DISCOUNTS} price {_PRICE_DATA} quantity:integer tax_rates:words"
_SUBSCRIPTION = "description effective_date metadata trial_period_days:integer"
_TEXTS = ("description", "footer", "header")
_OPEN_SECONDS = 30 * DAY_SECONDS


@operation(
    "POST",
    "/v1/quotes",
    "quote",
    f"{_BOTH} from_quote(is_revision:flag quote!) line_items:list({_LINES}) subscription_data("
    "billing_mode(flexible(proration_discounts=included|itemized) type!=classic|flexible)"
    f" {_SUBSCRIPTION}) test_clock",
)
def create_quote(engine: Engine, params: Params) -> Json:
    """Draft a quote to a customer."""
    given = params.values
    if not given.get("customer"):
        raise missing_parameter("customer")
    engine, customer = customer_on_clock(engine, given["customer"], "customer")
    quote = engine.make(
        "quote",
        customer=customer["id"],
        expires_at=engine.now + _OPEN_SECONDS,
        test_clock=customer["test_clock"],
    )
    quote |= _fields(engine, quote, given)
    quote |= offer(engine, quote, given.get("line_items") or [])
    engine.put(quote)
    engine.emit("quote.created", _shown(quote))
    return _shown(quote)


@operation(
    "POST",
    "/v1/quotes/{quote}",
    "quote",
    f"{_BOTH} line_items:list({_LINES} id) subscription_data({_SUBSCRIPTION})",
)
def update_quote(engine: Engine, params: Params, quote: str) -> Json:
    """Change a draft."""
    before, given = _standing(engine, quote, "draft"), params.values
    engine = on_clock(engine, before)
    changes = _fields(engine, before, given)
    if given.get("line_items"):
        changes |= offer(engine, before | changes, given["line_items"])
    return _shown(engine.put(before | changes))


@operation("POST", "/v1/quotes/{quote}/finalize", "quote", "expires_at:integer")
def finalize_quote(engine: Engine, params: Params, quote: str) -> Json:
    """Number a draft and offer it."""
    found = _standing(engine, quote, "draft")
    if not engine.shelf.included("quote", quote)["line_items"]["data"]:
        raise invalid_request("A quote needs at least one line item to be finalized.")
    engine = on_clock(engine, found)
    found |= {
        "expires_at": params.values.get("expires_at") or found["expires_at"],
        "number": f"QT-{quote[-8:].upper()}-0001-1",
    }
    return _move(engine, found, "open", "finalized")


@operation("POST", "/v1/quotes/{quote}/accept", "quote")
def accept_quote(engine: Engine, params: Params, quote: str) -> Json:  # noqa: ARG001
    """Accept an offer: what recurs is subscribed to, what does not is put on an invoice."""
    found = _standing(engine, quote, "open")
    engine, customer = customer_on_clock(engine, found["customer"])
    if engine.now > found["expires_at"]:
        raise invalid_request("This quote has expired.", code="status_transition_invalid")
    lines = engine.shelf.included("quote", quote)["line_items"]["data"]
    once = [
        _pending_item(engine, customer, found, line)
        for line in lines
        if not line["price"]["recurring"]
    ]
    recurring = [line for line in lines if line["price"]["recurring"]]
    if recurring:
        subscription = _subscribe(engine, customer, found, recurring)
        found |= {
            "invoice": subscription["latest_invoice"],
            "subscription": subscription["id"],
        }
    else:
        found["invoice"] = _invoice(engine, customer, found, once)["id"]
    return _move(engine, found, "accepted", "accepted")


@operation("POST", "/v1/quotes/{quote}/cancel", "quote")
def cancel_quote(engine: Engine, params: Params, quote: str) -> Json:  # noqa: ARG001
    """Take an offer back."""
    found = _standing(engine, quote, "draft", "open")
    return _move(on_clock(engine, found), found, "canceled", "canceled")


@operation(
    "GET",
    "/v1/quotes/{quote}/line_items",
    "quote",
    "ending_before limit:integer starting_after",
)
def list_quote_lines(engine: Engine, params: Params, quote: str) -> Json:  # noqa: ARG001
    """Return what a quote offers."""
    engine.find("quote", quote)
    lines: Json = engine.shelf.included("quote", quote)["line_items"]
    return lines


def _standing(engine: Engine, identity: str, *allowed: str) -> Json:
    quote = engine.find("quote", identity)
    if quote["status"] not in allowed:
        raise _wrong_status(quote, allowed)
    return quote


def _move(engine: Engine, quote: Json, status: str, told: str) -> Json:
    """Note what became of a quote, tell of it, and return it."""
    quote["status"] = status
    quote["status_transitions"][f"{told}_at"] = engine.now
    engine.put(quote)
    engine.emit(f"quote.{told}", quote)
    return quote


def _fields(engine: Engine, quote: Json, given: Json) -> Json:
    fields = {name: given[name] for name in _TEXTS if name in given}
    fields |= {name: given[name] for name in ("collection_method", "expires_at") if given.get(name)}
    if "metadata" in given:
        fields["metadata"] = merged_metadata(quote["metadata"], given["metadata"])
    if "default_tax_rates" in given:
        rates = tax_rates(engine, given["default_tax_rates"], "default_tax_rates")
        fields["default_tax_rates"] = [rate["id"] for rate in rates]
    if given.get("invoice_settings"):
        fields["invoice_settings"] = quote["invoice_settings"] | given["invoice_settings"]
    if given.get("subscription_data"):
        data = dict(given["subscription_data"])
        if data.get("effective_date") is not None:
            data["effective_date"] = _moment(engine, data["effective_date"])
        fields["subscription_data"] = quote["subscription_data"] | data
    if "discounts" in given:
        holder = Holder(quote["customer"], "invoice", quote["id"])
        fields["discounts"] = give_discounts(engine, given["discounts"], holder)
    return fields


def _subscribe(engine: Engine, customer: Json, quote: Json, lines: list[Json]) -> Json:
    data = quote["subscription_data"]
    given = {
        "collection_method": quote["collection_method"],
        "days_until_due": quote["invoice_settings"]["days_until_due"],
        "default_tax_rates": quote["default_tax_rates"],
        "description": data["description"],
        "discounts": [{"discount": discount} for discount in quote["discounts"]],
        "items": [
            {"agreed_price": line["price"]["id"], "quantity": line["quantity"]} for line in lines
        ],
        "metadata": data["metadata"],
        "trial_period_days": data["trial_period_days"],
        "waits": True,
    }
    return subscribe(engine, customer, given)


def _pending_item(engine: Engine, customer: Json, quote: Json, line: Json) -> Json:
    price = line["price"]
    rates = tax_rates(engine, quote["default_tax_rates"], "default_tax_rates")
    return make_item(
        engine,
        customer,
        amount=line["amount_subtotal"],
        currency=line["currency"],
        description=line["description"],
        pricing=pricing_part(price),
        quantity=line["quantity"],
        tax_rates=rates,
    )


def _invoice(engine: Engine, customer: Json, quote: Json, items: list[Json]) -> Json:
    details = {"quote": quote["id"]}
    return draft_invoice(
        engine,
        customer,
        quote["currency"],
        [],
        items,
        collection_method=quote["collection_method"],
        discounts=quote["discounts"],
        parent=part("invoice_parent", type="quote_details", quote_details=details),
    )


def _shown(quote: Json) -> Json:
    """Return a quote without what is shown only when it is asked for."""
    return {name: value for name, value in quote.items() if name != "line_items"}


def _moment(engine: Engine, given: object) -> int | None:
    if given == "current_period_end":
        return None
    return moment("subscription_data[effective_date]", given, engine.now)


def _wrong_status(quote: Json, allowed: tuple[str, ...]) -> StripeError:
    return invalid_request(
        f"This quote is {quote['status']}; only one that is {' or '.join(allowed)} allows that.",
        code="status_transition_invalid",
    )
