"""The register of running subscriptions: their status, their events, and their last state."""

from collections.abc import Iterable

from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.proration import invoice_item_object
from dashboard.sandbox.world.subscriptions import Subscription, subscription_object

_FEEDBACK = ("too_expensive", "unused", "switched_service", "missing_features", None, "other")


class Register:
    """Keeps the running subscriptions of one company and writes those that have ended."""

    def __init__(self, company: Company) -> None:
        """Keep the register of ``company``."""
        self._company = company
        self._dice = company.dice("register")
        self._running: dict[str, Subscription] = {}

    def add(self, subscription: Subscription) -> None:
        """Enter a new ``subscription``."""
        self._running[subscription.id] = subscription

    def running(self) -> Iterable[Subscription]:
        """Return the subscriptions that have not ended, the oldest first."""
        return self._running.values()

    def tell(
        self, subscription: Subscription, kind: str, at: int, previous: Json | None = None
    ) -> None:
        """Write the event ``kind`` with the subscription as it stands, if it is recent."""
        if at >= self._company.events.since:
            self._company.events.record(kind, at, subscription_object(subscription), previous)

    def warn_of_trial_end(self, subscription: Subscription, at: int) -> None:
        """Tell that the trial ends soon, unless the customer has left already."""
        if not subscription.has_ended:
            self.tell(subscription, "customer.subscription.trial_will_end", at)

    def change(self, subscription: Subscription, status: str, at: int) -> None:
        """Give ``subscription`` another ``status`` at ``at``."""
        before, subscription.status = subscription.status, status
        self.tell(subscription, "customer.subscription.updated", at, {"status": before})

    def fall_behind(self, subscription: Subscription, at: int) -> None:
        """Note that an invoice is late: the subscription is past due."""
        if subscription.status == "active":
            subscription.buyer.delinquent = True
            self.change(subscription, "past_due", at)

    def catch_up(self, subscription: Subscription, at: int) -> None:
        """Note that a late invoice is settled after all."""
        subscription.buyer.delinquent = False
        if subscription.status == "past_due":
            self.change(subscription, "active", at)

    def end(self, subscription: Subscription, at: int, reason: str) -> None:
        """Cancel ``subscription`` at ``at`` for ``reason`` and write it for the last time."""
        subscription.status = "canceled"
        subscription.ended_at = at
        subscription.canceled_at = subscription.canceled_at or at
        subscription.cancellation_reason = reason
        if reason == "cancellation_requested":
            subscription.feedback = subscription.feedback or self._dice.choice(_FEEDBACK)
        self.tell(subscription, "customer.subscription.deleted", at)
        self.remove(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Write ``subscription`` as it stands and forget it."""
        self._running.pop(subscription.id)
        self._write(subscription)

    def close(self) -> None:
        """Write all subscriptions that are still running."""
        for subscription in self._running.values():
            self._write(subscription)
        self._running.clear()

    def _write(self, subscription: Subscription) -> None:
        for line in subscription.pending:
            self._company.emit(invoice_item_object(line, subscription.buyer, None))
        self._company.emit(subscription_object(subscription))
