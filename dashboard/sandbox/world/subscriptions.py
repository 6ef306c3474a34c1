"""A subscription in the course of its life, and the object that Stripe shows of it."""

from dataclasses import dataclass, field

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.careers import Career
from dashboard.sandbox.world.coupons import Discount
from dashboard.sandbox.world.instruments import Instrument
from dashboard.sandbox.world.lines import Line
from dashboard.sandbox.world.offers import Offer
from dashboard.sandbox.world.people import Buyer
from dashboard.sandbox.world.taxes import TaxRate

DAYS_UNTIL_DUE = 30


@dataclass(slots=True)
class Subscription:
    """What is known of one subscription at the moment of the simulation."""

    id: str
    item: str
    number: int
    buyer: Buyer
    instrument: Instrument | None
    career: Career
    offer: Offer
    quantity: int
    started_at: int
    anchor: int
    period_start: int
    period_end: int
    status: str = "active"
    cycle: int = 0
    discount: Discount | None = None
    tax: TaxRate | None = None
    trial_end: int | None = None
    cancel_at_period_end: bool = False
    canceled_at: int | None = None
    ended_at: int | None = None
    cancellation_reason: str | None = None
    feedback: str | None = None
    pause: str | None = None
    resumes_at: int | None = None
    paused_at: int | None = None
    latest_invoice: str | None = None
    pending_setup: str | None = None
    schedule: str | None = None
    addon: tuple[str, Offer, int] | None = None
    pending: list[Line] = field(default_factory=list)

    @property
    def metadata(self) -> Json:
        """What the shop's own software noted on the subscription."""
        return {"workspace": f"ws-{self.number}"}

    @property
    def has_ended(self) -> bool:
        """Whether nothing will happen to the subscription any more."""
        return self.ended_at is not None

    def discount_at(self, at: int) -> Discount | None:
        """Return the discount that an invoice of ``at`` gets; one that is over is forgotten."""
        if self.discount and self.discount.is_over(at):
            self.discount = None
        return self.discount


def subscription_object(subscription: Subscription) -> Json:
    """Return the subscription object as it stands."""
    one = subscription
    tax = [one.tax.object] if one.tax else []
    written = build(
        "subscription",
        id=one.id,
        created=one.started_at,
        start_date=one.started_at,
        billing_cycle_anchor=one.anchor,
        currency=one.offer.currency.value,
        customer=one.buyer.id,
        status=one.status,
        cancel_at=one.period_end if one.cancel_at_period_end and not one.has_ended else None,
        cancel_at_period_end=one.cancel_at_period_end and not one.has_ended,
        canceled_at=one.canceled_at,
        ended_at=one.ended_at,
        cancellation_details=part(
            "cancellation_details", feedback=one.feedback, reason=one.cancellation_reason
        ),
        collection_method="send_invoice" if one.career.sends_invoice else "charge_automatically",
        days_until_due=DAYS_UNTIL_DUE if one.career.sends_invoice else None,
        default_payment_method=_default_payment_method(one),
        default_tax_rates=tax,
        description="Grandfathered & kept" if one.offer.key == "studio_legacy" else None,
        discounts=[one.discount.id] if one.discount else [],
        latest_invoice=one.latest_invoice,
        metadata=one.metadata,
        pending_setup_intent=one.pending_setup,
        schedule=None if one.has_ended else one.schedule,
        pause_collection=_pause(one),
        trial_start=one.started_at if one.trial_end else None,
        trial_end=one.trial_end,
        **_paused_details(one),
    )
    if one.career.no_card:
        written["trial_settings"]["end_behavior"]["missing_payment_method"] = "pause"
    items = written["items"]["data"]
    items.append(_item(one, one.item, one.offer, one.quantity))
    if one.addon:
        items.append(_item(one, *one.addon))
    return written


def _default_payment_method(one: Subscription) -> str | None:
    return one.instrument.id if one.instrument and one.number % 2 else None


def _pause(one: Subscription) -> Json | None:
    if one.pause is None:
        return None
    return part("pause_collection", behavior=one.pause, resumes_at=one.resumes_at)


def _paused_details(one: Subscription) -> Json:
    if one.paused_at is None:
        return {}
    paused = {
        "subscription": {"type": "trial_end_without_payment_method"},
        "transitioned_at": one.paused_at,
        "type": "subscription",
    }
    return {"status_details": {"paused": paused}}


def _item(one: Subscription, item: str, offer: Offer, quantity: int) -> Json:
    counted = {} if offer.metered else {"quantity": quantity}
    return build(
        "subscription_item",
        id=item,
        created=one.started_at,
        current_period_start=one.period_start,
        current_period_end=one.period_end,
        plan=offer.plan,
        price=offer.price,
        subscription=one.id,
        **counted,
    )
