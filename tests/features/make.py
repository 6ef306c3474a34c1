"""Makes what a test is about: Stripe's objects, put into the mirror through its one door."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import Engine

from dashboard.core import clock, db
from dashboard.mirror.apply import apply
from dashboard.mirror.registry import KINDS
from dashboard.sandbox.shapes import Json, build, part
from dashboard.store import books, sync_runs
from dashboard.store.sync_runs import KindState, KindStatus

DAY_SECONDS = 86_400


class Maker:
    """Makes objects in the book of one account, each an hour older than the one before.

    Every deed returns the id of what it made; fields of Stripe's shape may be given to each.
    """

    def __init__(self, engine: Engine, account_id: str = "acct_make") -> None:
        self.engine = engine
        self.now = clock.seconds()
        self._number = count(1)
        with db.writing(engine) as connection:
            book = books.open_book(connection, account_id, livemode=False)
            self.book = books.describe(
                connection, book, timezone="UTC", currency="usd", name=f"Shop of {account_id}"
            )

    def synced(
        self, *, minutes_ago: int = 0, but: Sequence[str] = (), refused: Sequence[str] = ()
    ) -> None:
        """Say that all has been read, or all ``but`` some kinds, which are not read to the end."""
        states = {name: KindState.FILLED for name, kind in KINDS.items() if kind.path}
        states |= dict.fromkeys(but, KindState.FILLING)
        states |= dict.fromkeys(refused, KindState.REFUSED)
        with db.writing(self.engine) as connection:
            run_id = sync_runs.start(connection, self.book)
            statuses = [KindStatus(name, state) for name, state in states.items()]
            sync_runs.save_statuses(connection, self.book, statuses)
            sync_runs.finish(connection, run_id, complete=not (but or refused), message=None)
            runs = sync_runs.sync_runs
            connection.execute(runs.update().values(started_at=self.now - minutes_ago * 60))

    def keep(self, raw: Json) -> str:
        """Put a raw object into the mirror."""
        with db.writing(self.engine) as connection:
            kind = KINDS[str(raw["object"])]
            apply(connection, self.book, kind, [raw], seen_at=self.now)
        return str(raw["id"])

    def object(self, kind: str, prefix: str, **fields: Any) -> str:
        """Make an object of any kind."""
        return self.keep(self.raw(kind, prefix, **fields))

    def raw(self, kind: str, prefix: str, **fields: Any) -> Json:
        """Return an object of any kind without keeping it."""
        number = next(self._number)
        fields.setdefault("id", f"{prefix}_{number:06}")
        if kind not in ("line_item", "discount"):
            fields.setdefault("created", self.now - number * 3_600)
        return build(kind, **fields)

    def customer(self, **fields: Any) -> str:
        return self.object("customer", "cus", **fields)

    def product(self, **fields: Any) -> str:
        return self.object("product", "prod", **{"name": "Studio", **fields})

    def price(self, product: str, **fields: Any) -> Json:
        """Make a monthly price of 29.00 US dollars and return it."""
        amount = fields.setdefault("unit_amount", 2_900)
        fields.setdefault("unit_amount_decimal", None if amount is None else str(amount))
        fields.setdefault("recurring", part("recurring", interval="month"))
        raw = self.raw("price", "price", **{"currency": "usd", "product": product, **fields})
        self.keep(raw)
        return raw

    def coupon(self, **fields: Any) -> str:
        return self.object("coupon", "coupon", **{"duration": "once", "percent_off": 20, **fields})

    def subscription(self, customer: str, *prices: Json, quantity: int = 1, **fields: Any) -> str:
        """Make a subscription that began yesterday and renews in 29 days."""
        start, end = self.now - DAY_SECONDS, self.now + 29 * DAY_SECONDS
        raw = self.raw(
            "subscription",
            "sub",
            **{
                "status": "active",
                "customer": customer,
                "currency": "usd",
                "start_date": start,
                "billing_cycle_anchor": start,
                **fields,
            },
        )
        raw["items"]["data"] = [
            self.raw(
                "subscription_item",
                "si",
                subscription=raw["id"],
                price=price,
                plan=None,
                quantity=quantity,
                current_period_start=start,
                current_period_end=end,
            )
            for price in prices
        ]
        return self.keep(raw)

    def invoice(self, customer: str, *, total: int = 2_900, **fields: Any) -> str:
        """Make an invoice; it is paid unless its status says something else."""
        given = {"status": "paid", "currency": "usd", "customer": customer, **fields}
        is_paid = given["status"] == "paid"
        lines = given.pop("lines", [])
        raw = self.raw(
            "invoice",
            "in",
            **{
                "period_start": self.now - DAY_SECONDS,
                "period_end": self.now,
                "subtotal": total,
                "total": total,
                "amount_due": total,
                "amount_paid": total if is_paid else 0,
                "amount_remaining": 0 if is_paid else total,
                **given,
            },
        )
        raw["lines"]["data"] = lines
        return self.keep(raw)

    def line(self, amount: int, **fields: Any) -> Json:
        """Return a line for ``invoice``."""
        period = part("period", start=self.now - DAY_SECONDS, end=self.now)
        given = {"amount": amount, "currency": "usd", "period": period, **fields}
        return self.raw("line_item", "il", **given)

    def payment(
        self, *, status: str = "succeeded", amount: int = 2_000, refunded: int = 0, **fields: Any
    ) -> str:
        """Make a charge of its own: a payment without an intent."""
        taken = amount if status == "succeeded" else 0
        return self.object(
            "charge",
            "ch",
            **{
                "amount": amount,
                "amount_captured": taken,
                "amount_refunded": refunded,
                "currency": "usd",
                "status": status,
                "paid": bool(taken),
                **fields,
            },
        )

    def card(self, customer: str, last4: str = "4242") -> str:
        """Make a Visa card of the customer."""
        card = part("card", brand="visa", exp_month=4, exp_year=2_031, last4=last4)
        return self.object("payment_method", "pm", type="card", customer=customer, card=card)

    def event(self, kind: str, told: Json, previous: Json | None = None, **fields: Any) -> str:
        data: Json = {"object": told}
        if previous is not None:
            data["previous_attributes"] = previous
        return self.object("event", "evt", **{"type": kind, "data": data, **fields})
