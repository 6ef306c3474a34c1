"""Means of payment: cards with their well-known numbers, direct debits and bank transfers."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.identity import Ids
from dashboard.sandbox.world.people import Buyer, Person
from dashboard.sandbox.world.tariff import Currency, Method


@dataclass(frozen=True, slots=True)
class _Card:
    share: int
    brand: str
    last4: str
    funding: str
    display_brand: str | None = None


_CARDS = (
    _Card(34, "visa", "4242", "credit"),
    _Card(12, "visa", "5556", "debit"),
    _Card(6, "visa", "1881", "credit"),
    _Card(20, "mastercard", "4444", "credit"),
    _Card(6, "mastercard", "8210", "debit"),
    _Card(4, "mastercard", "5100", "prepaid"),
    _Card(9, "amex", "8431", "credit", "american_express"),
    _Card(4, "discover", "1117", "credit"),
    _Card(2, "diners", "3220", "credit", "diners_club"),
    _Card(2, "jcb", "0505", "credit"),
    _Card(1, "unionpay", "0005", "credit", "union_pay"),
)
_CARD_SHARES = tuple(accumulate(card.share for card in _CARDS))
_WALLETS: tuple[str | None, ...] = (None,) * 7 + ("apple_pay", "apple_pay", "google_pay")


@dataclass(frozen=True, slots=True)
class Instrument:
    """A payment method that can be charged: ready-made parts of its charges, shared by all."""

    id: str
    method: Method
    created_at: int
    holder: Json
    details: Json
    own: Json
    brand: str = ""

    @property
    def settles_later(self) -> bool:
        """Whether the money arrives days after the charge, or does not."""
        return self.method in {Method.SEPA_DEBIT, Method.US_BANK_ACCOUNT}


def payment_method_object(instrument: Instrument, customer: Buyer | None) -> Json:
    """Return the payment method, attached to ``customer`` when there is one."""
    return build(
        "payment_method",
        id=instrument.id,
        created=instrument.created_at,
        type=instrument.method.value,
        customer=customer.id if customer else None,
        billing_details=instrument.holder,
        allow_redisplay="always" if customer else "unspecified",
        **{instrument.method.value: instrument.own},
    )


class Wallet:
    """Where people take their means of payment from."""

    def __init__(self, dice: Random, ids: Ids) -> None:
        """Draw from ``dice``; fingerprints and ids come from ``ids``."""
        self._dice = dice
        self._ids = ids

    def draw(self, person: Person, at: int) -> Instrument:
        """Return what ``person`` pays with: mostly a card, else what the country uses."""
        luck = self._dice.random()
        if person.currency is Currency.EUR and luck < 0.22:
            return self.sepa_debit(person, at)
        if person.country.code == "US" and luck < 0.05:
            return self.us_bank_account(person, at)
        if person.country.code == "US" and luck < 0.07:
            return self.bank_transfer(person, at)
        return self.card(person, at)

    def card(self, person: Person, at: int) -> Instrument:
        """Return a card of ``person``, valid for some years after ``at``."""
        dice = self._dice
        card = dice.choices(_CARDS, cum_weights=_CARD_SHARES)[0]
        wallet = dice.choice(_WALLETS)
        both: Json = {
            "brand": card.brand,
            "country": person.country.code,
            "exp_month": dice.randrange(1, 13),
            "exp_year": 2028 + at % 6,
            "fingerprint": self._ids.word(16),
            "funding": card.funding,
            "last4": card.last4,
            "regulated_status": "unregulated",
            "wallet": _wallet(wallet),
        }
        own = part(
            "card",
            **both,
            display_brand=card.display_brand or card.brand,
            networks={"available": [card.brand], "preferred": None},
        )
        details = part("card_details", **both, network=card.brand)
        return self._instrument(Method.CARD, person, at, details, own, card.brand)

    def sepa_debit(self, person: Person, at: int) -> Instrument:
        """Return a euro bank account that can be debited."""
        both: Json = {
            "bank_code": f"{self._dice.randrange(10**7, 10**8)}",
            "branch_code": "",
            "country": "DE",
            "fingerprint": self._ids.word(16),
            "last4": f"{self._dice.randrange(10_000):04d}",
        }
        own = part("sepa_debit", **both, generated_from={"charge": None, "setup_attempt": None})
        details = part("sepa_debit_details", **both, mandate=self._ids.new("mandate", at))
        return self._instrument(Method.SEPA_DEBIT, person, at, details, own)

    def us_bank_account(self, person: Person, at: int) -> Instrument:
        """Return a United States bank account that can be debited."""
        both: Json = {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "fingerprint": self._ids.word(16),
            "last4": "6789",
            "routing_number": "110000000",
        }
        own = part("us_bank_account", **both, networks={"preferred": "ach", "supported": ["ach"]})
        details = part("us_bank_account_details", **both)
        return self._instrument(Method.US_BANK_ACCOUNT, person, at, details, own)

    def bank_transfer(self, person: Person, at: int) -> Instrument:
        """Return the customer's cash balance, which their bank transfers fill."""
        return self._instrument(Method.BANK_TRANSFER, person, at, {}, {})

    def _instrument(
        self, method: Method, person: Person, at: int, details: Json, own: Json, brand: str = ""
    ) -> Instrument:
        return Instrument(
            id=self._ids.new("pm", at),
            method=method,
            created_at=at,
            holder=person.billing_details(),
            details=part("payment_method_details", type=method.value, **{method.value: details}),
            own=own,
            brand=brand,
        )


def _wallet(kind: str | None) -> Json | None:
    if kind is None:
        return None
    return {"dynamic_last4": "4242", kind: {}, "type": kind}
