"""Setup intents: means of payment that are saved before there is anything to pay."""

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.instruments import Instrument
from dashboard.sandbox.world.people import Buyer
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.subscriptions import Subscription
from dashboard.sandbox.world.tariff import Method

_PATIENCE_SECONDS = DAY_SECONDS


class Setups:
    """Writes the setup intents of one company."""

    def __init__(self, company: Company) -> None:
        """Write setup intents for ``company``."""
        self._company = company

    def prepare(self, subscription: Subscription, at: int) -> None:
        """Let the customer save, before a trial of ``at``, what pays for the time after it."""
        if subscription.instrument:
            self._save(subscription.buyer, subscription.instrument, at)
        else:
            subscription.pending_setup = self._ask(subscription.buyer, at)

    def give_up(self, buyer: Buyer, at: int) -> None:
        """Ask ``buyer`` at ``at``, and cancel a day later because nobody answered."""
        ends_at = at + _PATIENCE_SECONDS
        if ends_at > self._company.now:
            self._ask(buyer, at)
            return
        written = self._object(buyer, at, "canceled", cancellation_reason="abandoned")
        self._write(written, at)
        self._company.events.record("setup_intent.canceled", ends_at, written)

    def _save(self, buyer: Buyer, instrument: Instrument, at: int) -> None:
        ids = self._company.ids
        debited = instrument.method is Method.SEPA_DEBIT
        written = self._object(
            buyer,
            at,
            "succeeded",
            latest_attempt=ids.new("setatt", at),
            mandate=instrument.details["sepa_debit"]["mandate"] if debited else None,
            payment_method=instrument.id,
            payment_method_types=[instrument.method.value],
        )
        self._write(written, at)
        self._company.events.record("setup_intent.succeeded", at, written)

    def _ask(self, buyer: Buyer, at: int) -> str:
        """Ask ``buyer`` for a means of payment at ``at``, in vain so far; return the id."""
        written = self._object(buyer, at, "requires_payment_method")
        self._write(written, at)
        return str(written["id"])

    def _object(self, buyer: Buyer, at: int, status: str, **fields: object) -> Json:
        identity = self._company.ids.new("seti", at)
        return build(
            "setup_intent",
            id=identity,
            created=at,
            client_secret=f"{identity}_secret_{identity[-12:]}",
            customer=buyer.id,
            status=status,
            **fields,
        )

    def _write(self, written: Json, at: int) -> None:
        begun = {"status": "requires_payment_method", "payment_method": None}
        unanswered = {"cancellation_reason": None, "latest_attempt": None, "mandate": None}
        self._company.emit(written)
        self._company.events.record("setup_intent.created", at, written | begun | unanswered)
