"""What the pages read, read from SQLite and from PostgreSQL alike."""

import pytest
from sqlalchemy import Engine

from dashboard.core import db
from dashboard.core.paging import Span, Wanted, Wish
from dashboard.features.coupons import queries as coupons
from dashboard.features.customers import queries as customers
from dashboard.features.invoices import queries as invoices
from dashboard.features.products import queries as products
from dashboard.features.subscriptions import queries as subscriptions
from tests.features.make import Maker


@pytest.fixture
def make(engine: Engine) -> Maker:
    """Make objects in each database in turn."""
    return Maker(engine)


def test_customers_are_read_alike(make: Maker) -> None:
    id = make.customer(name="Ada")
    make.payment(customer=id, amount=500, refunded=200)

    with db.reading(make.engine) as connection:
        page = customers.LISTING.page(
            connection, make.book, Wish(where={"delinquent": ("no",)}, ids=(id,))
        )
        worth = customers.find(connection, make.book, id).worth
        assert customers.matching(connection, make.book, "ada") == (id,)

    assert [row.id for row in page.rows] == [id]
    assert [(each.net_minor, each.currency) for each in worth] == [(300, "usd")]


def test_subscriptions_are_read_alike(make: Maker) -> None:
    customer = make.customer(name="Ada")
    price = make.price(make.product())
    id = make.subscription(customer, price, price, quantity=2)
    where: dict[str, Wanted] = {
        "price": (price["id"],),
        "cancels": ("no",),
        "created": Span(0, make.now),
    }

    with db.reading(make.engine) as connection:
        page = subscriptions.LISTING.page(connection, make.book, Wish(where=where))
        found = subscriptions.find(connection, make.book, id)
        assert subscriptions.matching(connection, make.book, "ada") == (id,)
        assert subscriptions.named(connection, make.book, id) == id

    assert [(row.id, row.item_count, row.quantity) for row in page.rows] == [(id, 2, 4)]
    assert found.row.mrr_minor == 2 * 2 * 2_900


def test_of_many_subscriptions_that_a_search_finds_the_newest_are_taken(make: Maker) -> None:
    customer = make.customer(name="Ada")
    made = [make.subscription(customer, make.price(make.product())) for _ in range(3)]

    with db.reading(make.engine) as connection:
        assert subscriptions.matching(connection, make.book, "ada", 2) == tuple(made[:2])


def test_invoices_are_read_alike(make: Maker) -> None:
    late = make.invoice(make.customer(), status="open", due_date=1, number="ADA-0042")
    make.object(
        "invoice_payment",
        "inpay",
        invoice=late,
        amount_requested=2_900,
        currency="usd",
        status="open",
        payment={"type": "payment_intent", "payment_intent": "pi_1"},
    )

    with db.reading(make.engine) as connection:
        for overdue, ids in (("yes", [late]), ("no", [])):
            page = invoices.LISTING.page(
                connection, make.book, Wish(where={"overdue": (overdue,)}, sort="amount")
            )
            assert [row.id for row in page.rows] == ids
        found = invoices.find(connection, make.book, late)
        assert invoices.matching(connection, make.book, "0042") == (late,)
        assert invoices.named(connection, make.book, "ada-0042") == late

    assert [each.amount_minor for each in found.settlements] == [2_900]


def test_products_and_coupons_are_read_alike(make: Maker) -> None:
    product = make.product(name="Kiln hours")
    price = make.price(product)
    make.subscription(make.customer(), price)
    make.coupon(id="FIVE_OFF")

    with db.reading(make.engine) as connection:
        page = products.LISTING.page(connection, make.book, Wish(where={"status": ("active",)}))
        found = products.find(connection, make.book, product)
        assert products.matching(connection, make.book, "kiln") == (product,)
        assert coupons.matching(connection, make.book, "e_o") == ("FIVE_OFF",)
        assert coupons.LISTING.find(connection, make.book, "FIVE_OFF") is not None

    assert [row.price_count for row in page.rows] == [1]
    assert found.subscribed == {"active": 1}
    assert found.subscribed_to == {price["id"]: 1}
