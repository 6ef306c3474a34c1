"""The practice Stripe in a process of its own, and a business that goes on in it."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from dashboard.app import ROOT
from dashboard.bench.serving import free_port, wait_for
from tests.sandbox.asking import Asker
from tests.sandbox.deliveries.conftest import Control
from tests.soak.product import SECRET

CARDS = ("pm_card_visa", "pm_card_mastercard", "pm_card_bypassPending")


class Practice:
    """A practice Stripe: its API, its control page, and somebody who does business there."""

    def __init__(self, url: str, seed: int = 1) -> None:
        self.url = url
        self.ask = Asker(url)
        self.control = Control(self.ask)
        self._dice = random.Random(seed)  # noqa: S311  (chooses what to do)
        self._customers: list[str] = []
        self._intents: list[str] = []
        self._subscriptions: list[str] = []
        self._invoices: list[str] = []
        self._price = ""

    def deliver_to(self, url: str, **mishaps: Any) -> None:
        """Deliver every event there from now on, and try what failed again very soon."""
        self.control.post("/settings", retry_scale=0.0005, **mishaps)
        self.control.post("/endpoints", url=url, secret=SECRET)

    def do(self, deeds: int) -> None:
        """Do some business: each deed is one write and makes one to a dozen events."""
        for _ in range(deeds):
            self._one()

    def delivered(self) -> set[str]:
        """Return the ids of the events for which a 2xx came, forged ones apart."""
        found = self.control.deliveries(outcome="delivered")
        return {one["event"] for one in found if one["kind"] != "forged"}

    def forged(self) -> list[Any]:
        """Return what was sent in the name of nobody."""
        return self.control.deliveries(kind="forged")

    def drain(self, seconds: int = 60) -> bool:
        """Wait until nothing is to be delivered any more, and say whether it came to that."""
        told: bool = self.control.get("/drained", seconds=seconds)["drained"]
        return told

    def break_down(self, kind: str, **how: Any) -> None:
        """Let requests go wrong from now on."""
        answer = self.ask.session.post(
            f"{self.url}/_control/faults", json={"kind": kind, **how}, timeout=5
        )
        assert answer.status_code == 200, answer.text

    def mend(self) -> None:
        """Let everything work again."""
        self.ask.session.delete(f"{self.url}/_control/faults", timeout=5)

    def _one(self) -> None:
        deeds = [self._customer, self._payment]
        if self._customers:
            deeds += [self._rename, self._rename, self._subscription, self._invoice]
        if len(self._customers) > 6:
            deeds.append(self._leave)
        if self._intents:
            deeds.append(self._refund)
        if self._subscriptions:
            deeds += [self._resize, self._cancel]
        if self._invoices:
            deeds.append(self._settle)
        self._dice.choice(deeds)()

    def _customer(self) -> None:
        number = self._dice.randrange(1_000_000)
        made = self.ask.post(
            "/v1/customers",
            {
                "name": f"Buyer {number}",
                "email": f"buyer{number}@example.com",
                "payment_method": "pm_card_visa",
                "invoice_settings[default_payment_method]": "pm_card_visa",
            },
        )
        self._customers.append(made["id"])

    def _rename(self) -> None:
        name = f"Renamed {self._dice.randrange(1_000_000)}"
        self.ask.post(f"/v1/customers/{self._dice.choice(self._customers)}", {"name": name})

    def _leave(self) -> None:
        gone = self._customers.pop(self._dice.randrange(len(self._customers)))
        self.ask.send("DELETE", f"/v1/customers/{gone}")

    def _payment(self) -> None:
        made = self.ask.post(
            "/v1/payment_intents",
            {
                "amount": self._dice.randrange(500, 50_000),
                "currency": self._dice.choice(("usd", "eur", "jpy")),
                "payment_method": self._dice.choice(CARDS),
                "payment_method_types[]": "card",
                "confirm": "true",
            },
        )
        self._intents.append(made["id"])

    def _refund(self) -> None:
        intent = self._intents.pop(self._dice.randrange(len(self._intents)))
        self.ask.post("/v1/refunds", {"payment_intent": intent, "amount": 100})

    def _subscription(self) -> None:
        customer = self._dice.choice(self._customers)
        made = self.ask.send(
            "POST",
            "/v1/subscriptions",
            {"customer": customer, "items[0][price]": self._any_price()},
        )
        if made.status_code == requests.codes.ok:
            self._subscriptions.append(made.json()["id"])

    def _resize(self) -> None:
        chosen = self._dice.choice(self._subscriptions)
        thing = self.ask.send("GET", f"/v1/subscriptions/{chosen}").json()
        items = thing.get("items", {}).get("data", [])
        if thing.get("status") == "active" and items:
            self.ask.send(
                "POST",
                f"/v1/subscriptions/{chosen}",
                {"items[0][id]": items[0]["id"], "items[0][quantity]": self._dice.randrange(1, 9)},
            )

    def _cancel(self) -> None:
        chosen = self._subscriptions.pop(self._dice.randrange(len(self._subscriptions)))
        self.ask.send("DELETE", f"/v1/subscriptions/{chosen}")

    def _invoice(self) -> None:
        customer = self._dice.choice(self._customers)
        made = self.ask.send("POST", "/v1/invoices", {"customer": customer})
        if made.status_code != requests.codes.ok:
            return
        invoice = made.json()["id"]
        for _ in range(self._dice.randrange(1, 4)):
            line = {"customer": customer, "invoice": invoice, "amount": 700, "currency": "usd"}
            self.ask.send("POST", "/v1/invoiceitems", line)
        self._invoices.append(invoice)

    def _settle(self) -> None:
        invoice = self._invoices.pop(self._dice.randrange(len(self._invoices)))
        deed = self._dice.choice(("finalize", "pay", "void"))
        if deed != "finalize":
            self.ask.send("POST", f"/v1/invoices/{invoice}/finalize")
        self.ask.send("POST", f"/v1/invoices/{invoice}/{deed}")

    def _any_price(self) -> str:
        if not self._price:
            product = self.ask.post("/v1/products", {"name": "Soap"})["id"]
            terms = {"product": product, "unit_amount": 900, "currency": "usd"}
            price = self.ask.post("/v1/prices", {**terms, "recurring[interval]": "month"})
            self._price = price["id"]
        return self._price


@contextmanager
def practising(folder: Path, *, payments: int = 30, seed: int = 1) -> Iterator[Practice]:
    """Run a practice Stripe with a small company in it."""
    port = free_port()
    arguments = ["--port", str(port), "--payments", str(payments), "--seed", str(seed)]
    with (folder / "practice.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard.sandbox", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/_control/state")
        yield Practice(url, seed)
    finally:
        process.kill()
        process.wait()
