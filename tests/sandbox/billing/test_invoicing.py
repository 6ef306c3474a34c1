"""Invoices of one's own making: drafts, items, payment, voiding, credit, previews and quotes."""

from collections.abc import Callable
from typing import Any

from tests.sandbox.asking import Asker
from tests.sandbox.billing.customers import DAY, NOON, Billing, foots, gap

Fits = Callable[[Any], None]


def _item(ask: Asker, customer: str, **body: Any) -> Any:
    return ask.post(
        "/v1/invoiceitems", {"customer": customer, "amount": 1_200, "currency": "usd", **body}
    )


def _draft(ask: Asker, customer: str, **body: Any) -> Any:
    """Return a draft of 12.00."""
    _item(ask, customer)
    include = {"pending_invoice_items_behavior": "include"}
    return ask.post("/v1/invoices", {"customer": customer, **include, **body})


def test_a_draft_takes_what_is_pending(ask: Asker, billing: Billing, fits: Fits) -> None:
    customer = billing.customer()
    item = _item(ask, customer, description="Glaze")
    fits(item)
    empty = ask.post("/v1/invoices", {"customer": customer})
    assert empty["total"] == 0
    draft = ask.post(
        "/v1/invoices", {"customer": customer, "pending_invoice_items_behavior": "include"}
    )
    assert (draft["status"], draft["number"], draft["total"]) == ("draft", None, 1_200)
    assert draft["lines"]["data"][0]["description"] == "Glaze"
    assert ask.get(f"/v1/invoiceitems/{item['id']}")["invoice"] == draft["id"]
    foots(draft)
    fits(draft)


def test_a_draft_changes_with_its_items(ask: Asker, billing: Billing, fits: Fits) -> None:
    customer = billing.customer()
    draft = _draft(ask, customer)
    more = _item(ask, customer, amount=300, invoice=draft["id"])
    url = f"/v1/invoices/{draft['id']}"
    assert ask.get(url)["total"] == 1_500
    ask.post(f"/v1/invoiceitems/{more['id']}", {"amount": 500})
    assert ask.get(url)["total"] == 1_700
    priced = ask.post(
        "/v1/invoiceitems",
        {"customer": customer, "invoice": draft["id"], "pricing[price]": "price_once"},
    )
    ask.post(f"/v1/invoiceitems/{priced['id']}", {"quantity": 2})
    assert ask.get(url)["total"] == 3_100
    ask.send("DELETE", f"/v1/invoiceitems/{more['id']}")
    shown = ask.get(url)
    assert shown["total"] == 2_600
    foots(shown)
    fits(shown)


def test_lines_are_added_changed_and_taken_off(ask: Asker, billing: Billing, fits: Fits) -> None:
    customer = billing.customer()
    draft = _draft(ask, customer)
    pending = _item(ask, customer, amount=50)
    url = f"/v1/invoices/{draft['id']}"
    longer = ask.post(
        f"{url}/add_lines",
        {
            "lines[0][invoice_item]": pending["id"],
            "lines[1][price_data][currency]": "usd",
            "lines[1][price_data][product_data][name]": "Apron",
            "lines[1][price_data][unit_amount]": "900",
            "lines[1][quantity]": "2",
        },
    )
    assert [line["amount"] for line in longer["lines"]["data"]] == [1_200, 50, 1_800]
    assert (longer["total"], longer["lines"]["data"][2]["description"]) == (3_050, "Apron")
    first, second, third = (line["id"] for line in longer["lines"]["data"])
    ask.post(f"{url}/lines/{third}", {"quantity": 3})
    ask.post(f"{url}/update_lines", {"lines[0][id]": first, "lines[0][amount]": "1000"})
    assert ask.get(url)["total"] == 1_000 + 50 + 2_700
    shorter = ask.post(
        f"{url}/remove_lines",
        {
            "lines[0][id]": second,
            "lines[0][behavior]": "unassign",
            "lines[1][id]": third,
            "lines[1][behavior]": "delete",
        },
    )
    assert shorter["total"] == 1_000
    assert ask.get(f"/v1/invoiceitems/{pending['id']}")["invoice"] is None
    foots(shorter)
    fits(longer)
    fits(shorter)


def test_a_discount_belongs_to_its_invoice(ask: Asker, billing: Billing, fits: Fits) -> None:
    coupon = ask.post("/v1/coupons", {"amount_off": 200, "currency": "usd"})["id"]
    draft = _draft(ask, billing.customer(), **{"discounts[0][coupon]": coupon})
    assert (draft["subtotal"], draft["total"]) == (1_200, 1_000)
    shown = ask.get(f"/v1/invoices/{draft['id']}?expand[]=discounts")
    assert shown["discounts"][0]["invoice"] == draft["id"]
    foots(draft)
    fits(shown)


def test_a_long_invoice_keeps_all_its_lines(ask: Asker, billing: Billing) -> None:
    customer = billing.customer()
    for amount in range(12):
        _item(ask, customer, amount=amount + 1)
    draft = ask.post(
        "/v1/invoices", {"customer": customer, "pending_invoice_items_behavior": "include"}
    )
    assert (draft["total"], len(draft["lines"]["data"])) == (78, 10)
    assert draft["lines"]["has_more"] is True
    changed = ask.post(f"/v1/invoices/{draft['id']}", {"description": "Long"})
    assert (changed["total"], changed["lines"]["has_more"]) == (78, True)
    paid = ask.post(f"/v1/invoices/{draft['id']}/pay")
    assert (paid["status"], paid["amount_paid"]) == ("paid", 78)
    lines = ask.pages(f"/v1/invoices/{draft['id']}/lines")
    assert [line["amount"] for line in lines] == list(range(1, 13))


def test_an_invoice_is_finalized_once_and_paid_once(
    ask: Asker, billing: Billing, fits: Fits
) -> None:
    before = gap(ask)
    draft = _draft(ask, billing.customer())
    url = f"/v1/invoices/{draft['id']}"
    opened = ask.post(f"{url}/finalize")
    assert (opened["status"], opened["amount_remaining"]) == ("open", 1_200)
    assert opened["number"].endswith("-0001")
    fits(opened)
    assert ask.refused(f"{url}/finalize", 400, method="POST")["message"]
    paid = ask.post(f"{url}/pay")
    assert (paid["status"], paid["amount_remaining"], paid["attempt_count"]) == ("paid", 0, 1)
    assert ask.refused(f"{url}/pay", 400, method="POST")["message"] == "Invoice is already paid"
    assert ask.refused(f"{url}/void", 400, method="POST")["code"] == "status_transition_invalid"
    assert gap(ask) == before
    foots(paid)
    fits(paid)


def test_a_declined_card_leaves_the_invoice_open(ask: Asker, billing: Billing) -> None:
    before = gap(ask)
    draft = _draft(ask, billing.customer("pm_card_chargeCustomerFail"))
    url = f"/v1/invoices/{draft['id']}"
    refused = ask.refused(f"{url}/pay", 402, method="POST")
    assert (refused["type"], refused["decline_code"]) == ("card_error", "generic_decline")
    kept = ask.get(url)
    assert (kept["status"], kept["attempted"], kept["amount_paid"]) == ("open", True, 0)
    assert billing.told(draft["id"])[-1] == "invoice.payment_failed"
    assert ask.post(f"{url}/pay", {"payment_method": "pm_card_visa"})["status"] == "paid"
    assert gap(ask) == before


def test_the_same_key_pays_once(ask: Asker, billing: Billing) -> None:
    draft = _draft(ask, billing.customer())
    url = f"/v1/invoices/{draft['id']}/pay"
    first = ask.post(url, Idempotency_Key="pay once")
    assert ask.post(url, Idempotency_Key="pay once") == first
    assert len(ask.get(f"/v1/charges?customer={draft['customer']}")["data"]) == 1


def test_nobody_is_charged_without_a_card(ask: Asker, billing: Billing) -> None:
    draft = _draft(ask, billing.customer(None))
    url = f"/v1/invoices/{draft['id']}"
    assert ask.refused(f"{url}/pay", 400, method="POST")["code"] == "resource_missing"
    assert ask.get(url)["status"] == "draft"
    elsewhere = ask.post(f"{url}/pay", {"paid_out_of_band": "true"})
    assert (elsewhere["status"], elsewhere["amount_paid"]) == ("paid", 1_200)
    assert ask.get(f"/v1/charges?customer={draft['customer']}")["data"] == []


def test_an_invoice_of_nothing_is_paid_when_it_is_finalized(ask: Asker, billing: Billing) -> None:
    draft = ask.post("/v1/invoices", {"customer": billing.customer()})
    paid = ask.post(f"/v1/invoices/{draft['id']}/finalize")
    assert (paid["status"], paid["amount_paid"]) == ("paid", 0)


def test_invoices_are_voided_and_written_off(ask: Asker, billing: Billing, fits: Fits) -> None:
    draft = _draft(ask, billing.customer())
    url = f"/v1/invoices/{draft['id']}"
    ask.post(f"{url}/finalize")
    lost = ask.post(f"{url}/mark_uncollectible")
    assert (lost["status"], lost["status_transitions"]["marked_uncollectible_at"]) == (
        "uncollectible",
        lost["status_transitions"]["finalized_at"],
    )
    void = ask.post(f"{url}/void")
    assert void["status"] == "void"
    payment = ask.get(f"/v1/invoice_payments?invoice={draft['id']}")["data"][0]
    assert payment["status"] == "canceled"
    intent = ask.get(f"/v1/payment_intents/{payment['payment']['payment_intent']}")
    assert (intent["status"], intent["cancellation_reason"]) == ("canceled", "void_invoice")
    for thing in (lost, void, payment, intent):
        fits(thing)


def test_only_what_is_sent_can_be_sent(ask: Asker, billing: Billing) -> None:
    customer = billing.customer()
    charged = _draft(ask, customer)
    refused = ask.refused(f"/v1/invoices/{charged['id']}/send", 400, method="POST")
    assert "send_invoice" in refused["message"]
    sent = _draft(ask, customer, collection_method="send_invoice", days_until_due=7)
    assert sent["due_date"] == sent["created"] + 7 * DAY
    opened = ask.post(f"/v1/invoices/{sent['id']}/send")
    assert opened["status"] == "open"
    assert "invoice.sent" in billing.told(sent["id"])


def test_a_deleted_draft_leaves_its_items_pending(ask: Asker, billing: Billing) -> None:
    draft = _draft(ask, billing.customer())
    url = f"/v1/invoices/{draft['id']}"
    assert ask.send("DELETE", url).json()["deleted"] is True
    pending = ask.get(f"/v1/invoiceitems?customer={draft['customer']}&pending=true")["data"]
    assert [item["invoice"] for item in pending] == [None]
    final = _draft(ask, billing.customer())
    ask.post(f"/v1/invoices/{final['id']}/finalize")
    ask.refused(f"/v1/invoices/{final['id']}", 400, method="DELETE")


def test_what_is_finalized_is_not_edited(ask: Asker, billing: Billing) -> None:
    draft = _draft(ask, billing.customer())
    item = ask.get(f"/v1/invoiceitems?customer={draft['customer']}")["data"][0]["id"]
    ask.post(f"/v1/invoices/{draft['id']}/finalize")
    url = f"/v1/invoices/{draft['id']}"
    refused = ask.refused(url, 400, method="POST", body={"days_until_due": "3"})
    assert refused["code"] == "invoice_not_editable"
    ask.refused(f"/v1/invoiceitems/{item}", 400, method="DELETE")
    assert ask.post(url, {"metadata[a]": "b"})["metadata"] == {"a": "b"}


def test_a_balance_pays_first(ask: Asker, billing: Billing, fits: Fits) -> None:
    customer = billing.customer()
    credit = ask.post(
        f"/v1/customers/{customer}/balance_transactions", {"amount": -500, "currency": "usd"}
    )
    assert (credit["ending_balance"], credit["type"]) == (-500, "adjustment")
    fits(credit)
    draft = _draft(ask, customer)
    assert (draft["total"], draft["amount_due"], draft["ending_balance"]) == (1_200, 700, None)
    paid = ask.post(f"/v1/invoices/{draft['id']}/pay")
    assert (paid["amount_paid"], paid["ending_balance"]) == (700, 0)
    assert ask.get(f"/v1/customers/{customer}")["balance"] == 0
    moved = ask.get(f"/v1/customers/{customer}/balance_transactions")["data"]
    assert [one["amount"] for one in moved] == [500, -500]
    assert moved[0]["invoice"] == draft["id"]


def test_voiding_gives_the_balance_back(ask: Asker, billing: Billing) -> None:
    customer = billing.customer()
    body = {"amount": -500, "currency": "usd"}
    ask.post(f"/v1/customers/{customer}/balance_transactions", body)
    draft = _draft(ask, customer)
    ask.post(f"/v1/invoices/{draft['id']}/finalize")
    ask.post(f"/v1/invoices/{draft['id']}/void")
    assert ask.get(f"/v1/customers/{customer}")["balance"] == -500


def test_a_credit_note_takes_off_what_is_due(ask: Asker, billing: Billing, fits: Fits) -> None:
    draft = _draft(ask, billing.customer())
    ask.post(f"/v1/invoices/{draft['id']}/finalize")
    note = ask.post("/v1/credit_notes", {"invoice": draft["id"], "amount": 200, "memo": "Sorry"})
    assert (note["type"], note["pre_payment_amount"], note["status"]) == (
        "pre_payment",
        200,
        "issued",
    )
    url = f"/v1/invoices/{draft['id']}"
    lowered = ask.get(url)
    assert (lowered["amount_remaining"], lowered["pre_payment_credit_notes_amount"]) == (1_000, 200)
    void = ask.post(f"/v1/credit_notes/{note['id']}/void")
    assert (void["status"], ask.get(url)["amount_remaining"]) == ("void", 1_200)
    rest = ask.post("/v1/credit_notes", {"invoice": draft["id"], "amount": 1_200})
    assert ask.get(url)["status"] == "paid"
    assert ask.get(f"/v1/charges?customer={draft['customer']}")["data"] == []
    for thing in (note, void, rest):
        fits(thing)


def test_a_credit_note_gives_back_what_was_paid(ask: Asker, billing: Billing, fits: Fits) -> None:
    before = gap(ask)
    paid = ask.post(f"/v1/invoices/{_draft(ask, billing.customer())['id']}/pay")
    line = paid["lines"]["data"][0]["id"]
    body = {
        "invoice": paid["id"],
        "lines[0][type]": "invoice_line_item",
        "lines[0][invoice_line_item]": line,
        "lines[0][amount]": "900",
        "refund_amount": "600",
    }
    refused = ask.refused("/v1/credit_notes", 400, method="POST", body=body)
    assert refused["param"] == "refund_amount"
    note = ask.post("/v1/credit_notes", {**body, "credit_amount": "300"})
    refund = ask.get(f"/v1/refunds/{note['refunds'][0]['refund']}")
    assert (refund["amount"], note["type"]) == (600, "post_payment")
    assert ask.get(f"/v1/customers/{paid['customer']}")["balance"] == -300
    assert ask.get(f"/v1/invoices/{paid['id']}")["post_payment_credit_notes_amount"] == 900
    too_much = {"invoice": paid["id"], "amount": "301", "out_of_band_amount": "301"}
    assert ask.refused("/v1/credit_notes", 400, method="POST", body=too_much)["param"] == "amount"
    assert gap(ask) == before
    fits(note)


def test_a_preview_leaves_nothing_behind(ask: Asker, billing: Billing, fits: Fits) -> None:
    customer = billing.customer()
    body = {"customer": customer}
    none = ask.refused("/v1/invoices/create_preview", 404, method="POST", body=body)
    assert none["code"] == "invoice_upcoming_none"
    _item(ask, customer)
    preview = ask.post("/v1/invoices/create_preview", body)
    assert (preview["status"], preview["total"]) == ("draft", 1_200)
    assert preview["id"].startswith("upcoming_in_")
    assert billing.invoices(customer) == []
    assert len(ask.get(f"/v1/invoiceitems?customer={customer}&pending=true")["data"]) == 1
    fits(preview)


def test_a_preview_shows_what_a_change_would_cost(ask: Asker, billing: Billing, fits: Fits) -> None:
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    subscription = billing.subscribe(customer, billing.price(3_000))
    item = subscription["items"]["data"][0]
    middle = (item["current_period_start"] + item["current_period_end"]) // 2
    billing.advance(clock, middle)
    change = {
        "subscription": subscription["id"],
        "subscription_details[items][0][id]": item["id"],
        "subscription_details[items][0][quantity]": "2",
    }
    later = ask.post("/v1/invoices/create_preview", change)
    assert (later["total"], later["billing_reason"]) == (6_000 + 1_500, "subscription_cycle")
    at_once = ask.post(
        "/v1/invoices/create_preview",
        {**change, "subscription_details[proration_behavior]": "always_invoice"},
    )
    assert at_once["total"] == 1_500
    kept = ask.get(f"/v1/subscriptions/{subscription['id']}")
    assert kept["items"]["data"][0]["quantity"] == 1
    assert len(billing.invoices(customer)) == 1
    fits(later)
    fits(at_once)


def test_a_preview_of_something_new(ask: Asker, billing: Billing) -> None:
    body = {
        "customer": billing.customer(None),
        "subscription_details[items][0][price]": billing.price(900),
    }
    preview = ask.post("/v1/invoices/create_preview", body)
    assert (preview["total"], preview["number"]) == (900, None)


def test_a_quote_becomes_a_subscription(ask: Asker, billing: Billing, fits: Fits) -> None:
    customer = billing.customer()
    quote = ask.post(
        "/v1/quotes",
        {
            "customer": customer,
            "line_items[0][price]": billing.price(1_500),
            "line_items[0][quantity]": 2,
            "line_items[1][price]": "price_once",
        },
    )
    assert (quote["status"], quote["amount_total"]) == ("draft", 3_700)
    assert quote["computed"]["recurring"]["amount_total"] == 3_000
    url = f"/v1/quotes/{quote['id']}"
    assert len(ask.get(f"{url}/line_items")["data"]) == 2
    assert ask.refused(f"{url}/accept", 400, method="POST")["code"] == "status_transition_invalid"
    ask.post(url, {"description": "As agreed"})
    opened = ask.post(f"{url}/finalize")
    assert (opened["status"], opened["description"]) == ("open", "As agreed")
    accepted = ask.post(f"{url}/accept")
    subscription = ask.get(f"/v1/subscriptions/{accepted['subscription']}")
    invoice = ask.get(f"/v1/invoices/{accepted['invoice']}")
    assert (subscription["status"], invoice["total"]) == ("active", 3_700)
    for thing in (quote, opened, accepted, invoice):
        fits(thing)


def test_a_quote_of_things_becomes_an_invoice(ask: Asker, billing: Billing, fits: Fits) -> None:
    quote = ask.post(
        "/v1/quotes", {"customer": billing.customer(), "line_items[0][price]": "price_once"}
    )
    ask.post(f"/v1/quotes/{quote['id']}/finalize")
    accepted = ask.post(f"/v1/quotes/{quote['id']}/accept")
    invoice = ask.get(f"/v1/invoices/{accepted['invoice']}")
    assert (accepted["subscription"], invoice["total"]) == (None, 700)
    fits(invoice)
    other = ask.post("/v1/quotes", {"customer": billing.customer()})
    assert ask.post(f"/v1/quotes/{other['id']}/cancel")["status"] == "canceled"


def test_a_schedule_goes_from_phase_to_phase(ask: Asker, billing: Billing, fits: Fits) -> None:
    clock = billing.clock()
    customer = billing.customer(clock=clock)
    small, large = billing.price(1_000), billing.price(2_500)
    schedule = ask.post(
        "/v1/subscription_schedules",
        {
            "customer": customer,
            "start_date": NOON + DAY,
            "end_behavior": "cancel",
            "phases[0][items][0][price]": small,
            "phases[0][duration][interval]": "month",
            "phases[1][items][0][price]": large,
            "phases[1][duration][interval]": "month",
        },
    )
    assert (schedule["status"], schedule["subscription"]) == ("not_started", None)
    url = f"/v1/subscription_schedules/{schedule['id']}"
    billing.advance(clock, NOON + 2 * DAY)
    running = ask.get(url)
    assert running["status"] == "active"
    assert billing.invoices(customer)[0]["total"] == 1_000
    billing.advance(clock, NOON + 35 * DAY)
    second = ask.get(url)
    assert second["current_phase"]["start_date"] == schedule["phases"][1]["start_date"]
    assert billing.invoices(customer)[0]["total"] == 2_500
    billing.advance(clock, NOON + 70 * DAY)
    done = ask.get(url)
    assert (done["status"], len(billing.invoices(customer))) == ("completed", 2)
    assert ask.get(f"/v1/subscriptions/{running['subscription']}")["status"] == "canceled"
    assert "subscription_schedule.expiring" in billing.told(schedule["id"])
    for thing in (schedule, running, second, done):
        fits(thing)


def test_a_schedule_sends_bills_where_that_is_agreed(
    ask: Asker, billing: Billing, fits: Fits
) -> None:
    schedule = ask.post(
        "/v1/subscription_schedules",
        {
            "customer": billing.customer(None),
            "start_date": "now",
            "default_settings[collection_method]": "send_invoice",
            "default_settings[invoice_settings][days_until_due]": "9",
            "phases[0][items][0][price]": billing.price(1_000),
            "phases[0][add_invoice_items][0][price]": "price_once",
            "phases[0][iterations]": "2",
        },
    )
    subscription = ask.get(f"/v1/subscriptions/{schedule['subscription']}?expand[]=latest_invoice")
    assert (subscription["collection_method"], subscription["days_until_due"]) == (
        "send_invoice",
        9,
    )
    assert subscription["latest_invoice"]["total"] == 1_700
    fits(schedule)
    newest = {"Stripe_Version": "2026-10-28.endive"}
    body = {
        "customer": "cus_0",
        "phases[0][items][0][price]": "price_tiered",
        "phases[0][iterations]": "2",
    }
    refused = ask.refused("/v1/subscription_schedules", 400, method="POST", body=body, **newest)
    assert refused["code"] == "parameter_unknown"


def test_a_schedule_goes_with_its_subscription(ask: Asker, billing: Billing) -> None:
    clock = billing.clock()
    subscription = billing.subscribe(billing.customer(clock=clock), billing.price(1_000))
    body = {"from_subscription": subscription["id"]}
    schedule = ask.post("/v1/subscription_schedules", body)["id"]
    ask.send("DELETE", f"/v1/subscriptions/{subscription['id']}")
    assert ask.get(f"/v1/subscription_schedules/{schedule}")["status"] == "canceled"
    billing.advance(clock, NOON + 40 * DAY)
    assert "subscription_schedule.aborted" in billing.told(schedule)


def test_a_schedule_is_released_or_canceled(ask: Asker, billing: Billing, fits: Fits) -> None:
    subscription = billing.subscribe(billing.customer(), billing.price(1_000))
    body = {"from_subscription": subscription["id"]}
    schedule = ask.post("/v1/subscription_schedules", body)
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["schedule"] == schedule["id"]
    taken = ask.refused("/v1/subscription_schedules", 400, method="POST", body=body)
    assert taken["param"] == "from_subscription"
    url = f"/v1/subscription_schedules/{schedule['id']}"
    changed = ask.post(url, {"metadata[a]": "b", "end_behavior": "cancel"})
    assert (changed["metadata"], changed["end_behavior"]) == ({"a": "b"}, "cancel")
    released = ask.post(f"{url}/release")
    assert released["released_subscription"] == subscription["id"]
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["schedule"] is None
    ask.refused(f"{url}/cancel", 400, method="POST")
    for thing in (schedule, changed, released):
        fits(thing)
