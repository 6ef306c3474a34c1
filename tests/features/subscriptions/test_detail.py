"""The page of one subscription."""

from tests.clients import CheckedClient
from tests.features.make import DAY_SECONDS, Maker


def _discount(make: Maker, coupon: object, **fields: object) -> dict[str, object]:
    given = {"start": make.now - DAY_SECONDS, "source": {"type": "coupon", "coupon": coupon}}
    return make.raw("discount", "di", **{**given, **fields})


def test_what_was_agreed_is_shown(rob: CheckedClient, make: Maker) -> None:
    customer = make.customer(name="Ada")
    price = make.price(make.product(name="Kiln hours"))
    id = make.subscription(customer, price, quantity=3)
    invoice = make.invoice(
        customer,
        parent={"subscription_details": {"subscription": id}},
        number="ADA-0007",
        status="open",
        due_date=1,
    )

    page = rob.get(f"/subscriptions/{id}").text

    for words in (
        "Kiln hours",
        "$29.00 / month",
        "$87.00",
        "Ada",
        "in 4 weeks",
        "ADA-0007",
        "Overdue",
    ):
        assert words in page
    assert f"/invoices/{invoice}" in page
    assert f"/invoices?subscription={id}" in page


def test_a_discount_names_its_coupon_start_and_end(rob: CheckedClient, make: Maker) -> None:
    coupon = make.raw(
        "coupon", "coupon", id="SPRING", name="Spring", duration="repeating",
        duration_in_months=3, percent_off=25.0,
    )  # fmt: skip
    make.keep(coupon)
    price = make.price(make.product())
    told = _discount(make, coupon, end=make.now + 60 * DAY_SECONDS)
    by_id = _discount(make, "SPRING")
    expanded, named = (
        make.subscription(make.customer(), price, discounts=[discount])
        for discount in (told, by_id)
    )

    for id in (expanded, named):
        page = rob.get(f"/subscriptions/{id}").text
        assert "Spring (25% off for 3 months)" in page
        assert "/products/coupons/SPRING" in page
        assert "$21.75" in page


def test_what_was_deleted_before_the_first_sync_is_named_without_a_link(
    rob: CheckedClient, make: Maker
) -> None:
    coupon = make.raw("coupon", "coupon", id="GONE", name="Gone", duration="forever")
    price = make.price("prod_gone")
    id = make.subscription(make.customer(), price, discounts=[_discount(make, coupon)])

    page = rob.get(f"/subscriptions/{id}").text

    for words in ("Gone (", "prod_gone"):
        assert words in page
    for link in ('href="/products/coupons/GONE', 'href="/products/prod_gone'):
        assert link not in page


def test_a_scheduled_end_takes_the_place_of_the_renewal(rob: CheckedClient, make: Maker) -> None:
    price = make.price(make.product())
    id = make.subscription(make.customer(), price, cancel_at_period_end=True)

    page = rob.get(f"/subscriptions/{id}").text

    assert "<dt>Ends</dt>" in page
    assert "Next renewal" not in page


def test_history_tells_what_an_update_changed_but_no_renewal(
    rob: CheckedClient, make: Maker
) -> None:
    price = make.price(make.product())
    id = make.subscription(make.customer(), price)
    item = {"id": "si_1", "price": price, "quantity": 1, "current_period_end": 1}
    now = {"id": id, "object": "subscription", "status": "past_due", "items": {"data": [item]}}
    make.event(
        "customer.subscription.updated",
        now,
        {"status": "active", "items": {"data": [{**item, "quantity": 4}]}},
    )
    renewed = {"items": {"data": [{**item, "current_period_end": 0}]}, "latest_invoice": "in_1"}
    make.event("customer.subscription.updated", now, renewed)

    page = rob.get(f"/subscriptions/{id}").text

    assert "active to past due" in page
    assert "4 of $29.00 / month to 1 of $29.00 / month" in page
    assert page.count("Items changed") == 1
    assert "Details changed" not in page


def test_subscriptions_of_old_versions_have_a_page(rob: CheckedClient, make: Maker) -> None:
    make.keep(
        {
            "id": "sub_old",
            "object": "subscription",
            "created": make.now - DAY_SECONDS,
            "customer": "cus_1",
            "status": "active",
            "plan": {"id": "plan_1", "amount": 900, "currency": "eur", "interval": "month"},
            "quantity": 2,
            "current_period_end": make.now + DAY_SECONDS,
            "discount": {"coupon": {"id": "OLD", "percent_off": 10, "duration": "forever"}},
        }
    )
    make.keep({"id": "sub_bare", "object": "subscription"})

    old = rob.get("/subscriptions/sub_old").text
    for words in ("€9.00 / month", "OLD (10% off forever)", "€16.20"):
        assert words in old
    assert rob.get("/subscriptions/sub_bare").status_code == 200
    assert rob.get("/subscriptions").status_code == 200


def test_an_unknown_subscription_or_one_of_another_account_is_not_found(
    rob: CheckedClient, make: Maker
) -> None:
    other = Maker(make.engine, "acct_other")
    foreign = other.subscription(other.customer(), other.price(other.product()))

    assert rob.get("/subscriptions/sub_none").status_code == 404
    assert rob.get(f"/subscriptions/{foreign}").status_code == 404
