"""What all parts of one simulated company share: its clock, dice, ids, ledger and outbox."""

from random import Random

from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world.events import EventLog
from dashboard.sandbox.world.identity import Ids, stream
from dashboard.sandbox.world.ledger import Ledger
from dashboard.sandbox.world.premises import HEADQUARTERS, Premises
from dashboard.sandbox.world.seasons import Day, business_days
from dashboard.sandbox.world.tariff import SETTLEMENT

#: An object ready for the state, alone or with the facts that Stripe knows but does not show.
Shipment = Json | tuple[Json, dict[str, str]]


class Company:
    """One company in its two years: the parts of the simulation write into its ``outbox``."""

    def __init__(
        self, seed: int, payments: int, now: int, premises: Premises = HEADQUARTERS
    ) -> None:
        """Open the company ``seed`` that will have taken ``payments`` payments by ``now``."""
        self.seed = seed
        self.now = now
        self.premises = premises
        self.days: list[Day] = business_days(payments, now, self.dice("days"))
        self.ids = Ids(seed)
        #: The bank account that money of each currency is paid out to.
        self.banks = {currency: self.ids.new("ba", self.opened_at) for currency in SETTLEMENT}
        self.outbox: list[Shipment] = []
        self.emit = self.outbox.append
        self.events = EventLog(self.ids, self.emit, now, self.days)
        self.ledger = Ledger(self.ids, self.emit, now)
        self.intents = 0

    def discard(self, written: Json, at: int) -> None:
        """Write an object that was deleted at ``at``, and the event that tells so."""
        self.emit((written, {"deleted": "true"}))
        self.events.record(f"{written['object']}.deleted", at, written)

    def dice(self, name: str) -> Random:
        """Return a random stream of this company that nothing else draws from."""
        return stream(self.seed, name)

    @property
    def opened_at(self) -> int:
        """The first second of the company."""
        return self.days[0].starts_at

    def days_ago(self, days: float) -> int:
        """Return the second ``days`` before now."""
        return self.now - int(days * 86_400)
