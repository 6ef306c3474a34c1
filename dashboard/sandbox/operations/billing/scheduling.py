"""Subscription schedules: their phases, and the steps from one to the next."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.bills import tax_rates
from dashboard.sandbox.operations.billing.changing import change_subscription
from dashboard.sandbox.operations.billing.checks import moment
from dashboard.sandbox.operations.billing.discounts import DISCOUNTS
from dashboard.sandbox.operations.billing.invoicing import DAY_SECONDS
from dashboard.sandbox.operations.billing.items import items_of, period_of, subscription_of_id
from dashboard.sandbox.operations.billing.price_parameters import PRICE_DATA, RECURRING_PRICE_DATA
from dashboard.sandbox.operations.billing.pricing import price_named
from dashboard.sandbox.operations.billing.subscribing import subscribe
from dashboard.sandbox.operations.billing.terms import PHASE_INVOICES
from dashboard.sandbox.reckoning.periods import moved
from dashboard.sandbox.shapes import Json, part

PHASES = (
    f"phases:list(add_invoice_items:list(discountable:flag {DISCOUNTS} metadata period:map price"
    f" {PRICE_DATA} quantity:integer tax_rates:words) application_fee_percent:decimal"
    " automatic_tax:map"
    " billing_cycle_anchor=automatic|phase_start billing_thresholds:map"
    " collection_method=charge_automatically|send_invoice currency default_payment_method"
    f" default_tax_rates:words description {DISCOUNTS}"
    " duration(interval!=day|month|week|year interval_count:integer) {end_date}"
    f" {PHASE_INVOICES} items!:list(billing_thresholds:map {DISCOUNTS} metadata plan price"
    f" {RECURRING_PRICE_DATA} quantity:integer tax_rates:words)"
    " iterations~:integer metadata on_behalf_of"
    " proration_behavior=none|always_invoice|create_prorations {start_date}"
    " transfer_data:map trial:flag {trial_end})"
)
"""What the phases of a schedule may say; dates are written otherwise where they are changed."""

EXPIRING_SECONDS = 7 * DAY_SECONDS
"""How long before the end of a schedule it is told of."""
_NO_DISCOUNT = {"coupon": None, "discount": None, "promotion_code": None}
_SETTABLE = ("collection_method", "default_payment_method", "description")
_PLAIN = (
    "application_fee_percent",
    "billing_cycle_anchor",
    "collection_method",
    "default_payment_method",
    "description",
    "on_behalf_of",
)


def phases_from(engine: Engine, given: list[Json], start: int) -> list[Json]:
    """Return the phases that `given` describes, one after the other from `start`."""
    phases = []
    for place, one in enumerate(given):
        phase = _phase(engine, one, f"phases[{place}]", start)
        start = phase["end_date"]
        phases.append(phase)
    return phases


def phase_of(subscription: Json) -> Json:
    """Return the phase that a subscription is in, up to the end of its period."""
    start, end = period_of(subscription)
    items = [
        part(
            "schedule_item",
            plan=item["price"]["id"],
            price=item["price"]["id"],
            quantity=item.get("quantity"),
        )
        for item in items_of(subscription)
    ]
    return part(
        "schedule_phase",
        currency=subscription["currency"],
        end_date=end,
        items=items,
        start_date=start,
    )


def next_step(schedule: Json) -> int | None:
    """Return when the schedule goes on: to its first phase, to the next one, or to its end."""
    if schedule["status"] == "not_started":
        return int(schedule["phases"][0]["start_date"])
    if schedule["status"] == "active":
        return int(schedule["current_phase"]["end_date"])
    return None


def step(engine: Engine, schedule: Json) -> Json:
    """Go on to the next phase, or end the schedule as it says."""
    if schedule["status"] == "not_started":
        return begin(engine, schedule)
    current = schedule["current_phase"]["end_date"]
    following = next(
        (phase for phase in schedule["phases"] if phase["start_date"] >= current), None
    )
    if following is None:
        return _end(engine, schedule)
    subscription = subscription_of_id(engine, schedule["subscription"])
    change_subscription(engine, subscription, _as_change(subscription, following))
    return engine.change(
        schedule, "subscription_schedule.updated", {"current_phase": span(following)}
    )


def begin(engine: Engine, schedule: Json) -> Json:
    """Begin the first phase: the subscription is made now."""
    phase = schedule["phases"][0]
    customer = engine.find("customer", schedule["customer"])
    settings = schedule["default_settings"]
    invoices = phase["invoice_settings"] or settings["invoice_settings"]
    terms = {name: phase[name] or settings[name] for name in _SETTABLE}
    subscription = subscribe(
        engine,
        customer,
        {
            **terms,
            "days_until_due": invoices["days_until_due"],
            "add_invoice_items": _as_additions(phase),
            "discounts": phase["discounts"],
            "items": [_as_item(item) for item in phase["items"]],
            "metadata": phase["metadata"],
            "schedule": schedule["id"],
            "trial_end": phase["trial_end"],
            "waits": True,
        },
    )
    return engine.change(
        schedule,
        "subscription_schedule.updated",
        {
            "current_phase": span(phase),
            "status": "active",
            "subscription": subscription["id"],
        },
    )


def release(engine: Engine, schedule: Json) -> Json:
    """Let the subscription go on without its schedule."""
    subscription = schedule["subscription"]
    if subscription:
        engine.change(
            engine.find("subscription", subscription),
            "customer.subscription.updated",
            {"schedule": None},
        )
    schedule |= {
        "current_phase": None,
        "released_at": engine.now,
        "released_subscription": subscription,
        "status": "released",
        "subscription": None,
    }
    engine.put(schedule)
    engine.emit("subscription_schedule.released", schedule)
    return schedule


def _end(engine: Engine, schedule: Json) -> Json:
    if schedule["end_behavior"] == "release":
        return release(engine, schedule)
    subscription = engine.find("subscription", schedule["subscription"]) | {"schedule": None}
    standing.end(engine, subscription, None)
    schedule |= {"completed_at": engine.now, "current_phase": None, "status": "completed"}
    engine.put(schedule)
    engine.emit("subscription_schedule.completed", schedule)
    return schedule


def _phase(engine: Engine, given: Json, outer: str, start: int) -> Json:
    items = [
        _item(engine, one, f"{outer}[items][{place}]") for place, one in enumerate(given["items"])
    ]
    price = engine.find("price", items[0]["price"])
    return part(
        "schedule_phase",
        currency=given.get("currency") or price["currency"],
        add_invoice_items=[
            _addition(engine, one, f"{outer}[add_invoice_items][{place}]")
            for place, one in enumerate(given.get("add_invoice_items") or ())
        ],
        default_tax_rates=tax_rates(engine, given.get("default_tax_rates"), outer),
        discounts=[_NO_DISCOUNT | one for one in given.get("discounts") or ()],
        end_date=_end_date(given, outer, start, price["recurring"]),
        invoice_settings=_invoice_settings(given.get("invoice_settings")),
        items=items,
        metadata=given.get("metadata") or {},
        proration_behavior=given.get("proration_behavior") or "create_prorations",
        start_date=start,
        trial_end=_moment(given, "trial_end", outer, start),
        **{name: given.get(name) for name in _PLAIN},
    )


def _end_date(given: Json, outer: str, start: int, recurring: Json) -> int:
    duration, at = given.get("duration"), _moment(given, "end_date", outer, start)
    if at is not None:
        if at <= start:
            raise invalid_request("A phase must end after it begins.", param=f"{outer}[end_date]")
        return at
    if duration:
        return moved(start, duration["interval"], duration.get("interval_count") or 1)
    times = given.get("iterations") or 1
    return moved(start, recurring["interval"], times * recurring["interval_count"])


def _item(engine: Engine, given: Json, outer: str) -> Json:
    if not any(given.get(name) for name in ("price", "plan", "price_data")):
        raise missing_parameter(f"{outer}[price]")
    price = price_named(engine, given, outer, recurring=True)
    return part(
        "schedule_item",
        metadata=given.get("metadata") or {},
        plan=price["id"],
        price=price["id"],
        quantity=1 if given.get("quantity") is None else given["quantity"],
        tax_rates=tax_rates(engine, given.get("tax_rates"), f"{outer}[tax_rates]"),
    )


def _addition(engine: Engine, given: Json, outer: str) -> Json:
    """Return something that a phase adds to its first bill."""
    price = price_named(engine, given, outer, recurring=False)
    rates = tax_rates(engine, given.get("tax_rates"), f"{outer}[tax_rates]")
    return {
        "discountable": given.get("discountable", True),
        "discounts": [_NO_DISCOUNT | one for one in given.get("discounts") or ()],
        "metadata": given.get("metadata") or {},
        "period": {"end": {"type": "phase_end"}, "start": {"type": "phase_start"}},
        "price": price["id"],
        "quantity": 1 if given.get("quantity") is None else given["quantity"],
        "tax_rates": rates,
    }


def _as_additions(phase: Json) -> list[Json]:
    return [
        {**_as_item(one), "discountable": one["discountable"], "discounts": one["discounts"]}
        for one in phase["add_invoice_items"]
    ]


def _invoice_settings(given: Json | None) -> Json | None:
    if not given:
        return None
    plain = dict.fromkeys(
        ("account_tax_ids", "custom_fields", "days_until_due", "description", "footer", "issuer")
    )
    return plain | given


def _moment(given: Json, name: str, outer: str, now: int) -> int | None:
    """Return the moment that a phase names, None when it names none."""
    if given.get(name) is None:
        return None
    return moment(f"{outer}[{name}]", given[name], now)


def span(phase: Json) -> Json:
    """Return the stretch of time that a phase is."""
    return {"end_date": phase["end_date"], "start_date": phase["start_date"]}


def _as_item(item: Json) -> Json:
    rates = [rate["id"] for rate in item["tax_rates"]]
    return {
        "metadata": item["metadata"],
        "agreed_price": item["price"],
        "quantity": item["quantity"],
        "tax_rates": rates,
    }


def _as_change(subscription: Json, phase: Json) -> Json:
    """Return what changes a subscription into what a phase says; its items give way to new ones."""
    wanted = {item["price"]: item for item in phase["items"]}
    items = []
    for item in items_of(subscription):
        kept = wanted.pop(item["price"]["id"], None)
        items.append(
            {"id": item["id"], "quantity": kept["quantity"]}
            if kept
            else {"id": item["id"], "deleted": True}
        )
    items += [_as_item(item) for item in wanted.values()]
    ends_now = period_of(subscription)[1] <= phase["start_date"]
    return {
        "add_invoice_items": _as_additions(phase),
        **({"discounts": phase["discounts"]} if phase["discounts"] else {}),
        "items": items,
        "proration_behavior": "none" if ends_now else phase["proration_behavior"],
    }
