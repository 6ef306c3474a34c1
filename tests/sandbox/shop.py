"""A shop small enough to know by heart: three customers, six charges, one subscription."""

from collections.abc import Iterator

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.state import Item

START = 1_750_000_000
CHARGES = [f"ch_{number}" for number in range(6)]


def shop_world() -> Iterator[Item]:
    """Yield everything in the shop."""
    yield build("account", id="acct_shop", created=START, email="shop@example.com")
    yield build(
        "balance",
        available=[part("funds", amount=9000, currency="usd")],
        pending=[part("funds", amount=0, currency="usd")],
    )
    yield from _customers()
    yield from _payments()
    yield from _catalogue()
    yield from _billing()


def _customers() -> Iterator[Item]:
    card = part("card", brand="visa", exp_month=4, exp_year=2031, last4="4242")
    for number, name in enumerate(("Ada", "Björn", "O'Neill & Søn")):
        yield build(
            "customer",
            id=f"cus_{number}",
            created=START + number,
            name=name,
            email=f"customer{number}@example.com",
            metadata={"number": str(number)},
        )
        yield build(
            "payment_method",
            id=f"pm_{number}",
            created=START + number,
            type="card",
            card=card,
            customer=f"cus_{number}",
        )


def _payments() -> Iterator[Item]:
    """Charges 0 to 5 of customers 0 to 2, two at a time in the same second, the last failed."""
    for number, charge in enumerate(CHARGES):
        at = START + 100 + number // 2 * 100
        failed = number == len(CHARGES) - 1
        common: Json = {
            "created": at,
            "amount": 1000 + number,
            "currency": "eur" if number == 1 else "usd",
            "customer": f"cus_{number % 3}",
            "status": "failed" if failed else "succeeded",
        }
        yield build(
            "payment_intent",
            id=f"pi_{number}",
            latest_charge=charge,
            payment_method=f"pm_{number % 3}",
            **common | {"status": "requires_payment_method" if failed else "succeeded"},
        )
        yield build(
            "charge",
            id=charge,
            payment_intent=f"pi_{number}",
            payment_method=f"pm_{number % 3}",
            payment_method_details=_details("4242" if number else "0005"),
            balance_transaction=None if failed else f"txn_{number}",
            amount_captured=0 if failed else 1000 + number,
            amount_refunded=300 if number == 0 else 0,
            metadata={"order": f"A-{number}"} if number < 4 else {},
            **common,
        )
        if not failed:
            yield _transaction(number, at), {"payout": "po_0"} if number < 3 else {}
    yield build(
        "refund",
        id="re_0",
        created=START + 150,
        amount=300,
        currency="usd",
        status="succeeded",
        charge="ch_0",
        payment_intent="pi_0",
    )
    yield build(
        "payout",
        id="po_0",
        created=START + 1000,
        amount=4002,
        arrival_date=START + 86_400,
        currency="usd",
        status="paid",
    )


def _details(last4: str) -> Json:
    card = part("card_details", brand="visa", exp_month=4, exp_year=2031, last4=last4)
    return part("payment_method_details", type="card", card=card)


def _transaction(number: int, at: int) -> Json:
    return build(
        "balance_transaction",
        id=f"txn_{number}",
        created=at,
        amount=1000 + number,
        available_on=at,
        currency="usd",
        fee=0,
        net=1000 + number,
        reporting_category="charge",
        source=CHARGES[number],
        type="charge",
    )


def _catalogue() -> Iterator[Item]:
    yield build("product", id="prod_0", created=START, name="Plan", updated=START)
    yield build(
        "price",
        id="price_tiered",
        created=START,
        currency="usd",
        product="prod_0",
        billing_scheme="tiered",
        tiers_mode="graduated",
        recurring=part("recurring", interval="month"),
        tiers=[
            part("tier", up_to=10, unit_amount=100, unit_amount_decimal="100"),
            part("tier", unit_amount=50, unit_amount_decimal="50"),
        ],
    )
    yield build(
        "price",
        id="price_once",
        created=START + 1,
        currency="usd",
        product="prod_0",
        type="one_time",
        unit_amount=700,
        unit_amount_decimal="700",
        lookup_key="once",
    )
    yield build(
        "coupon",
        id="WELCOME",
        created=START,
        duration="once",
        percent_off=10,
        applies_to={"products": ["prod_0"]},
    )
    yield build(
        "discount",
        id="di_0",
        start=START,
        source=part("coupon_source", coupon="WELCOME"),
        customer="cus_0",
        subscription="sub_0",
    )


def _billing() -> Iterator[Item]:
    plan: Json = {"currency": "usd", "product": "prod_0", "billing_scheme": "tiered"}
    price = build(
        "price",
        id="price_tiered",
        created=START,
        tiers_mode="graduated",
        recurring=part("recurring", interval="month"),
        **plan,
    )
    subscription: Json = {
        "billing_cycle_anchor": START,
        "currency": "usd",
        "start_date": START,
        "customer": "cus_0",
    }
    running = build(
        "subscription",
        id="sub_0",
        created=START,
        status="active",
        discounts=["di_0"],
        latest_invoice="in_0",
        **subscription,
    )
    running["items"]["data"].append(
        build(
            "subscription_item",
            id="si_0",
            created=START,
            current_period_end=START + 2_592_000,
            current_period_start=START,
            plan=build("plan", id="price_tiered", created=START, interval="month", **plan),
            price=price,
            quantity=12,
            subscription="sub_0",
        )
    )
    yield running
    yield build("subscription", id="sub_1", created=START + 1, status="canceled", **subscription)
    yield _invoice()
    yield build(
        "invoice_payment",
        id="inpay_0",
        created=START + 5,
        amount_requested=1100,
        amount_paid=1100,
        currency="usd",
        invoice="in_0",
        payment={"type": "payment_intent", "payment_intent": "pi_0"},
        status="paid",
        status_transitions={"canceled_at": None, "paid_at": START + 5},
    )


def _invoice() -> Json:
    """An invoice of twelve lines, of which Stripe shows ten at once."""
    invoice = build(
        "invoice",
        id="in_0",
        created=START + 2,
        currency="usd",
        customer="cus_0",
        period_end=START,
        period_start=START,
        status="paid",
        total=1100,
        parent=part(
            "invoice_parent",
            subscription_details=part("subscription_details", subscription="sub_0"),
        ),
    )
    invoice["lines"]["data"] = [
        build(
            "line_item",
            id=f"il_{number}",
            amount=100,
            currency="usd",
            invoice="in_0",
            period=part("period", start=START, end=START + 2_592_000),
            pricing=part(
                "pricing", price_details=part("price_details", price="price_once", product="prod_0")
            ),
            quantity=1,
        )
        for number in range(12)
    ]
    return invoice
