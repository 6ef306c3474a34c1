"""What happens to the company, each through the operations that the API offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

import orjson

from dashboard.sandbox.living.pace import Pace
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.state import State
from dashboard.sandbox.world.people import People

_REGULARS = 0.5
"""How many single payments come from customers who are known already."""
_GUESTS = 0.3
"""How many of the others leave no customer."""
_TRIES_AGAIN = 0.6
"""How many of those whose card was declined take another one."""
_PARTIAL = 0.3
_AT_PERIOD_END = 0.5
_RECENT = 2_000
_NEWEST_DISPUTES = 20
_CARDS = ("pm_card_visa", "pm_card_visa_debit", "pm_card_mastercard", "pm_card_amex", "pm_card_de")
_AT_ONCE = "pm_card_bypassPending"
_DECLINED = (
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
    "pm_card_chargeDeclinedIncorrectCvc",
)
_FAILS_LATER = "pm_card_chargeCustomerFail"
_DISPUTED = ("pm_card_createDispute", "pm_card_createDisputeProductNotReceived")
_EVIDENCE = ("winning_evidence", "losing_evidence")


class Desk(Protocol):
    """Where operations are asked for."""

    def __call__(self, method: str, path: str, form: Json) -> Json:
        """Return what an operation answers; raises StripeError where it is refused."""


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody who has to do with one account."""

    state: State
    ask: Desk
    dice: Random
    people: People
    pace: Pace
    hurried: bool
    """Whether time passes faster here than for the balance: its money must not lag behind."""

    def post(self, path: str, **form: Any) -> Json:
        """Change something; returns what is answered, a declined payment too."""
        return self.ask("POST", path, form)

    def pick(self, kind: str, condition: str, *, recent: bool = False) -> Json | None:
        """Return any object that satisfies the condition, None when none does."""
        with self.state.reading() as shelf:
            sql = f'SELECT min(position), max(position) FROM "{kind}"'  # noqa: S608
            first, last = shelf.db.execute(sql).fetchone()
            if last is None:
                return None
            start = self.dice.randint(max(first, last - _RECENT) if recent else first, last)
            for side in ("position >= ? ORDER BY position", "position < ? ORDER BY position DESC"):
                tail = f"WHERE {condition} AND {side} LIMIT 1"
                for body in shelf.bodies(kind, tail, (start,)):
                    found: Json = orjson.loads(body)
                    return found
        return None

    def card(self) -> str:
        """Return a card that pays."""
        return _AT_ONCE if self.hurried else self.dice.choice(_CARDS)


def sale(company: Company) -> None:
    """Somebody buys once; now and then a card is declined, and another one is tried."""
    dice = company.dice
    fails = dice.random() < company.pace.failing
    card = dice.choice(_DECLINED) if fails else company.card()
    refused = _pay(company, card, _customer(company))
    if fails and dice.random() < _TRIES_AGAIN:
        intent = refused["error"]["payment_intent"]["id"]
        company.post(f"/v1/payment_intents/{intent}/confirm", payment_method=company.card())


def refund(company: Company) -> None:
    """The shop gives money back, all or half of it."""
    charge = company.pick("charge", "payment_intent IS NOT NULL", recent=True)
    if charge is None or charge["status"] != "succeeded":
        return
    if charge["amount_refunded"] or charge["disputed"] or not charge["captured"]:
        return
    half = charge["amount"] // 20 * 10  # Dinars are refunded in steps of ten.
    partly = half and company.dice.random() < _PARTIAL
    amount = {"amount": half} if partly else {}
    company.post("/v1/refunds", charge=charge["id"], reason="requested_by_customer", **amount)


def change_of_address(company: Company) -> None:
    """A customer moves."""
    customer = company.pick("customer", "test_clock IS NULL")
    if customer:
        company.post(f"/v1/customers/{customer['id']}", address=_address(company))


def subscription(company: Company) -> None:
    """Somebody new subscribes to what others subscribe to."""
    liked = company.pick("subscription", "status = 'active'", recent=True)
    if liked is None:
        return
    customer = _new_customer(company)
    method = _attach(company, customer, company.card())
    item = liked["items"]["data"][0]
    line = {"price": item["price"]["id"]}
    if item.get("quantity"):
        line["quantity"] = item["quantity"]
    company.post(
        "/v1/subscriptions", customer=customer, default_payment_method=method, items=[line]
    )


def renewal(company: Company) -> None:
    """A period is over before its time, as if it had passed: the next one begins and is billed.

    Now and then the card has stopped paying; others catch up with what they owe.
    """
    late = company.pick("subscription", "status = 'past_due' AND test_clock IS NULL")
    if late and late["latest_invoice"] and company.dice.random() < _TRIES_AGAIN:
        method = _attach(company, late["customer"], company.card())
        company.post(f"/v1/invoices/{late['latest_invoice']}/pay", payment_method=method)
        path = f"/v1/subscriptions/{late['id']}"
        company.post(path, default_payment_method=method)
    found = company.pick("subscription", "status = 'active' AND test_clock IS NULL")
    if found is None:
        return
    path = f"/v1/subscriptions/{found['id']}"
    if company.dice.random() < company.pace.failing:
        method = _attach(company, found["customer"], _FAILS_LATER)
        company.post(path, default_payment_method=method)
    anchor = {"type": "now"}
    company.post(path, billing_cycle_anchor=anchor, proration_behavior="none")


def cancellation(company: Company) -> None:
    """A subscriber leaves, at once or when the period is over."""
    found = company.pick("subscription", "status = 'active' AND test_clock IS NULL")
    if found is None:
        return
    path = f"/v1/subscriptions/{found['id']}"
    if company.dice.random() < _AT_PERIOD_END and not company.hurried:
        company.post(path, cancel_at_period_end="true")
    else:
        company.ask("DELETE", path, {})


def dispute(company: Company) -> None:
    """A cardholder disputes what was just paid."""
    _pay(company, company.dice.choice(_DISPUTED), _customer(company))


def verdict(company: Company) -> None:
    """The shop answers a dispute, and the bank decides."""
    with company.state.reading() as shelf:
        newest = shelf.bodies("dispute", "ORDER BY position DESC LIMIT ?", (_NEWEST_DISPUTES,))
    waiting = [one for one in map(orjson.loads, newest) if one["status"] == "needs_response"]
    if waiting:
        evidence = {"uncategorized_text": company.dice.choice(_EVIDENCE)}
        company.post(f"/v1/disputes/{waiting[-1]['id']}", evidence=evidence)


def payout(company: Company) -> None:
    """What is available goes to the bank, the largest balance first."""
    balance = company.state.get("balance", "balance")
    funds = max(balance["available"], key=lambda one: one["amount"]) if balance else None
    amount = funds["amount"] if funds else 0
    # An instant payout costs a hundredth of it, and arrives at once.
    method = "instant" if company.hurried else "standard"
    amount = amount * 100 // 102 if company.hurried else amount
    if funds and amount > 0:
        company.post("/v1/payouts", amount=amount, currency=funds["currency"], method=method)


HAPPENINGS: dict[str, Callable[[Company], None]] = {
    one.__name__: one
    for one in (
        sale,
        refund,
        change_of_address,
        subscription,
        renewal,
        cancellation,
        dispute,
        verdict,
        payout,
    )
}
"""What may happen, by name."""


def _pay(company: Company, card: str, customer: str | None) -> Json:
    bought = company.dice.choice(company.pace.sales)
    form: Json = {
        "amount": bought.amount,
        "currency": bought.currency,
        "payment_method": card,
        "confirm": "true",
        "automatic_payment_methods": {"enabled": "true", "allow_redirects": "never"},
    }
    if customer:
        form["customer"] = customer
    if bought.description:
        form["description"] = bought.description
    return company.post("/v1/payment_intents", **form)


def _customer(company: Company) -> str | None:
    """Return who pays: somebody known, somebody new, or a guest."""
    dice = company.dice
    if dice.random() < _REGULARS:
        known = company.pick("customer", "test_clock IS NULL")
        return str(known["id"]) if known else None
    return None if dice.random() < _GUESTS else _new_customer(company)


def _new_customer(company: Company) -> str:
    person = company.people.meet()
    form = {"name": person.name, "email": person.email, "phone": person.phone}
    known = {name: value for name, value in form.items() if value}
    made = company.post("/v1/customers", address=_filled(person.address), **known)
    return str(made["id"])


def _attach(company: Company, customer: str, card: str) -> str:
    attached = company.post(f"/v1/payment_methods/{card}/attach", customer=customer)
    return str(attached["id"])


def _address(company: Company) -> Json:
    return _filled(company.people.meet().address)


def _filled(address: Json) -> Json:
    return {name: value for name, value in address.items() if value}
