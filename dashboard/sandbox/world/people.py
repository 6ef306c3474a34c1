"""Customers: who they are, how they are written, and the object that Stripe keeps of them."""

from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.countries import (
    COMPANIES,
    COUNTRIES,
    HOSTILE_NAMES,
    Country,
    Name,
)
from dashboard.sandbox.world.identity import Ids
from dashboard.sandbox.world.tariff import Currency

_AT_HOME, _ABROAD = 46, 13
"""How many of about a hundred customers live in the company's own country, and in another."""
_MAIL_HOSTS = ("example.com", "example.net", "example.org", "mail.example", "web.example")
_SOURCES = ("web", "partner", "newsletter", "search", "Empfehlung", "口コミ")
#: Hostile names are frequent at first, so that small worlds have them, and rare later.
_HOSTILE_EVERY, _HOSTILE_EVERY_LATER, _LATER = 37, 997, 1_500


@dataclass(slots=True)
class Person:
    """Someone who buys: name, e-mail, country and address as written at the counter."""

    name: str
    email: str | None
    phone: str | None
    country: Country
    address: Json

    @property
    def currency(self) -> Currency:
        """The currency that the person is charged in."""
        return self.country.currency

    def billing_details(self) -> Json:
        """Return what stands on the person's charges and payment methods."""
        return part(
            "billing_details",
            address=self.address,
            email=self.email,
            name=self.name,
            phone=self.phone,
        )


@dataclass(slots=True)
class Buyer:
    """A person with a customer object; ``invoices`` counts the numbers already given."""

    id: str
    person: Person
    created_at: int
    number: int
    payment_method: str | None = None
    invoices: int = 0
    delinquent: bool = False
    invoice_prefix: str = field(default="")

    def next_invoice_number(self) -> str:
        """Return the next number in the customer's own sequence, such as ``A1B2C3D4-0007``."""
        self.invoices += 1
        return f"{self.invoice_prefix}-{self.invoices:04d}"


class People:
    """The stream of people who come to buy, and the customer objects made of them."""

    def __init__(self, dice: Random, ids: Ids, home: str = "US") -> None:
        """Draw people from ``dice``, their ids from ``ids``; most live in the country ``home``."""
        shares = (_AT_HOME if one.code == home else min(one.share, _ABROAD) for one in COUNTRIES)
        self._shares = tuple(accumulate(shares))
        self._dice = dice
        self._ids = ids
        self._met = 0

    def meet(self, country: Country | None = None) -> Person:
        """Return a new person, from ``country`` if it matters."""
        dice = self._dice
        self._met += 1
        home = country or dice.choices(COUNTRIES, cum_weights=self._shares)[0]
        given, family = dice.choice(home.given), dice.choice(home.family)
        town, postal_code, state = dice.choice(home.towns)
        return Person(
            name=self._name(home, given, family),
            email=self._email(given, family),
            phone=f"{home.dialling}{dice.randrange(10**8, 10**9)}" if self._met % 3 else None,
            country=home,
            address=part(
                "address",
                city=town,
                country=home.code,
                line1=f"{dice.randrange(1, 240)} {dice.choice(home.streets)}",
                line2="Apt. #4" if self._met % 11 == 0 else None,
                postal_code=postal_code,
                state=state,
            ),
        )

    def enrol(self, person: Person, at: int) -> Buyer:
        """Return ``person`` as a customer created at ``at``."""
        return Buyer(
            id=self._ids.new("cus", at),
            person=person,
            created_at=at,
            number=self._met,
            invoice_prefix=self._ids.word(8).upper(),
        )

    def _name(self, home: Country, given: Name, family: Name) -> str:
        every = _HOSTILE_EVERY if self._met < _LATER else _HOSTILE_EVERY_LATER
        if self._met % every == 0:
            return HOSTILE_NAMES[self._met // every % len(HOSTILE_NAMES)]
        if self._met % 17 == 5:
            return self._dice.choice(COMPANIES)
        if home.family_first:
            return f"{family.written} {given.written}"
        return f"{given.written} {family.written}"

    def _email(self, given: Name, family: Name) -> str | None:
        if self._met % 53 == 0:
            return None
        host = self._dice.choice(_MAIL_HOSTS)
        tag = "+billing" if self._met % 29 == 0 else ""
        address = f"{given.plain}.{family.plain}{self._met}{tag}@{host}"
        return address.upper() if self._met % 61 == 0 else address


def customer_object(buyer: Buyer) -> Json:
    """Return the customer object of ``buyer`` as it stands."""
    person = buyer.person
    return build(
        "customer",
        id=buyer.id,
        created=buyer.created_at,
        name=person.name,
        email=person.email,
        phone=person.phone,
        address=person.address,
        shipping=_shipping(buyer),
        currency=person.currency if buyer.invoices else None,
        delinquent=buyer.delinquent,
        description=_description(buyer),
        invoice_prefix=buyer.invoice_prefix,
        next_invoice_sequence=buyer.invoices + 1,
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": buyer.payment_method,
            "footer": None,
            "rendering_options": None,
        },
        metadata=_metadata(buyer),
        preferred_locales=[person.country.locale],
        tax_exempt="reverse" if buyer.number % 37 == 0 else "none",
    )


def _shipping(buyer: Buyer) -> Json | None:
    if buyer.number % 4:
        return None
    person = buyer.person
    return {"address": person.address, "name": person.name, "phone": person.phone}


def _description(buyer: Buyer) -> str | None:
    if buyer.number % _HOSTILE_EVERY_LATER == 41:
        return "=1+1 <b>bold</b> & 'quoted'"
    return "Met at the fair, pays late" if buyer.number % 23 == 0 else None


def _metadata(buyer: Buyer) -> Json:
    metadata = {"user_id": str(100_000 + buyer.number)}
    if buyer.number % 3 == 0:
        metadata["source"] = _SOURCES[buyer.number % len(_SOURCES)]
    return metadata
