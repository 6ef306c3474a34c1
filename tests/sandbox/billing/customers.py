"""A customer on a test clock, prices for them, and the sums that must always come out."""

from collections import defaultdict
from typing import Any

from tests.sandbox.asking import Asker

NOON = 1_899_979_200
"""2030-03-17 12:00 UTC: a noon that is far from the end of a month."""
DAY = 86_400


class Billing:
    """Asks for what tests of billing need over and over."""

    def __init__(self, ask: Asker) -> None:
        self.ask = ask

    def price(self, amount: int, interval: str = "month", **more: Any) -> str:
        """Return a new recurring price of a new product, in cents."""
        body = {
            "currency": "usd",
            "unit_amount": amount,
            "recurring[interval]": interval,
            "product_data[name]": "Clay",
            **more,
        }
        return str(self.ask.post("/v1/prices", body)["id"])

    def clock(self, at: int = NOON) -> str:
        """Return a new test clock."""
        return str(self.ask.post("/v1/test_helpers/test_clocks", {"frozen_time": at})["id"])

    def customer(self, card: str | None = "pm_card_visa", clock: str | None = None) -> str:
        """Return a new customer, who pays with this test card."""
        body: dict[str, Any] = {"email": "clara@example.com", "name": "Clara"}
        if clock:
            body["test_clock"] = clock
        if card:
            body["payment_method"] = card
            body["invoice_settings[default_payment_method]"] = card
        return str(self.ask.post("/v1/customers", body)["id"])

    def subscribe(self, customer: str, price: str, **more: Any) -> Any:
        """Return a new subscription, with its latest invoice expanded."""
        body = {"customer": customer, "items[0][price]": price, "expand[]": "latest_invoice"}
        return self.ask.post("/v1/subscriptions", {**body, **more})

    def advance(self, clock: str, at: int) -> None:
        """Let time pass up to `at`."""
        self.ask.post(f"/v1/test_helpers/test_clocks/{clock}/advance", {"frozen_time": at})

    def invoices(self, customer: str) -> list[Any]:
        """Return the customer's invoices, the newest first."""
        return self.ask.pages(f"/v1/invoices?customer={customer}")

    def told(self, thing: str) -> list[str]:
        """Return the types of the events about this object, the oldest first."""
        events = self.ask.pages("/v1/events")
        return [one["type"] for one in reversed(events) if one["data"]["object"]["id"] == thing]


def gap(ask: Asker) -> dict[str, int]:
    """Return by how much the balance differs from the sum of its transactions, by currency."""
    sums: dict[str, int] = defaultdict(int)
    balance = ask.get("/v1/balance")
    for funds in [*balance["available"], *balance["pending"]]:
        sums[funds["currency"]] += funds["amount"]
    for transaction in ask.pages("/v1/balance_transactions"):
        assert transaction["net"] == transaction["amount"] - transaction["fee"]
        sums[transaction["currency"]] -= transaction["net"]
    return {currency: amount for currency, amount in sums.items() if amount}


def foots(invoice: Any) -> None:
    """Assert that the sums at the foot of an invoice are those of its lines."""
    lines = invoice["lines"]["data"]
    assert invoice["subtotal"] == sum(line["amount"] for line in lines)
    off = sum(one["amount"] for one in invoice["total_discount_amounts"])
    added = sum(
        one["amount"] for one in invoice["total_taxes"] if one["tax_behavior"] == "exclusive"
    )
    assert invoice["total"] == invoice["subtotal"] - off + added
    assert invoice["amount_due"] == invoice["amount_paid"] + invoice["amount_remaining"]
    for line in lines:
        assert line["amount"] >= sum(one["amount"] for one in line["discount_amounts"]) or (
            line["amount"] < 0
        )
