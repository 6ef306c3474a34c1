"""What customers do with a running subscription: other quantities, other plans, pauses."""

from functools import partial

from dashboard.sandbox.world.agenda import Agenda
from dashboard.sandbox.world.careers import Turn, draw_turn
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.lines import Line
from dashboard.sandbox.world.offers import Offer, PriceList
from dashboard.sandbox.world.proration import proration_lines
from dashboard.sandbox.world.register import Register
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.subscriptions import Subscription

_PAUSES = {
    Turn.PAUSE_VOID: "void",
    Turn.PAUSE_DRAFT: "keep_as_draft",
    Turn.PAUSE_UNCOLLECTIBLE: "mark_uncollectible",
}
#: The plan that a plan is exchanged for, and its quantity.
_SWITCHES = {
    "studio_month": ("team_month", 4),
    "team_month": ("studio_month", 1),
    "studio_year": ("team_year", 3),
    "team_year": ("studio_year", 1),
}
_PAUSE_DAYS = (45, 95)


class Changes:
    """Makes the changes that customers ask for within a period."""

    def __init__(
        self, company: Company, prices: PriceList, agenda: Agenda, register: Register
    ) -> None:
        """Change subscriptions of ``register`` to other offers of ``prices``."""
        self._company = company
        self._prices = prices
        self._agenda = agenda
        self._register = register
        self._dice = company.dice("changes")

    def draw(self, subscription: Subscription) -> Turn | None:
        """Return what happens in the period that has just begun, if anything."""
        career = subscription.career
        if career.scripted:
            return career.turns.get(subscription.cycle)
        if subscription.pause:
            return None
        return draw_turn(self._dice, subscription.offer.interval)

    def make(self, subscription: Subscription, turn: Turn, at: int) -> list[Line]:
        """Do ``turn`` at ``at`` and return the lines that are to be invoiced at once."""
        if turn in _PAUSES:
            self._pause(subscription, _PAUSES[turn], at)
            return []
        if turn is Turn.CANCEL_AT_PERIOD_END:
            subscription.cancel_at_period_end = True
            subscription.canceled_at = at
            subscription.cancellation_reason = "cancellation_requested"
            before = {"cancel_at_period_end": False, "canceled_at": None}
            self._register.tell(subscription, "customer.subscription.updated", at, before)
            return []
        if subscription.status == "trialing" or subscription.offer.metered:
            return []
        offer, quantity = self._wish(subscription, turn)
        return self._exchange(subscription, offer, quantity, at)

    def _pause(self, subscription: Subscription, behavior: str, at: int) -> None:
        subscription.pause = behavior
        if self._dice.random() < 0.7 and not subscription.career.scripted:
            resumes_at = at + self._dice.randrange(*_PAUSE_DAYS) * DAY_SECONDS
            subscription.resumes_at = resumes_at
            self._agenda.plan(resumes_at, partial(self._resume, subscription))
        elif at < self._company.days_ago(100):
            resumes_at = at + 75 * DAY_SECONDS
            self._agenda.plan(resumes_at, partial(self._resume, subscription))
        before = {"pause_collection": None}
        self._register.tell(subscription, "customer.subscription.updated", at, before)

    def _resume(self, subscription: Subscription, at: int) -> None:
        if subscription.has_ended:
            return
        before = {"pause_collection": {"behavior": subscription.pause}}
        subscription.pause = subscription.resumes_at = None
        self._register.tell(subscription, "customer.subscription.updated", at, before)

    def _wish(self, subscription: Subscription, turn: Turn) -> tuple[Offer, int]:
        """Return what the customer wants from now on; the same again where nothing suits."""
        offer, quantity = subscription.offer, subscription.quantity
        if turn is Turn.SWITCH_PLAN and offer.key in _SWITCHES:
            key, units = _SWITCHES[offer.key]
            return self._prices.offer(key, offer.currency), units
        if not offer.counts_seats:
            return offer, quantity
        if turn is Turn.MORE_SEATS:
            return offer, quantity + 1 + quantity // 4
        if turn is Turn.FEWER_SEATS:
            return offer, -(-quantity * 3 // 5)
        return offer, quantity

    def _exchange(
        self, subscription: Subscription, offer: Offer, quantity: int, at: int
    ) -> list[Line]:
        if (offer, quantity) == (subscription.offer, subscription.quantity):
            return []
        old_cost, new_cost = subscription.offer.cost(subscription.quantity), offer.cost(quantity)
        if 2 * new_cost < old_cost:
            # The credit would exceed the next invoice; such customers cancel instead.
            return []
        lines = proration_lines(subscription, offer, quantity, at, self._company.ids)
        before = {"items": {"data": [{"quantity": subscription.quantity}]}}
        subscription.offer, subscription.quantity = offer, quantity
        if sum(line.amount for line in lines) > 0:
            return lines
        subscription.pending.extend(lines)
        self._register.tell(subscription, "customer.subscription.updated", at, before)
        return []
