"""One-time sales: who buys, with what, and how it goes."""

from collections import deque
from dataclasses import dataclass

from dashboard.sandbox.world.catalogue import Goods
from dashboard.sandbox.world.checkout import Checkout
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.countries import COUNTRY_OF_CODE
from dashboard.sandbox.world.instruments import Instrument, Wallet, payment_method_object
from dashboard.sandbox.world.orders import Order
from dashboard.sandbox.world.people import Buyer, People, Person, customer_object
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.stories import Fate, Scene, Script, draw_fate, draw_story
from dashboard.sandbox.world.tariff import Method
from dashboard.sandbox.world.till import Till

_REGULARS = 2_000
_RETURNING, _GUEST = 0.45, 0.70
#: Days before now after which the next new customer leaves soon, and after how long.
_LEAVERS_DAYS_AGO = (430, 160, 34, 17, 9)
_LEAVES_AFTER = 5 * DAY_SECONDS
_CHECKOUT_EVERY = 40
#: Days before now from which the next buyer leaves a cart behind that can still be paid.
_HESITATES_DAYS_AGO = 0.9
_FATES_OF_ALL_METHODS = {Fate.SUCCEEDS, Fate.ABANDONED, Fate.CANCELED}


@dataclass(frozen=True, slots=True)
class Shopper:
    """Someone at the counter: a customer or a guest, and what they pay with."""

    person: Person
    buyer: Buyer | None
    instrument: Instrument


class Shop:
    """Sells things once; remembers a bounded number of regulars who come back."""

    def __init__(self, company: Company, people: People, wallet: Wallet, till: Till) -> None:
        """Open the shop of ``company``."""
        self._company = company
        self._people = people
        self._wallet = wallet
        self._till = till
        self._goods = Goods(company)
        self._checkout = Checkout(company)
        self._hesitates_at = company.days_ago(_HESITATES_DAYS_AGO)
        self._dice = company.dice("sales")
        self._script = Script(company.days_ago)
        self._leavers = deque(company.days_ago(days) for days in _LEAVERS_DAYS_AGO)
        self._regulars: list[Shopper] = []
        self.orders = 0

    def sell(self, at: int) -> None:
        """Make one sale at ``at``, from the customer's arrival to all that follows by now."""
        scene = self._script.next_scene(at)
        if scene:
            self._till.play(self._order(self._cast(scene, at), at), scene)
            return
        shopper = self._arrival(at)
        order = self._order(shopper, at)
        fate = self._fate(order)
        self._till.settle(order, fate, draw_story(self._dice))
        if self.orders % _CHECKOUT_EVERY == 0:
            self._check_out(order, shopper, fate)
        if at >= self._hesitates_at:
            self._checkout.leave(order)
            self._hesitates_at = self._company.now + 1

    def _check_out(self, order: Order, shopper: Shopper, fate: Fate) -> None:
        """Write the session of ``order`` if it was paid at once; if not, of one given up."""
        if fate is Fate.SUCCEEDS and order.instrument.method is Method.CARD:
            self._checkout.pay(order, shopper.person)
        else:
            self._checkout.leave(order)

    def _fate(self, order: Order) -> Fate:
        """Draw how ``order`` ends; only cards are declined, blocked or authorised first."""
        fate = draw_fate(self._dice)
        is_card = order.instrument.method is Method.CARD
        return fate if is_card or fate in _FATES_OF_ALL_METHODS else Fate.SUCCEEDS

    def _arrival(self, at: int) -> Shopper:
        luck = self._dice.random()
        if luck < _RETURNING and self._regulars:
            return self._dice.choice(self._regulars)
        person = self._people.meet()
        instrument = self._wallet.draw(person, at)
        if luck > _GUEST and instrument.method is not Method.BANK_TRANSFER:
            self._company.emit(payment_method_object(instrument, None))
            return Shopper(person, None, instrument)
        return self._welcome(person, instrument, at)

    def _cast(self, scene: Scene, at: int) -> Shopper:
        """Return a new customer who fits ``scene``."""
        country = COUNTRY_OF_CODE[scene.country] if scene.country else None
        person = self._people.meet(country)
        match scene.method:
            case Method.SEPA_DEBIT:
                instrument = self._wallet.sepa_debit(person, at)
            case Method.US_BANK_ACCOUNT:
                instrument = self._wallet.us_bank_account(person, at)
            case Method.BANK_TRANSFER:
                instrument = self._wallet.bank_transfer(person, at)
            case _:
                instrument = self._wallet.card(person, at)
        return self._welcome(person, instrument, at)

    def _welcome(self, person: Person, instrument: Instrument, at: int) -> Shopper:
        buyer = self._people.enrol(person, at)
        buyer.payment_method = instrument.id
        customer = customer_object(buyer)
        self._company.events.record("customer.created", at, customer, sale=True)
        leaves = self._is_leaving(at)
        self._company.emit(payment_method_object(instrument, None if leaves else buyer))
        shopper = Shopper(person, buyer, instrument)
        if leaves:
            self._company.discard(customer, at + _LEAVES_AFTER)
        else:
            self._company.emit(customer)
            self._remember(shopper)
        return shopper

    def _is_leaving(self, at: int) -> bool:
        """Return whether the customer of ``at`` is one who has been deleted since."""
        if not self._leavers or not self._leavers[0] <= at <= self._company.now - _LEAVES_AFTER:
            return False
        self._leavers.popleft()
        return True

    def _remember(self, shopper: Shopper) -> None:
        if len(self._regulars) < _REGULARS:
            self._regulars.append(shopper)
        else:
            self._regulars[self._dice.randrange(_REGULARS)] = shopper

    def _order(self, shopper: Shopper, at: int) -> Order:
        self.orders += 1
        self._company.intents += 1
        amount, description = self._goods.pick(shopper.person.currency, at)
        return Order(
            intent=self._company.ids.new("pi", at),
            at=at,
            amount=amount,
            currency=shopper.person.currency,
            instrument=shopper.instrument,
            buyer=shopper.buyer,
            description=description,
            metadata={"order_id": str(10_000 + self.orders)},
        )
