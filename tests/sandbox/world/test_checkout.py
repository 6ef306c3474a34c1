"""Checkout sessions say what their payments, subscriptions and invoices say."""

from tests.sandbox.world.chronicle import Chronicle

DAY = 86_400


def test_sessions_of_every_kind_exist(world: Chronicle) -> None:
    found = {(one["mode"], one["status"]) for one in world.all("checkout.session")}
    assert found == {
        ("payment", "complete"),
        ("payment", "expired"),
        ("payment", "open"),
        ("subscription", "complete"),
    }


def test_a_completed_session_of_a_sale_was_paid_by_its_intent(world: Chronicle) -> None:
    for session in world.all("checkout.session"):
        if (session["mode"], session["status"]) == ("payment", "complete"):
            intent = world.kinds["payment_intent"][session["payment_intent"]]
            assert intent["status"] == "succeeded"
            for name in ("currency", "customer", "metadata"):
                assert session[name] == intent[name]
            assert session["amount_total"] == intent["amount"]
            assert 0 < intent["created"] - session["created"] < DAY
            assert session["payment_status"] == "paid"
            assert (session["customer_creation"] == "if_required") == (session["customer"] is None)


def test_a_completed_session_of_a_subscription_has_its_first_invoice(world: Chronicle) -> None:
    for session in world.all("checkout.session"):
        if session["mode"] == "subscription":
            invoice = world.kinds["invoice"][session["invoice"]]
            subscription = world.kinds["subscription"][session["subscription"]]
            details = invoice["parent"]["subscription_details"]
            assert details["subscription"] == subscription["id"]
            assert session["customer"] == subscription["customer"]
            assert invoice["billing_reason"] == "subscription_create"
            assert invoice["status"] == "paid"
            assert session["amount_total"] == invoice["total"]
            assert (session["payment_status"] == "paid") == (invoice["total"] > 0)


def test_the_items_of_a_session_sum_to_it(world: Chronicle) -> None:
    for session in world.all("checkout.session"):
        items = session["line_items"]["data"]
        assert items
        details = session["total_details"]
        for name, whole in (
            ("amount_subtotal", session["amount_subtotal"]),
            ("amount_total", session["amount_total"]),
            ("amount_discount", details["amount_discount"]),
            ("amount_tax", details["amount_tax"]),
        ):
            assert sum(item[name] for item in items) == whole
        assert {item["currency"] for item in items} == {session["currency"]}


def test_a_session_that_was_left_has_nothing_and_is_open_for_a_day(world: Chronicle) -> None:
    for session in world.all("checkout.session"):
        assert session["expires_at"] == session["created"] + DAY
        if session["status"] != "complete":
            assert session["payment_status"] == "unpaid"
            named = (session["payment_intent"], session["customer"], session["invoice"])
            assert named == (None, None, None)
            assert (session["status"] == "open") == (session["expires_at"] > world.now)
            assert (session["url"] is not None) == (session["status"] == "open")
