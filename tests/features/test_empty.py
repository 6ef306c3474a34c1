"""Why a page shows nothing: not read yet, nothing there, or nothing that matches."""

import pytest

from tests.clients import CheckedClient
from tests.features.make import Maker

DETAILS = {
    "/payments/pi_1": "charge",
    "/customers/cus_1": "customer",
    "/products/prod_1": "product",
    "/products/coupons/off": "coupon",
    "/subscriptions/sub_1": "subscription",
    "/invoices/in_1": "invoice",
    "/disputes/du_1": "dispute",
    "/balance/txn_1": "balance_transaction",
    "/payouts/po_1": "payout",
    "/events/evt_1": "event",
}
LISTS = {
    "/payments": "status=failed",
    "/customers": "country=FR",
    "/products": "status=archived",
    "/products/coupons": "status=expired",
    "/subscriptions": "status=canceled",
    "/invoices": "status=void",
    "/disputes": "status=won",
    "/balance": "category=refund",
    "/balance/summary": "created=7d",
    "/payouts": "status=failed",
}


@pytest.mark.parametrize("path", LISTS)
def test_a_page_says_why_it_shows_nothing(ann: CheckedClient, make: Maker, path: str) -> None:
    narrowed = f"{path}?{LISTS[path]}"
    assert make.book
    for url in (path, narrowed):
        page = ann.get(url).text
        assert 'data-empty="not-read"' in page
        assert "See the sync" in page
    make.synced()
    assert 'data-empty="nothing-yet"' in ann.get(path).text
    assert 'data-empty="nothing-matches"' in ann.get(narrowed).text


def test_what_is_read_already_is_not_waited_for(ann: CheckedClient, make: Maker) -> None:
    make.synced(but=["invoice"])
    assert 'data-empty="nothing-yet"' in ann.get("/payments").text
    assert 'data-empty="not-read"' in ann.get("/invoices").text


@pytest.mark.parametrize("path", DETAILS)
def test_an_object_that_is_not_here_may_not_be_read_yet(
    ann: CheckedClient, make: Maker, path: str
) -> None:
    kind = DETAILS[path]
    for said, unread, refused in (
        ("is not read yet", [kind], []),
        ("Stripe refuses", [], [kind]),
        ("There is no", [], []),
    ):
        make.synced(but=unread, refused=refused)
        answer = ann.get(path)
        assert answer.status_code == 404
        assert said in answer.text
