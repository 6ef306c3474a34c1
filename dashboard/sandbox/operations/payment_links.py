"""Payment links: made, changed, switched off."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money import cart
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_INTENT_DATA = (
    "payment_intent_data(capture_method=automatic|automatic_async|manual description metadata"
    " setup_future_usage=off_session|on_session statement_descriptor statement_descriptor_suffix"
    " transfer_group)"
)
_BOTH = (
    "after_completion(hosted_confirmation(custom_message) redirect(url!)"
    " type!=hosted_confirmation|redirect) allow_promotion_codes:flag"
    " application_fee_amount:integer application_fee_percent:decimal"
    " automatic_tax(enabled!:flag liability:map) billing_address_collection=auto|required"
    " consent_collection(payment_method_reuse_agreement:map promotions=auto|none"
    " terms_of_service=none|required) custom_fields:list custom_text(after_submit:map"
    " shipping_address:map"
    " submit:map terms_of_service_acceptance:map) customer_creation=always|if_required"
    " inactive_message"
    " invoice_creation(enabled!:flag invoice_data:map) metadata name_collection(business:map"
    " individual:map)"
    " on_behalf_of optional_items:list(adjustable_quantity:map price! quantity!:integer)"
    " payment_method_collection=always|if_required payment_method_options(card:map)"
    " payment_method_types:words phone_number_collection(enabled!:flag)"
    " restrictions(completed_sessions!:map)"
    " shipping_address_collection(allowed_countries!:words) shipping_options:list(shipping_rate)"
    " submit_type=auto|book|donate|pay|subscribe"
    " tax_id_collection(enabled!:flag required=if_supported|never) transfer_data(amount:integer"
    " destination!)"
)
_CREATE = (
    f"{_BOTH} currency line_items!:list({cart.LINE} quantity!:integer)"
    f" managed_payments(enabled:flag) {_INTENT_DATA} subscription_data(description"
    " invoice_settings:map metadata trial_period_days:integer trial_settings:map)"
)
_PLAIN = (
    "active",
    "allow_promotion_codes",
    "application_fee_amount",
    "application_fee_percent",
    "billing_address_collection",
    "customer_creation",
    "inactive_message",
    "on_behalf_of",
    "payment_method_collection",
    "payment_method_types",
    "phone_number_collection",
    "submit_type",
)
_DATA: Json = {
    "capture_method": None,
    "description": None,
    "metadata": {},
    "setup_future_usage": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "transfer_group": None,
}


@operation("POST", "/v1/payment_links", "payment_link", _CREATE)
def create_payment_link(engine: Engine, params: Params) -> Json:
    """Make a link to a page where anybody can pay for a cart."""
    items = cart.fill(engine, params.values["line_items"], None)
    link = engine.make("payment_link", currency=items[0]["currency"], url="")
    link["url"] = f"https://buy.stripe.com/test_{new_id('', 18)}"
    link |= _changes(link, params)
    data = params.values.get("payment_intent_data")
    if data:
        link["payment_intent_data"] = _DATA | data
    link["line_items"] |= {"data": items}
    engine.put(link)
    shown = engine.find("payment_link", link["id"])
    engine.emit("payment_link.created", shown)
    return shown


@operation(
    "POST",
    "/v1/payment_links/{payment_link}",
    "payment_link",
    f"{_BOTH} active:flag line_items:list({cart.ADJUSTABLE} id! quantity:integer)"
    " payment_intent_data(description metadata setup_future_usage=off_session|on_session"
    " statement_descriptor statement_descriptor_suffix transfer_group) subscription_data("
    "invoice_settings:map metadata trial_period_days:integer trial_settings:map)",
)
def update_payment_link(engine: Engine, params: Params, payment_link: str) -> Json:
    """Change a link, or switch it off."""
    found = engine.find("payment_link", payment_link)
    return engine.change(found, "payment_link.updated", _changes(found, params))


def _changes(link: Json, params: Params) -> Json:
    given = params.values
    changes = metadata_of(link, params)
    changes |= {name: given[name] for name in _PLAIN if given.get(name) is not None}
    completion = given.get("after_completion")
    if completion:
        kind = completion["type"]
        shown = completion.get(kind) or {"custom_message": None}
        changes["after_completion"] = {"type": kind, kind: shown}
    return changes
