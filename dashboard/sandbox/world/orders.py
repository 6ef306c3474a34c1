"""What is asked of a customer, and what is known once it has been charged."""

from dataclasses import dataclass, field

from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world.instruments import Instrument
from dashboard.sandbox.world.people import Buyer
from dashboard.sandbox.world.tariff import Currency


@dataclass(slots=True)
class Order:
    """One amount (minor units of ``currency``) to be paid from ``at`` on."""

    intent: str
    at: int
    amount: int
    currency: Currency
    instrument: Instrument
    buyer: Buyer | None
    description: str | None
    metadata: Json = field(default_factory=dict)
    off_session: bool = False
    manual_capture: bool = False
    has_intent: bool = True

    @property
    def payment_intent(self) -> str | None:
        """The id of the intent; None for a charge that was made without one."""
        return self.intent if self.has_intent else None

    @property
    def customer(self) -> str | None:
        """The id of the customer, None for a guest."""
        return self.buyer.id if self.buyer else None

    @property
    def email(self) -> str | None:
        """Where the receipt goes."""
        email: str | None = self.instrument.holder["email"]
        return email


@dataclass(frozen=True, slots=True)
class Sale:
    """Money that was taken: ``amount`` of the order, captured by charge ``charge`` at ``at``."""

    charge: str
    at: int
    amount: int
    order: Order
    available_on: int


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of a sale by now: how much went back, when last, and whether it is disputed."""

    refunded: int = 0
    refunded_at: int = 0
    disputed: bool = False
