"""Time passes on a test clock: renewals, trials, retries, and subscriptions that are lost."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.sandbox.server import RunningServer
from tests.sandbox.asking import Asker
from tests.sandbox.billing.customers import DAY, NOON, Billing, foots, gap

Fits = Callable[[Any], None]
HOUR = 3_600


def test_a_clock_moves_forward_only(ask: Asker, billing: Billing, fits: Fits) -> None:
    clock = billing.clock()
    url = f"/v1/test_helpers/test_clocks/{clock}"
    answer = ask.post(f"{url}/advance", {"frozen_time": NOON + DAY})
    assert answer["status"] == "advancing"
    assert answer["status_details"]["advancing"]["target_frozen_time"] == NOON + DAY
    ready = ask.get(url)
    assert (ready["status"], ready["frozen_time"]) == ("ready", NOON + DAY)
    back = ask.refused(f"{url}/advance", 400, method="POST", body={"frozen_time": NOON})
    assert back["param"] == "frozen_time"
    far = {"frozen_time": NOON + 3 * 366 * DAY}
    refused = ask.refused(f"{url}/advance", 400, method="POST", body=far)
    assert refused["param"] == "frozen_time"
    assert billing.told(clock) == [
        "test_helpers.test_clock.created",
        "test_helpers.test_clock.advancing",
        "test_helpers.test_clock.ready",
    ]
    fits(answer)
    fits(ready)


def test_what_belongs_to_a_clock_lives_in_its_time(ask: Asker, billing: Billing) -> None:
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    subscription = billing.subscribe(customer, billing.price(2_000))
    invoice = subscription["latest_invoice"]
    assert (subscription["created"], invoice["created"]) == (NOON, NOON)
    assert (subscription["test_clock"], invoice["test_clock"]) == (clock, clock)


def test_a_renewal_is_a_draft_for_an_hour(ask: Asker, billing: Billing, fits: Fits) -> None:
    before = gap(ask)
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    subscription = billing.subscribe(customer, billing.price(2_000))
    end = subscription["items"]["data"][0]["current_period_end"]
    billing.advance(clock, end + HOUR - 1)
    draft = billing.invoices(customer)[0]
    assert (draft["status"], draft["automatically_finalizes_at"]) == ("draft", end + HOUR)
    assert (draft["billing_reason"], draft["period_end"]) == ("subscription_cycle", end)
    line = draft["lines"]["data"][0]
    assert line["period"]["start"] == end
    billing.advance(clock, end + HOUR)
    paid = billing.invoices(customer)[0]
    assert (paid["id"], paid["status"], paid["amount_paid"]) == (draft["id"], "paid", 2_000)
    assert paid["status_transitions"]["paid_at"] == end + HOUR
    renewed = ask.get(f"/v1/subscriptions/{subscription['id']}")
    assert renewed["items"]["data"][0]["current_period_start"] == end
    assert gap(ask) == before
    foots(paid)
    for thing in (draft, paid, renewed):
        fits(thing)


def test_the_thirty_first_comes_back_after_february(ask: Asker, billing: Billing) -> None:
    clock = billing.clock(1_896_091_200)  # 2030-01-31 12:00 UTC
    customer = billing.customer(clock=clock)
    subscription = billing.subscribe(customer, billing.price(2_000))
    ends = []
    for _ in range(3):
        ends.append(
            ask.get(f"/v1/subscriptions/{subscription['id']}")["items"]["data"][0][
                "current_period_end"
            ]
        )
        billing.advance(clock, ends[-1] + 2 * HOUR)
    assert [end - 1_896_091_200 for end in ends] == [28 * DAY, 59 * DAY, 89 * DAY]
    assert [one["status"] for one in billing.invoices(customer)] == ["paid"] * 4


def test_a_year_of_months(ask: Asker, billing: Billing) -> None:
    before = gap(ask)
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    billing.subscribe(customer, billing.price(2_000))
    for days in range(55, 400, 55):
        billing.advance(clock, NOON + min(days, 366) * DAY)
    invoices = billing.invoices(customer)
    assert len(invoices) == 13
    assert len({one["number"] for one in invoices}) == 13
    assert {one["status"] for one in invoices} == {"paid"}
    assert gap(ask) == before


def test_a_trial_turns_into_a_paid_period(ask: Asker, billing: Billing) -> None:
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    subscription = billing.subscribe(customer, billing.price(2_000), trial_period_days=14)
    assert "customer.subscription.trial_will_end" not in billing.told(subscription["id"])
    billing.advance(clock, NOON + 12 * DAY)
    assert "customer.subscription.trial_will_end" in billing.told(subscription["id"])
    billing.advance(clock, NOON + 15 * DAY)
    active = ask.get(f"/v1/subscriptions/{subscription['id']}")
    assert (active["status"], active["trial_end"]) == ("active", NOON + 14 * DAY)
    assert billing.invoices(customer)[0]["status"] == "paid"
    assert billing.told(subscription["id"]).count("customer.subscription.trial_will_end") == 1


@pytest.mark.parametrize(("missing", "status"), [("cancel", "canceled"), ("pause", "paused")])
def test_a_trial_without_a_card_ends_as_it_says(
    ask: Asker, billing: Billing, missing: str, status: str
) -> None:
    clock = billing.clock()
    customer = billing.customer(None, clock)
    subscription = billing.subscribe(
        customer,
        billing.price(2_000),
        **{
            "trial_period_days": 3,
            "trial_settings[end_behavior][missing_payment_method]": missing,
        },
    )
    billing.advance(clock, NOON + 4 * DAY)
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["status"] == status
    assert len(billing.invoices(customer)) == 1


def _with_a_card_that_fails_later(ask: Asker, billing: Billing, clock: str) -> tuple[str, Any]:
    customer = billing.customer(clock=clock)
    subscription = billing.subscribe(customer, billing.price(2_000))
    method = ask.post(
        "/v1/payment_methods/pm_card_chargeCustomerFail/attach", {"customer": customer}
    )
    body = {"invoice_settings[default_payment_method]": method["id"]}
    ask.post(f"/v1/customers/{customer}", body)
    return customer, subscription


def test_a_failed_renewal_is_tried_again_and_lost(ask: Asker, billing: Billing, fits: Fits) -> None:
    clock = billing.clock()
    customer, subscription = _with_a_card_that_fails_later(ask, billing, clock)
    end = subscription["items"]["data"][0]["current_period_end"]
    billing.advance(clock, end + 2 * HOUR)
    invoice = billing.invoices(customer)[0]
    assert (invoice["status"], invoice["attempt_count"]) == ("open", 1)
    assert invoice["next_payment_attempt"] == end + HOUR + 3 * DAY
    url = f"/v1/subscriptions/{subscription['id']}"
    assert ask.get(url)["status"] == "past_due"
    assert ask.get(f"/v1/customers/{customer}")["delinquent"] is True
    fits(invoice)
    billing.advance(clock, end + 10 * DAY)
    assert billing.invoices(customer)[0]["attempt_count"] == 3
    billing.advance(clock, end + 16 * DAY)
    lost = ask.get(url)
    assert (lost["status"], lost["cancellation_details"]["reason"]) == (
        "canceled",
        "payment_failed",
    )
    invoice = billing.invoices(customer)[0]
    assert (invoice["attempt_count"], invoice["next_payment_attempt"]) == (4, None)
    assert billing.told(invoice["id"]).count("invoice.payment_failed") == 4


@pytest.mark.parametrize("outcome", ["unpaid", "past_due"])
def test_what_becomes_of_the_lost_can_be_set(ask: Asker, billing: Billing, outcome: str) -> None:
    settings = f"{ask.url}/_control/settings"
    assert ask.session.get(settings, timeout=5).json()["after_last_attempt"] == "cancel"
    wrong = ask.session.post(settings, json={"after_last_attempt": "forget"}, timeout=5)
    assert wrong.status_code == 400
    told = ask.session.post(settings, json={"after_last_attempt": outcome}, timeout=5)
    assert told.json()["after_last_attempt"] == outcome
    clock = billing.clock()
    customer, subscription = _with_a_card_that_fails_later(ask, billing, clock)
    end = subscription["items"]["data"][0]["current_period_end"]
    billing.advance(clock, end + 20 * DAY)
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["status"] == outcome
    billing.advance(clock, end + 40 * DAY)
    newest = billing.invoices(customer)[0]
    assert newest["status"] == ("draft" if outcome == "unpaid" else "open")


def test_paying_after_all_makes_it_active_again(ask: Asker, billing: Billing) -> None:
    clock = billing.clock()
    customer, subscription = _with_a_card_that_fails_later(ask, billing, clock)
    end = subscription["items"]["data"][0]["current_period_end"]
    billing.advance(clock, end + 2 * HOUR)
    invoice = billing.invoices(customer)[0]
    paid = ask.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": "pm_card_visa"})
    assert (paid["status"], paid["next_payment_attempt"]) == ("paid", None)
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["status"] == "active"
    assert ask.get(f"/v1/customers/{customer}")["delinquent"] is False


def test_a_first_bill_that_nobody_pays_expires(ask: Asker, billing: Billing) -> None:
    clock = billing.clock()
    customer = billing.customer("pm_card_chargeCustomerFail", clock)
    subscription = billing.subscribe(customer, billing.price(2_000))
    billing.advance(clock, NOON + 24 * HOUR)
    gone = ask.get(f"/v1/subscriptions/{subscription['id']}")
    assert gone["status"] == "incomplete_expired"
    assert billing.invoices(customer)[0]["status"] == "void"
    intent = ask.get(f"/v1/payment_intents?customer={customer}")["data"][0]
    assert intent["status"] == "canceled"


def test_a_bill_that_was_sent_falls_due(ask: Asker, billing: Billing) -> None:
    clock = billing.clock()
    customer = billing.customer(None, clock)
    subscription = billing.subscribe(
        customer, billing.price(2_000), collection_method="send_invoice", days_until_due=5
    )
    invoice = subscription["latest_invoice"]["id"]
    billing.advance(clock, NOON + 2 * HOUR)
    assert ask.get(f"/v1/invoices/{invoice}")["status"] == "open"
    assert "invoice.sent" in billing.told(invoice)
    billing.advance(clock, NOON + 6 * DAY)
    assert "invoice.overdue" in billing.told(invoice)
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["status"] == "past_due"


def test_use_is_billed_when_its_period_is_over(ask: Asker, billing: Billing, fits: Fits) -> None:
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    meter = ask.post(
        "/v1/billing/meters",
        {
            "display_name": "Kiln hours",
            "event_name": "kiln",
            "default_aggregation[formula]": "sum",
        },
    )
    price = billing.price(
        150, **{"recurring[usage_type]": "metered", "recurring[meter]": meter["id"]}
    )
    subscription = billing.subscribe(customer, price)
    assert subscription["latest_invoice"]["total"] == 0
    for hours, name in ((3, "a"), (4, "b"), (4, "b")):
        event = ask.post(
            "/v1/billing/meter_events",
            {
                "event_name": "kiln",
                "identifier": name,
                "timestamp": NOON + DAY,
                "payload[stripe_customer_id]": customer,
                "payload[value]": hours,
            },
        )
        assert event["identifier"] == name
    end = subscription["items"]["data"][0]["current_period_end"]
    billing.advance(clock, end + 2 * HOUR)
    invoice = billing.invoices(customer)[0]
    assert (invoice["total"], invoice["lines"]["data"][0]["quantity"]) == (7 * 150, 7)
    fits(meter)
    fits(invoice)


def test_a_clock_that_goes_takes_its_customers_along(ask: Asker, billing: Billing) -> None:
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    subscription = billing.subscribe(customer, billing.price(2_000))
    gone = ask.send("DELETE", f"/v1/test_helpers/test_clocks/{clock}").json()
    assert gone["deleted"] is True
    assert ask.get(f"/v1/customers/{customer}")["deleted"] is True
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["status"] == "canceled"


def test_a_failed_first_bill_is_not_tried_again(ask: Asker, billing: Billing) -> None:
    clock = billing.clock()
    customer = billing.customer("pm_card_chargeCustomerFail", clock)
    invoice = billing.subscribe(customer, billing.price(2_000))["latest_invoice"]
    assert (invoice["attempt_count"], invoice["next_payment_attempt"]) == (1, None)


def test_time_passes_without_a_clock_too(shop: RunningServer, ask: Asker, billing: Billing) -> None:
    customer = billing.customer()
    subscription = billing.subscribe(customer, billing.price(700, "week"))
    end = subscription["items"]["data"][0]["current_period_end"]
    shop.sandbox.clock = lambda: end + 2 * HOUR
    invoices = billing.invoices(customer)
    assert [one["status"] for one in invoices] == ["paid", "paid"]
    assert invoices[0]["created"] == end
    assert invoices[0]["status_transitions"]["finalized_at"] == end + HOUR


def test_a_trial_ends_in_real_time_after_its_end_was_announced(
    ask: Asker, billing: Billing, shop: RunningServer
) -> None:
    made = billing.subscribe(billing.customer(), billing.price(2_000), trial_period_days=7)
    for days in (5, 8):
        shop.sandbox.clock = lambda days=days: made["created"] + days * DAY  # type: ignore[misc]
        ask.get("/v1/balance")
    assert ask.get(f"/v1/subscriptions/{made['id']}")["status"] == "active"
    assert "customer.subscription.trial_will_end" in billing.told(made["id"])
