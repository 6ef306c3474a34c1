"""The page of one invoice."""

import pytest

from dashboard.features.invoices.metrics import sums
from tests.clients import CheckedClient
from tests.features.make import Maker


def test_lines_and_sums_are_shown(rob: CheckedClient, make: Maker) -> None:
    discount = {"id": "di_1", "object": "discount", "source": {"coupon": "SPRING"}}
    id = make.invoice(
        make.customer(name="Ada"),
        total=2_570,
        subtotal=2_900,
        lines=[make.line(2_900, description="One month of Studio", quantity=1)],
        discounts=["di_1"],
        total_discount_amounts=[{"amount": 740, "discount": discount}],
        total_taxes=[{"amount": 410, "tax_behavior": "exclusive"}],
        number="ADA-0001",
    )

    page = rob.get(f"/invoices/{id}").text

    for words in (
        "One month of Studio",
        "$29.00",
        "-$7.40",
        "SPRING",
        "$4.10",
        "$25.70",
        "ADA-0001",
    ):
        assert words in page


def test_only_what_is_mirrored_is_linked(rob: CheckedClient, make: Maker) -> None:
    product, customer = make.product(), make.customer()
    subscription = make.subscription(customer, make.price(product))
    priced = [
        {"type": "price_details", "price_details": {"product": each, "price": "price_1"}}
        for each in (product, "prod_gone")
    ]
    pages = [
        rob.get(f"/invoices/{id}").text
        for id in (
            make.invoice(
                customer,
                parent={"subscription_details": {"subscription": each}},
                lines=[make.line(2_900, pricing=pricing) for pricing in priced],
            )
            for each in (subscription, "sub_gone")
        )
    ]

    for page in pages:
        assert f'href="/products/{product}"' in page
        assert "/products/prod_gone" not in page
    assert f'href="/subscriptions/{subscription}"' in pages[0]
    assert "sub_gone" in pages[1]
    assert "/subscriptions/sub_gone" not in pages[1]


def test_the_foot_of_an_invoice_sums_up() -> None:
    foot = sums(
        {
            "subtotal": 2_900,
            "total_discount_amounts": [{"amount": 740, "discount": "di_1"}],
            "total_taxes": [{"amount": 410, "tax_behavior": "exclusive"}],
            "total": 2_570,
            "starting_balance": -500,
            "ending_balance": 0,
            "amount_due": 2_070,
        }
    )

    amounts = {each.label: each.amount_minor for each in foot}
    assert amounts["Subtotal"] + amounts["Discount"] + amounts["Tax"] == amounts["Total"]
    assert amounts["Total"] + amounts["From customer balance"] == amounts["Amount due"]


@pytest.mark.parametrize(
    "told",
    [
        {"total_tax_amounts": [{"amount": 9, "inclusive": True, "tax_rate": {"percentage": 19}}]},
        {"tax": 9},
        {"discount": {"coupon": {"id": "OLD"}}, "total_discount_amounts": [{"amount": 3}]},
        {"total_taxes": [None, {}], "discounts": "odd", "lines": None},
    ],
)
def test_invoices_of_other_versions_have_sums(told: dict[str, object]) -> None:
    assert sums({"subtotal": 1, "total": 1, **told})


def test_a_payment_of_the_invoice_is_shown(rob: CheckedClient, make: Maker) -> None:
    id = make.invoice(make.customer())
    payment = make.payment(amount=2_900)
    make.object(
        "invoice_payment",
        "inpay",
        invoice=id,
        amount_requested=2_900,
        amount_paid=2_900,
        currency="usd",
        status="paid",
        payment={"type": "charge", "charge": payment},
    )

    assert f'href="/payments/{payment}"' in rob.get(f"/invoices/{id}").text


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://invoice.stripe.com/i/1", 1), ("javascript:alert(1)", 0), (None, 0)],
)
def test_only_links_over_tls_lead_to_the_customers_page(
    url: str | None, shown: int, rob: CheckedClient, make: Maker
) -> None:
    id = make.invoice(make.customer(), hosted_invoice_url=url)

    page = rob.get(f"/invoices/{id}").text

    assert page.count("Page for the customer") == shown
    assert 'href="javascript' not in page


def test_the_timeline_tells_of_failed_attempts(rob: CheckedClient, make: Maker) -> None:
    id = make.invoice(make.customer(), status="open", next_payment_attempt=make.now + 9_000)
    told = {"id": id, "object": "invoice", "attempt_count": 2}
    make.event("invoice.payment_failed", told)

    page = rob.get(f"/invoices/{id}").text

    for words in ("Payment failed", "Attempt 2", "Next attempt to charge", "in 2 hours"):
        assert words in page


def test_an_unknown_invoice_or_one_of_another_account_is_not_found(
    rob: CheckedClient, make: Maker
) -> None:
    other = Maker(make.engine, "acct_other")
    foreign = other.invoice(other.customer())

    assert rob.get("/invoices/in_none").status_code == 404
    assert rob.get(f"/invoices/{foreign}").status_code == 404


def test_bare_invoices_have_pages(rob: CheckedClient, make: Maker) -> None:
    make.keep({"id": "in_bare", "object": "invoice"})

    assert rob.get("/invoices/in_bare").status_code == 200
    assert rob.get("/invoices").status_code == 200
