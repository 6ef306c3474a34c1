"""Changing subscriptions: proration, other rhythms, pauses, and the end."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.asking import Asker
from tests.sandbox.billing.customers import DAY, Billing, foots, gap

Fits = Callable[[Any], None]


@pytest.fixture
def half_way(billing: Billing) -> Any:
    """A subscription to two units of 3000 a month, 15 of its 30 days into its first period."""
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    made = billing.subscribe(customer, billing.price(3_000), **{"items[0][quantity]": 2})
    start, end = _period(made)
    billing.advance(clock, (start + end) // 2)
    return made


def _period(subscription: Any) -> tuple[int, int]:
    item = subscription["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


def _item(subscription: Any) -> str:
    return str(subscription["items"]["data"][0]["id"])


def test_a_change_waits_for_the_next_bill(
    half_way: Any, billing: Billing, ask: Asker, fits: Fits
) -> None:
    changed = ask.post(
        f"/v1/subscriptions/{half_way['id']}",
        {"items[0][id]": _item(half_way), "items[0][quantity]": 3},
    )
    assert changed["items"]["data"][0]["quantity"] == 3
    pending = ask.get(f"/v1/invoiceitems?customer={half_way['customer']}&pending=true")["data"]
    assert sorted(item["amount"] for item in pending) == [-3_000, 4_500]
    assert all(item["proration"] for item in pending)
    event = ask.get("/v1/events?type=customer.subscription.updated&limit=1")["data"][0]
    assert event["data"]["previous_attributes"]["items"]
    for item in pending:
        fits(item)
    billing.advance(str(half_way["test_clock"]), _period(half_way)[1] + 7_200)
    renewal = billing.invoices(half_way["customer"])[0]
    assert (renewal["billing_reason"], renewal["total"]) == ("subscription_cycle", 9_000 + 1_500)
    assert renewal["status"] == "paid"
    foots(renewal)
    fits(renewal)


def test_a_change_is_billed_at_once_when_asked(half_way: Any, ask: Asker, fits: Fits) -> None:
    before = gap(ask)
    changed = ask.post(
        f"/v1/subscriptions/{half_way['id']}",
        {
            "items[0][id]": _item(half_way),
            "items[0][quantity]": 4,
            "proration_behavior": "always_invoice",
            "expand[]": "latest_invoice",
        },
    )
    invoice = changed["latest_invoice"]
    assert (invoice["billing_reason"], invoice["total"]) == ("subscription_update", 3_000)
    assert invoice["status"] == "paid"
    assert gap(ask) == before
    fits(invoice)


def test_another_rhythm_begins_a_new_period(half_way: Any, billing: Billing, ask: Asker) -> None:
    changed = ask.post(
        f"/v1/subscriptions/{half_way['id']}",
        {
            "items[0][id]": _item(half_way),
            "items[0][price]": billing.price(20_000, "year"),
            "items[0][quantity]": 1,
            "expand[]": "latest_invoice",
        },
    )
    start, end = _period(changed)
    assert start == sum(_period(half_way)) // 2
    assert end - start == 365 * DAY
    assert changed["latest_invoice"]["total"] == 20_000 - 3_000


def test_no_proration_costs_nothing(half_way: Any, ask: Asker) -> None:
    ask.post(
        f"/v1/subscriptions/{half_way['id']}",
        {
            "items[0][id]": _item(half_way),
            "items[0][quantity]": 9,
            "proration_behavior": "none",
        },
    )
    pending = ask.get(f"/v1/invoiceitems?customer={half_way['customer']}&pending=true")["data"]
    assert pending == []


def test_items_come_and_go_one_by_one(
    half_way: Any, billing: Billing, ask: Asker, fits: Fits
) -> None:
    body = {"subscription": half_way["id"], "price": billing.price(600), "quantity": 2}
    added = ask.post("/v1/subscription_items", body)
    assert (added["quantity"], added["current_period_end"]) == (2, _period(half_way)[1])
    changed = ask.post(f"/v1/subscription_items/{added['id']}", {"quantity": 5})
    assert changed["quantity"] == 5
    fits(changed)
    ask.send("DELETE", f"/v1/subscription_items/{added['id']}")
    left = ask.get(f"/v1/subscription_items?subscription={half_way['id']}")["data"]
    assert [item["id"] for item in left] == [_item(half_way)]
    last = f"/v1/subscription_items/{_item(half_way)}"
    assert ask.refused(last, 400, method="DELETE")["param"] == "items"


def test_an_end_at_the_end_of_the_period_can_be_taken_back(
    half_way: Any, billing: Billing, ask: Asker, fits: Fits
) -> None:
    url = f"/v1/subscriptions/{half_way['id']}"
    ending = ask.post(url, {"cancel_at_period_end": "true"})
    assert (ending["status"], ending["cancel_at"]) == ("active", _period(half_way)[1])
    assert ending["cancellation_details"]["reason"] == "cancellation_requested"
    back = ask.post(url, {"cancel_at_period_end": "false"})
    assert (back["cancel_at"], back["canceled_at"]) == (None, None)
    ask.post(url, {"cancel_at_period_end": "true", "cancellation_details[feedback]": "unused"})
    billing.advance(str(half_way["test_clock"]), _period(half_way)[1] + 1)
    ended = ask.get(url)
    assert (ended["status"], ended["ended_at"]) == ("canceled", _period(half_way)[1])
    assert ended["cancellation_details"]["feedback"] == "unused"
    assert len(billing.invoices(half_way["customer"])) == 1
    fits(ended)


def test_a_subscription_that_is_over_takes_nothing_but_words(half_way: Any, ask: Asker) -> None:
    url = f"/v1/subscriptions/{half_way['id']}"
    gone = ask.send("DELETE", url).json()
    assert gone["status"] == "canceled"
    assert ask.refused(url, 404, method="DELETE")["code"] == "resource_missing"
    ask.refused(url, 400, method="POST", body={"cancel_at_period_end": "true"})
    assert ask.post(url, {"metadata[why]": "price"})["metadata"] == {"why": "price"}


def test_canceling_gives_the_rest_back_when_asked(
    half_way: Any, billing: Billing, ask: Asker
) -> None:
    url = f"/v1/subscriptions/{half_way['id']}?prorate=true&invoice_now=true"
    ask.send("DELETE", url)
    last = billing.invoices(half_way["customer"])[0]
    assert (last["total"], last["amount_due"], last["status"]) == (-3_000, 0, "paid")
    assert ask.get(f"/v1/customers/{half_way['customer']}")["balance"] == -3_000


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")],
)
def test_a_pause_holds_back_the_money(
    half_way: Any, billing: Billing, ask: Asker, behavior: str, status: str
) -> None:
    url = f"/v1/subscriptions/{half_way['id']}"
    paused = ask.post(url, {"pause_collection[behavior]": behavior})
    assert paused["pause_collection"] == {"behavior": behavior, "resumes_at": None}
    billing.advance(str(half_way["test_clock"]), _period(half_way)[1] + DAY)
    assert billing.invoices(half_way["customer"])[0]["status"] == status
    assert ask.post(url, {"pause_collection": ""})["pause_collection"] is None


def test_a_trial_without_a_card_pauses_and_resumes(
    billing: Billing, ask: Asker, fits: Fits
) -> None:
    customer = billing.customer(None)
    subscription = billing.subscribe(
        customer,
        billing.price(2_000),
        **{
            "trial_period_days": 7,
            "trial_settings[end_behavior][missing_payment_method]": "pause",
        },
    )
    url = f"/v1/subscriptions/{subscription['id']}"
    paused = ask.post(url, {"trial_end": "now"})
    assert paused["status"] == "paused"
    assert "customer.subscription.paused" in billing.told(subscription["id"])
    fits(paused)
    ask.post(
        f"/v1/customers/{customer}",
        {"invoice_settings[default_payment_method]": _card(ask, customer)},
    )
    resumed = ask.post(f"{url}/resume")
    assert resumed["status"] == "active"
    assert billing.invoices(customer)[0]["status"] == "paid"
    assert ask.refused(f"{url}/resume", 400, method="POST")["message"]
    fits(resumed)


def _card(ask: Asker, customer: str) -> str:
    method = ask.post("/v1/payment_methods/pm_card_visa/attach", {"customer": customer})
    return str(method["id"])


def test_a_subscription_is_paused_and_goes_on(
    half_way: Any, billing: Billing, ask: Asker, fits: Fits
) -> None:
    url = f"/v1/subscriptions/{half_way['id']}"
    paused = ask.post(f"{url}/pause", {"bill_for[unused_time_from][type]": "now"})
    assert paused["status_details"]["paused"]["subscription"]["type"] == "pause_requested"
    billing.advance(str(half_way["test_clock"]), _period(half_way)[1] + DAY)
    assert len(billing.invoices(half_way["customer"])) == 1
    ask.post(f"{url}/resume")
    assert billing.invoices(half_way["customer"])[0]["total"] == 6_000 - 3_000
    fits(paused)


def test_ending_a_trial_bills_at_once(billing: Billing, ask: Asker) -> None:
    subscription = billing.subscribe(billing.customer(), billing.price(2_000), trial_period_days=7)
    url = f"/v1/subscriptions/{subscription['id']}"
    active = ask.post(url, {"trial_end": "now", "expand[]": "latest_invoice"})
    assert (active["status"], active["latest_invoice"]["status"]) == ("active", "paid")
    assert active["latest_invoice"]["total"] == 2_000


def test_a_new_trial_gives_the_rest_of_the_period_back(half_way: Any, ask: Asker) -> None:
    url, end = f"/v1/subscriptions/{half_way['id']}", _period(half_way)[1] + DAY
    on_trial = ask.post(url, {"trial_end": end})
    assert (on_trial["status"], on_trial["trial_end"]) == ("trialing", end)
    assert _period(on_trial)[1] == end
    pending = ask.get(f"/v1/invoiceitems?customer={half_way['customer']}&pending=true")["data"]
    assert [item["amount"] for item in pending] == [-3_000]


def test_a_coupon_is_given_and_taken_away(half_way: Any, ask: Asker, fits: Fits) -> None:
    coupon = ask.post("/v1/coupons", {"percent_off": 50, "duration": "forever"})["id"]
    url = f"/v1/subscriptions/{half_way['id']}"
    given = ask.post(url, {"discounts[0][coupon]": coupon, "expand[]": "discounts"})
    assert given["discounts"][0]["source"]["coupon"] == coupon
    fits(given["discounts"][0])
    gone = ask.send("DELETE", f"{url}/discount").json()
    assert gone["deleted"] is True
    assert ask.get(url)["discounts"] == []
    assert ask.refused(f"{url}/discount", 404, method="DELETE")["code"] == "resource_missing"
