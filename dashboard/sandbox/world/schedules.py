"""Subscription schedules: what is agreed with subscribers for their next periods."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.agenda import Agenda
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.offers import Offer
from dashboard.sandbox.world.people import Buyer
from dashboard.sandbox.world.register import Register
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.subscriptions import Subscription

#: Days before now at which something is agreed, and what becomes of it.
_GROWS_DAYS_AGO, _RELEASED_DAYS_AGO, _BEGINS_DAYS_AGO, _CALLED_OFF_DAYS_AGO = 20, 24, 4, 60
_RELEASED_AFTER, _CALLED_OFF_AFTER, _BEGINS_AFTER = (days * DAY_SECONDS for days in (2, 3, 14))
_EVERY = 5
_RELEASED = 2


@dataclass(frozen=True, slots=True)
class _Phase:
    """One stretch of a schedule: so many units of an offer."""

    offer: Offer
    quantity: int
    starts_at: int
    ends_at: int


class Schedules:
    """Agrees on the schedules of one company and writes them as they stand by now."""

    def __init__(self, company: Company, register: Register, agenda: Agenda) -> None:
        """Plan the agreements with the subscribers in ``register``."""
        self._company = company
        self._register = register
        self._growing: list[tuple[Subscription, int]] = []
        for days, agree in (
            (_CALLED_OFF_DAYS_AGO, partial(self._begin_later, called_off=True)),
            (_RELEASED_DAYS_AGO, self._release),
            (_GROWS_DAYS_AGO, self._grow),
            (_BEGINS_DAYS_AGO, self._begin_later),
        ):
            agenda.plan(company.days_ago(days), agree)

    def close(self) -> None:
        """Write the schedules whose end was open."""
        for subscription, at in self._growing:
            written = self._growth(subscription, at)
            if written["canceled_at"]:
                self._tell("canceled", written["canceled_at"], written)
            self._company.emit(written)

    def _grow(self, at: int) -> None:
        """Agree at ``at`` with some who pay by the year on more seats from the next year on."""
        for subscription in self._active("year"):
            renews = subscription.period_end > self._company.now
            chosen = subscription.career.scripted or subscription.number % _EVERY == 0
            if chosen and renews and subscription.offer.counts_seats:
                subscription.schedule = self._company.ids.new("sub_sched", at)
                self._growing.append((subscription, at))
                self._tell("created", at, self._growth(subscription, at))
                before = {"schedule": None}
                self._register.tell(subscription, "customer.subscription.updated", at, before)

    def _release(self, at: int) -> None:
        """Agree at ``at`` on two periods with some who pay by the month, and let go of it soon."""
        for subscription in islice(self._active("month"), _RELEASED):
            written = self._object(
                self._company.ids.new("sub_sched", at),
                at,
                subscription.buyer,
                _two_periods(subscription, subscription.quantity),
                "released",
                released_at=at + _RELEASED_AFTER,
                released_subscription=subscription.id,
            )
            self._tell("created", at, written | _BEGUN | {"status": "active"})
            self._tell("released", at + _RELEASED_AFTER, written)
            self._company.emit(written)

    def _begin_later(self, at: int, *, called_off: bool = False) -> None:
        """Agree at ``at`` with one subscriber on a second subscription that begins later."""
        for subscription in islice(self._active("month"), 1):
            offer, begins_at = subscription.offer, at + _BEGINS_AFTER
            phase = _Phase(offer, 1, begins_at, offer.period_end(begins_at, 11))
            written = self._object(
                self._company.ids.new("sub_sched", at),
                at,
                subscription.buyer,
                [phase],
                "canceled" if called_off else "not_started",
                canceled_at=at + _CALLED_OFF_AFTER if called_off else None,
            )
            self._tell("created", at, written | _BEGUN | {"status": "not_started"})
            if called_off:
                self._tell("canceled", at + _CALLED_OFF_AFTER, written)
            self._company.emit(written)

    def _active(self, interval: str) -> Iterable[Subscription]:
        """Yield the subscriptions of ``interval`` that simply go on."""
        return (
            one
            for one in self._register.running()
            if one.status == "active"
            and one.offer.interval == interval
            and not (one.cancel_at_period_end or one.pause or one.offer.metered or one.addon)
        )

    def _growth(self, subscription: Subscription, at: int) -> Json:
        """Return the schedule, agreed at ``at``, of a subscription that is to grow."""
        now, then = _two_periods(subscription, subscription.quantity + 5)
        ended = {"canceled_at": subscription.ended_at, "subscription": None}
        running = {
            "current_phase": {"end_date": now.ends_at, "start_date": now.starts_at},
            "subscription": subscription.id,
        }
        return self._object(
            subscription.schedule or "",
            at,
            subscription.buyer,
            [now, then],
            "canceled" if subscription.has_ended else "active",
            **(ended if subscription.has_ended else running),
        )

    def _object(
        self,
        identity: str,
        at: int,
        buyer: Buyer,
        phases: list[_Phase],
        status: str,
        **fields: object,
    ) -> Json:
        return build(
            "subscription_schedule",
            id=identity,
            created=at,
            customer=buyer.id,
            phases=[_phase_object(phase) for phase in phases],
            status=status,
            **fields,
        )

    def _tell(self, what: str, at: int, written: Json) -> None:
        self._company.events.record(f"subscription_schedule.{what}", at, written)


_BEGUN = {"canceled_at": None, "released_at": None, "released_subscription": None}


def _two_periods(subscription: Subscription, quantity: int) -> list[_Phase]:
    """Return the period that runs, and the next one with ``quantity`` units."""
    one = subscription
    ends_at = one.offer.period_end(one.anchor, one.cycle + 1 - bool(one.trial_end))
    return [
        _Phase(one.offer, one.quantity, one.period_start, one.period_end),
        _Phase(one.offer, quantity, one.period_end, ends_at),
    ]


def _phase_object(phase: _Phase) -> Json:
    item = part("schedule_item", plan=phase.offer.id, price=phase.offer.id, quantity=phase.quantity)
    return part(
        "schedule_phase",
        currency=phase.offer.currency.value,
        end_date=phase.ends_at,
        items=[item],
        start_date=phase.starts_at,
    )
