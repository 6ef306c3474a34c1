"""Subscriptions: how they begin, renew, change, pause and end, one deed after the other."""

from dataclasses import replace
from functools import partial

from dashboard.sandbox.world.agenda import Agenda
from dashboard.sandbox.world.careers import (
    CAREERS,
    Career,
    Payment,
    Turn,
    draw_career,
    draw_payment,
)
from dashboard.sandbox.world.changes import Changes
from dashboard.sandbox.world.checkout import Checkout
from dashboard.sandbox.world.collection import Collection, Verdict
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.coupons import Coupons
from dashboard.sandbox.world.drafting import Drafting
from dashboard.sandbox.world.instruments import Instrument
from dashboard.sandbox.world.invoices import Invoice
from dashboard.sandbox.world.lines import Line
from dashboard.sandbox.world.members import Member, Members
from dashboard.sandbox.world.offers import Offer, PriceList
from dashboard.sandbox.world.register import Register
from dashboard.sandbox.world.schedules import Schedules
from dashboard.sandbox.world.seasons import DAY_SECONDS, HOUR_SECONDS, Day, moments
from dashboard.sandbox.world.setups import Setups
from dashboard.sandbox.world.subscriptions import DAYS_UNTIL_DUE, Subscription
from dashboard.sandbox.world.taxes import tax_rates

_NEW_PER_PAYMENT = 0.026
_FAILING_FIRST = 0.03
_CHECKOUT_EVERY = 6
_RETURNING = 0.12
#: Where within a period customers act: scripted ones early, so that the script comes true by now.
_SCRIPTED_TURN, _TURN_WITHIN = 0.3, (0.15, 0.8)
_UNPAID_SECONDS = 70 * DAY_SECONDS
_TRIAL_WARNING_SECONDS = 3 * DAY_SECONDS


class Billing:
    """Runs the subscriptions of one company."""

    def __init__(self, company: Company, members: Members, collection: Collection) -> None:
        """Plan the scripted careers; ordinary subscriptions begin day by day."""
        self._company = company
        self._members = members
        self._collection = collection
        self._dice = company.dice("billing")
        self._agenda = Agenda(company.now)
        self._prices = PriceList(company)
        self._coupons = Coupons(company)
        self._drafting = Drafting(company)
        self._taxes = tax_rates(company)
        self._register = Register(company)
        self._changes = Changes(company, self._prices, self._agenda, self._register)
        self._schedules = Schedules(company, self._register, self._agenda)
        self._setups = Setups(company)
        self._checkout = Checkout(company)
        self._owed = 0.0
        self._begun = 0
        for days, career in CAREERS:
            self._agenda.plan(company.days_ago(days), partial(self._begin, career, None))

    def work(self, day: Day, new_payments: int) -> None:
        """Do all that is due on ``day``; subscriptions begin in step with ``new_payments``."""
        self._owed += new_payments * _NEW_PER_PAYMENT
        begins, self._owed = int(self._owed), self._owed % 1
        for at in moments(day, begins, self._dice):
            self._agenda.plan(at, partial(self._begin, draw_career(self._dice), None))
        self._agenda.run_until(day.ends_at)

    def close(self) -> None:
        """Write all that is still running as it stands now."""
        self._schedules.close()
        self._register.close()
        self._members.close()
        self._coupons.close(self._prices.products)

    def _begin(self, career: Career, member: Member | None, at: int) -> None:
        who = member or self._members.join(career, at)
        offer = self._prices.offer(career.offer, who.buyer.person.currency)
        subscription = self._new(career, who, offer, at)
        if career.coupon and self._suits(career, offer):
            subscription.discount = self._coupons.redeem(
                career.coupon, subscription.id, who.buyer.id, at
            )
        self._register.add(subscription)
        if subscription.trial_end:
            self._setups.prepare(subscription, at)
            warn = partial(self._register.warn_of_trial_end, subscription)
            self._agenda.plan(subscription.period_end - _TRIAL_WARNING_SECONDS, warn)
        self._bill_beginning(subscription, at)
        self._register.tell(subscription, "customer.subscription.created", at)
        self._plan_period(subscription)

    def _new(self, career: Career, who: Member, offer: Offer, at: int) -> Subscription:
        ids = self._company.ids
        self._begun += 1
        trial_end = at + career.trial_days * DAY_SECONDS if career.trial_days else None
        anchor = trial_end or at
        return Subscription(
            id=ids.new("sub", at),
            item=ids.new("si", at),
            number=self._begun,
            buyer=who.buyer,
            instrument=who.instrument,
            career=career,
            offer=offer,
            quantity=career.quantity,
            started_at=at,
            anchor=anchor,
            period_start=at,
            period_end=trial_end or offer.period_end(anchor, 0),
            status="trialing" if trial_end else "active",
            trial_end=trial_end,
            tax=self._taxes.get(who.buyer.person.country.code),
            addon=self._addon(career, offer, at),
        )

    def _addon(self, career: Career, offer: Offer, at: int) -> tuple[str, Offer, int] | None:
        """Return the second item of a subscription begun at ``at``, with its quantity."""
        if career.addon is None:
            return None
        item = self._company.ids.new("si", at)
        return item, self._prices.offer(career.addon, offer.currency), 12

    def _suits(self, career: Career, offer: Offer) -> bool:
        """Whether an ordinary career's coupon fits its offer; scripted ones were chosen to fit."""
        return career.scripted or career.coupon != "TEAM15" or offer.product_name == "Team"

    def _bill_beginning(self, subscription: Subscription, at: int) -> None:
        lines = self._drafting.regular_lines(subscription, at, None)
        if subscription.trial_end:
            trial = f"Trial period for {subscription.offer.product_name}"
            lines = [replace(line, amount=0, description=trial) for line in lines]
        invoice = self._drafting.invoice(subscription, lines, "subscription_create", at, at)
        payment = subscription.career.payments.get(0) or self._first_payment(subscription)
        if payment is Payment.NEVER_STARTED and invoice.total:
            subscription.status = "incomplete"
            self._setups.give_up(subscription.buyer, at)
        self._collect(subscription, invoice, payment, at)
        if subscription.number % _CHECKOUT_EVERY == 0 and invoice.paid_at == at:
            self._checkout.subscribe(invoice)

    def _renew(self, subscription: Subscription, at: int) -> None:
        if subscription.has_ended or at != subscription.period_end:
            return
        if subscription.cancel_at_period_end:
            self._end(subscription, at, "cancellation_requested")
            return
        if subscription.status == "trialing":
            if subscription.career.no_card:
                self._pause_for_want_of_card(subscription, at)
                return
            self._register.change(subscription, "active", at)
        previous_start = subscription.period_start
        subscription.cycle += 1
        subscription.period_start = at
        subscription.period_end = subscription.offer.period_end(
            subscription.anchor, subscription.cycle - bool(subscription.trial_end)
        )
        regular = self._drafting.regular_lines(subscription, at, previous_start)
        lines = [*subscription.pending, *regular]
        subscription.pending.clear()
        self._bill(subscription, lines, "subscription_cycle", at, previous_start)
        self._plan_period(subscription)

    def _bill(
        self, subscription: Subscription, lines: list[Line], reason: str, at: int, start: int
    ) -> None:
        """Invoice ``lines`` and collect: changes at once, renewals an hour later."""
        before = {"latest_invoice": subscription.latest_invoice}
        invoice = self._drafting.invoice(subscription, lines, reason, at, start)
        if reason == "subscription_cycle":
            self._collect(subscription, invoice, self._payment(subscription), at + HOUR_SECONDS)
        else:
            self._collect(subscription, invoice, Payment.AT_ONCE, at)
        self._register.tell(subscription, "customer.subscription.updated", at, before)

    def _collect(
        self, subscription: Subscription, invoice: Invoice, payment: Payment, at: int
    ) -> None:
        career, instrument = subscription.career, subscription.instrument
        if subscription.status == "unpaid" or subscription.pause == "keep_as_draft":
            self._collection.keep_draft(invoice)
        elif subscription.pause:
            self._collection.drop(invoice, subscription.pause)
        elif instrument is None:
            self._collection.settle_nothing(invoice, at)
        elif career.sends_invoice:
            invoice.due_at = at + DAYS_UNTIL_DUE * DAY_SECONDS
            verdict = self._collection.send(invoice, instrument, payment, at)
            self._plan_consequences(subscription, verdict, payment)
        else:
            self._charge(subscription, invoice, instrument, payment, at)

    def _charge(
        self,
        subscription: Subscription,
        invoice: Invoice,
        instrument: Instrument,
        payment: Payment,
        at: int,
    ) -> None:
        interval = subscription.offer.interval
        verdict = self._collection.charge(invoice, instrument, payment, at, interval)
        self._plan_consequences(subscription, verdict, payment)

    def _plan_consequences(
        self, subscription: Subscription, verdict: Verdict, payment: Payment
    ) -> None:
        plan, register = self._agenda.plan, self._register
        if verdict.late_at and subscription.status != "incomplete":
            plan(verdict.late_at, partial(register.fall_behind, subscription))
        if verdict.settled_at:
            plan(verdict.settled_at, partial(register.catch_up, subscription))
        if verdict.lost_at:
            plan(verdict.lost_at, partial(self._lose, subscription, payment))

    def _lose(self, subscription: Subscription, payment: Payment, at: int) -> None:
        if subscription.has_ended:
            return
        match payment:
            case Payment.LOST_CANCELED:
                self._end(subscription, at, "payment_failed")
            case Payment.LOST_UNPAID:
                self._register.change(subscription, "unpaid", at)
                if not subscription.career.scripted:
                    self._agenda.plan(at + _UNPAID_SECONDS, partial(self._give_up, subscription))
            case Payment.NEVER_STARTED:
                subscription.ended_at = at
                self._register.change(subscription, "incomplete_expired", at)
                self._register.remove(subscription)

    def _give_up(self, subscription: Subscription, at: int) -> None:
        """Cancel a subscription that nobody has paid for a long time."""
        if not subscription.has_ended:
            self._end(subscription, at, "payment_failed")

    def _end(self, subscription: Subscription, at: int, reason: str) -> None:
        self._register.end(subscription, at, reason)
        if subscription.career.scripted or self._dice.random() > _RETURNING:
            return
        back_at = at + int(self._dice.uniform(10, 150) * DAY_SECONDS)
        who = Member(subscription.buyer, subscription.instrument)
        self._agenda.plan(back_at, partial(self._begin, draw_career(self._dice), who))

    def _pause_for_want_of_card(self, subscription: Subscription, at: int) -> None:
        subscription.paused_at = at
        self._register.change(subscription, "paused", at)
        self._register.tell(subscription, "customer.subscription.paused", at)

    def _plan_period(self, subscription: Subscription) -> None:
        """Plan the renewal, and what the customer does before it."""
        end = subscription.period_end
        self._agenda.plan(end, partial(self._renew, subscription))
        turn = self._changes.draw(subscription)
        if turn is None or subscription.status == "incomplete":
            return
        scripted = subscription.career.scripted
        share = _SCRIPTED_TURN if scripted else self._dice.uniform(*_TURN_WITHIN)
        at = subscription.period_start + int((end - subscription.period_start) * share)
        self._agenda.plan(at, partial(self._turn, subscription, turn))

    def _turn(self, subscription: Subscription, turn: Turn, at: int) -> None:
        if subscription.has_ended or subscription.status not in {"active", "trialing"}:
            return
        if turn in {Turn.CANCEL_NOW, Turn.LEAVE}:
            self._end(subscription, at, "cancellation_requested")
            if turn is Turn.LEAVE:
                self._members.leave(subscription.buyer, at)
            return
        lines = self._changes.make(subscription, turn, at)
        if not lines:
            return
        self._bill(subscription, lines, "subscription_update", at, at)

    def _first_payment(self, subscription: Subscription) -> Payment:
        career = subscription.career
        if career.sends_invoice:
            return self._payment(subscription)
        is_card = subscription.instrument and not subscription.instrument.settles_later
        fails = is_card and not career.scripted and self._dice.random() < _FAILING_FIRST
        return Payment.NEVER_STARTED if fails else Payment.AT_ONCE

    def _payment(self, subscription: Subscription) -> Payment:
        career = subscription.career
        if career.scripted:
            smooth = Payment.BEFORE_DUE if career.sends_invoice else Payment.AT_ONCE
            return career.payments.get(subscription.cycle, smooth)
        return draw_payment(self._dice, sends_invoice=career.sends_invoice)
