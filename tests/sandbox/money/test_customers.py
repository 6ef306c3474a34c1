"""Customers with what they own, their credit and their cash."""

import io
from collections.abc import Callable

import pytest
import stripe

from tests.sandbox.money.conftest import CheckedAsker


def test_deleting_a_customer_ends_what_was_theirs(ask: CheckedAsker) -> None:
    product = ask.post("/v1/products", {"name": "Plan"})["id"]
    price = {"currency": "usd", "product": product, "recurring[interval]": "month"}
    price_id = ask.post("/v1/prices", {**price, "unit_amount": "2000"})["id"]
    body = {"payment_method": "pm_card_visa", "email": "a@example.com",
            "invoice_settings[default_payment_method]": "pm_card_visa"}  # fmt: skip
    customer = ask.post("/v1/customers", body)
    subscription = ask.post(
        "/v1/subscriptions", {"customer": customer["id"], "items[0][price]": price_id}
    )
    card = ask.post(f"/v1/customers/{customer['id']}/sources", {"source": "tok_visa"})
    ask.send("DELETE", f"/v1/customers/{customer['id']}")
    assert set(ask.told(3)) == {
        "customer.deleted",
        "customer.subscription.deleted",
        "payment_method.detached",
    }
    ended = ask.get(f"/v1/subscriptions/{subscription['id']}")
    assert (ended["status"], ended["ended_at"] is not None) == ("canceled", True)
    default = customer["invoice_settings"]["default_payment_method"]
    method = ask.get(f"/v1/payment_methods/{default}")
    assert method["customer"] is None
    pay = {"amount": "500", "currency": "usd", "source": card["id"]}
    assert ask.refused("/v1/charges", 400, method="POST", body=pay)["code"] == "resource_missing"


def test_credit_is_given_and_noted(ask: CheckedAsker) -> None:
    path = "/v1/customers/cus_0/balance_transactions"
    first = ask.post(path, {"amount": "-500", "currency": "usd", "description": "Sorry"})
    second = ask.post(path, {"amount": "200", "currency": "usd"})
    assert (first["ending_balance"], second["ending_balance"]) == (-500, -300)
    customer = ask.get("/v1/customers/cus_0")
    assert (customer["balance"], customer["currency"]) == (-300, "usd")
    assert [one["id"] for one in ask.get(path)["data"]] == [second["id"], first["id"]]
    noted = ask.post(f"{path}/{first['id']}", {"metadata[a]": "b"})
    assert noted["metadata"] == {"a": "b"}
    other = {"amount": "-5", "currency": "eur"}
    assert ask.refused(path, 400, method="POST", body=other)["param"] == "currency"


def test_cash_pays_what_waits_for_it(ask: CheckedAsker) -> None:
    intent = ask.post(
        "/v1/payment_intents",
        {
            "amount": "2000",
            "confirm": "true",
            "currency": "usd",
            "customer": "cus_0",
            "payment_method_data[type]": "customer_balance",
            "allowed_payment_method_types[]": "customer_balance",
        },
    )
    waits = intent["next_action"]["display_bank_transfer_instructions"]
    assert (intent["status"], waits["amount_remaining"]) == ("requires_action", 2000)
    fund = "/v1/test_helpers/customers/cus_0/fund_cash_balance"
    funded = ask.post(fund, {"amount": "1500", "currency": "usd"})
    assert (funded["type"], funded["ending_balance"]) == ("funded", 1500)
    partly = ask.get(f"/v1/payment_intents/{intent['id']}")
    assert partly["next_action"]["display_bank_transfer_instructions"]["amount_remaining"] == 500
    assert ask.told(1) == ["payment_intent.partially_funded"]
    ask.post(fund, {"amount": "800", "currency": "usd"})
    assert ask.get(f"/v1/payment_intents/{intent['id']}")["status"] == "succeeded"
    assert ask.get("/v1/customers/cus_0/cash_balance")["available"] == {"usd": 300}
    rows = ask.get("/v1/customers/cus_0/cash_balance_transactions")["data"]
    assert [one["net_amount"] for one in rows] == [-500, 800, -1500, 1500]
    error = ask.refused(fund, 400, method="POST", body={"amount": "5", "currency": "kwd"})
    assert error["param"] == "currency"


def test_an_older_client_gives_coupons(ask: CheckedAsker) -> None:
    coupon = ask.post("/v1/coupons", {"percent_off": "10", "duration": "forever"})
    customer = ask.post("/v1/customers", {"coupon": coupon["id"]})
    assert customer["discount"]["source"]["coupon"] == coupon["id"]
    assert "customer.discount.created" in ask.told(3)
    assert ask.post(f"/v1/customers/{customer['id']}", {"coupon": ""})["discount"] is None
    ask.refused(f"/v1/customers/{customer['id']}/discount", 404, method="DELETE")
    assert ask.told(1) == ["customer.discount.deleted"]


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"email": "nobody"}, "email", "email_invalid"),
        ({"tax_exempt": "perhaps"}, "tax_exempt", None),
        ({"balance": "1.5"}, "balance", "parameter_invalid_integer"),
        ({"test_clock": "clock_x"}, "test_clock", "resource_missing"),
        ({"address[planet]": "Mars"}, "address[planet]", "parameter_unknown"),
        ({"invoice_settings[default_payment_method]": "pm_1"},
         "invoice_settings[default_payment_method]", "resource_missing"),
    ],
)  # fmt: skip
def test_customers_that_cannot_be_are_refused(
    ask: CheckedAsker, body: dict[str, str], param: str, code: str | None
) -> None:
    error = ask.refused("/v1/customers", 400, method="POST", body=body)
    assert (error.get("param"), error.get("code")) == (param, code)


def test_an_endpoint_shows_its_secret_once(ask: CheckedAsker) -> None:
    body = {"url": "https://shop.example/hook", "enabled_events[]": "*"}
    made = ask.post("/v1/webhook_endpoints", body)
    assert made["secret"].startswith("whsec_")
    path = f"/v1/webhook_endpoints/{made['id']}"
    assert "secret" not in ask.get(path)
    rested = ask.post(path, {"disabled": "true", "description": "Rest"})
    assert (rested["status"], rested["description"]) == ("disabled", "Rest")
    assert ask.send("DELETE", path).json()["deleted"] is True
    ask.refused(path, 404)
    bad = {**body, "url": "shop.example"}
    assert ask.refused("/v1/webhook_endpoints", 400, method="POST", body=bad)["param"] == "url"


def test_pages_that_stripe_hosts_are_made(ask: CheckedAsker) -> None:
    session = ask.post("/v1/billing_portal/sessions", {"customer": "cus_0"})
    portal = ask.get(f"/v1/billing_portal/configurations/{session['configuration']}")
    assert portal["is_default"]
    path = f"/v1/billing_portal/configurations/{portal['id']}"
    changed = ask.post(path, {"features[invoice_history][enabled]": "true"})
    assert changed["features"]["invoice_history"]["enabled"] is True
    check = ask.post("/v1/identity/verification_sessions", {"type": "document"})
    path = f"/v1/identity/verification_sessions/{check['id']}"
    assert ask.post(f"{path}/cancel")["status"] == "canceled"
    assert ask.post(f"{path}/redact")["redaction"] == {"status": "redacted"}


def test_a_report_is_there_a_second_later(ask: CheckedAsker, wait: Callable[[int], None]) -> None:
    kinds = ask.get("/v1/reporting/report_types")["data"]
    run = ask.post("/v1/reporting/report_runs", {"report_type": kinds[0]["id"]})
    assert run["status"] == "pending"
    wait(2)
    done = ask.get(f"/v1/reporting/report_runs/{run['id']}")
    assert done["status"] == "succeeded"
    assert ask.get(f"/v1/files/{done['result']['id']}")["purpose"] == "finance_report_run"
    error = ask.refused(
        "/v1/reporting/report_runs", 400, method="POST", body={"report_type": "dreams.1"}
    )
    assert error["param"] == "report_type"


def test_a_file_is_uploaded(official: stripe.StripeClient, ask: CheckedAsker) -> None:
    proof = io.BytesIO(b"signed for")
    proof.name = "proof.txt"
    made = official.v1.files.create({"purpose": "dispute_evidence", "file": proof})
    kept = ask.get(f"/v1/files/{made.id}")
    assert (kept["filename"], kept["size"], kept["type"]) == ("proof.txt", 10, "txt")
    assert ask.told(1) == ["file.created"]
