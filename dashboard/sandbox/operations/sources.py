"""The older ways to keep cards: tokens, and the cards of customers that are made of them."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_object
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.cards import PracticeCard
from dashboard.sandbox.operations.money.means import card_details, card_of_token, checked_card
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params, integer_of
from dashboard.sandbox.shapes import Json, part

_CARD = (
    "card(address_city address_country address_line1 address_line2 address_state address_zip"
    " currency cvc exp_month! exp_year! name networks:map number!)"
)
_TOKEN = f"account:map bank_account:any {_CARD} customer cvc_update(cvc!) person:map pii(id_number)"
_UPDATE = (
    "account_holder_name account_holder_type=company|individual address_city address_country"
    " address_line1 address_line2 address_state address_zip exp_month exp_year metadata name"
    " owner(address:map email name phone)"
)
_LINES = ("city", "country", "line1", "line2", "state", "zip")


@operation("POST", "/v1/tokens", "token", _TOKEN)
def create_token(engine: Engine, params: Params) -> Json:
    """Make a token of a card, good for one use."""
    given = params.mapping("card")
    if not given:
        raise invalid_request(
            "The practice Stripe makes tokens of cards only: give `card`.", param="card"
        )
    card, dates = checked_card(engine, given, "card")
    own = source_card(engine, card, dates | {"name": given.get("name")})
    token = engine.make("token", card=own, type="card")
    return engine.put(token)


@operation("POST", "/v1/customers/{customer}/sources", "card", "metadata source! validate:flag")
def create_source(engine: Engine, params: Params, customer: str) -> Json:
    """Give a customer the card behind a token; their first becomes the default."""
    owner = engine.find("customer", customer)
    return add_source(engine, owner, params)


@operation("POST", "/v1/customers/{customer}/sources/{source}", "card", _UPDATE)
def update_source(engine: Engine, params: Params, customer: str, source: str) -> Json:
    """Change what the parameters name of a customer's card."""
    card = _owned(engine, customer, source)
    changes = metadata_of(card, params)
    names = ["name", *(f"address_{line}" for line in _LINES)]
    changes |= {name: params.text(name) for name in names if name in params.tree}
    for name in ("exp_month", "exp_year"):
        if params.text(name):
            changes[name] = integer_of(name, params.text(name))
    return engine.change(card, "customer.source.updated", changes)


@operation("DELETE", "/v1/customers/{customer}/sources/{source}", "card")
def delete_source(engine: Engine, params: Params, customer: str, source: str) -> Json:  # noqa: ARG001
    """Take a card from its customer; the next one becomes the default."""
    card = _owned(engine, customer, source)
    gone = engine.shelf.remove(card)
    engine.emit("customer.source.deleted", card)
    owner = engine.find("customer", customer)
    if owner["default_source"] == source:
        left = engine.shelf.bodies("card", "WHERE customer = ? LIMIT 1", (customer,))
        default = orjson.loads(left[0])["id"] if left else None
        engine.change(owner, "customer.updated", {"default_source": default})
    return gone


def add_source(engine: Engine, owner: Json, params: Params) -> Json:
    """Give the customer the card of parameter `source`; raises a decline of the card."""
    card = card_of_token(engine, params.needed_text("source"), "source")
    refusal = card.refusal()
    if refusal and not card.only_payments_fail:
        raise refusal
    own = source_card(engine, card, {"customer": owner["id"]})
    engine.put(own)
    engine.emit("customer.source.created", own)
    if owner["default_source"] is None:
        engine.change(owner, "customer.updated", {"default_source": own["id"]})
    return own


def source_card(engine: Engine, card: PracticeCard, given: Json) -> Json:
    """Return a card object as older parts of the API show it, not kept yet."""
    shown = card_details(engine, card, given)
    names = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    more = {name: given[name] for name in ("customer", "name") if given.get(name)}
    return engine.make(
        "card",
        cvc_check="pass",
        **{name: shown[name] for name in names},
        **more,
    )


def method_of(card: Json) -> Json:
    """Return a card of the older kind as a payment method would show it."""
    names = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    return {
        "billing_details": part("billing_details", name=card["name"]),
        "card": {name: card[name] for name in names},
        "id": card["id"],
        "type": "card",
    }


def _owned(engine: Engine, customer: str, source: str) -> Json:
    engine.find("customer", customer)
    card = engine.find("card", source)
    if card.get("customer") != customer:
        raise missing_object("card", source)
    return card
