"""Who subscribes: new customers for the most part, and some who come back or take a second one."""

from collections import deque
from dataclasses import dataclass

from dashboard.sandbox.world.careers import Career
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.countries import COUNTRY_OF_CODE
from dashboard.sandbox.world.instruments import Instrument, Wallet, payment_method_object
from dashboard.sandbox.world.people import Buyer, People, customer_object

_REMEMBERED = 200
_SECOND_SUBSCRIPTION = 0.06
_BANK_DEBIT = 0.25


@dataclass(frozen=True, slots=True)
class Member:
    """A customer with the means of payment that subscriptions are charged to, if there is one."""

    buyer: Buyer
    instrument: Instrument | None


class Members:
    """The subscribers of one company; their customer objects are written at the end."""

    def __init__(self, company: Company, people: People, wallet: Wallet) -> None:
        """Take members from ``people``, who pay out of ``wallet``."""
        self._company = company
        self._people = people
        self._wallet = wallet
        self._dice = company.dice("members")
        self._buyers: list[Buyer] = []
        self._left: dict[str, int] = {}
        self._recent: deque[Member] = deque(maxlen=_REMEMBERED)

    def join(self, career: Career, at: int) -> Member:
        """Return who lives ``career``: someone known, or a customer created at ``at``."""
        dice = self._dice
        is_known = not career.scripted and not career.sends_invoice and self._recent
        if is_known and dice.random() < _SECOND_SUBSCRIPTION:
            return dice.choice(self._recent)
        person = self._people.meet(COUNTRY_OF_CODE[career.country] if career.country else None)
        buyer = self._people.enrol(person, at)
        self._buyers.append(buyer)
        member = Member(buyer, None if career.no_card else self._instrument(career, buyer, at))
        if member.instrument:
            buyer.payment_method = member.instrument.id
            owner = None if career.leaves else buyer
            self._company.emit(payment_method_object(member.instrument, owner))
            if not career.sends_invoice and not career.leaves:
                self._recent.append(member)
        if at >= self._company.events.since:
            self._company.events.record("customer.created", at, customer_object(buyer))
        return member

    def leave(self, buyer: Buyer, at: int) -> None:
        """Delete the customer ``buyer`` at ``at``."""
        self._left[buyer.id] = at

    def close(self) -> None:
        """Write the customer objects of all members as they stand, the deleted ones as such."""
        for buyer in self._buyers:
            written = customer_object(buyer)
            if buyer.id in self._left:
                self._company.discard(written, self._left[buyer.id])
            else:
                self._company.emit(written)

    def _instrument(self, career: Career, buyer: Buyer, at: int) -> Instrument:
        person = buyer.person
        if career.sends_invoice and person.country.code == "US":
            return self._wallet.bank_transfer(person, at)
        debited = not career.scripted and not career.sends_invoice and person.currency == "eur"
        if career.bank_debit or (debited and self._dice.random() < _BANK_DEBIT):
            return self._wallet.sepa_debit(person, at)
        return self._wallet.card(person, at)
