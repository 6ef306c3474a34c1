"""Stripe's search language."""

import pytest

from tests.sandbox.asking import Asker
from tests.sandbox.shop import START


def _found(ask: Asker, kind: str, query: str) -> list[str]:
    page = ask.session.get(
        f"{ask.url}/v1/{kind}/search",
        params={"query": query},
        headers={"Authorization": "Bearer sk_test_practice"},
        timeout=10,
    ).json()
    assert page["object"] == "search_result", page
    return [one["id"] for one in page["data"]]


@pytest.mark.parametrize(
    ("kind", "query", "expected"),
    [
        ("charges", 'status:"failed"', ["ch_5"]),
        ("charges", "amount>1003", ["ch_5", "ch_4"]),
        ("charges", "amount>=1003 AND amount<1005", ["ch_4", "ch_3"]),
        ("charges", "amount:1002", ["ch_2"]),
        ("charges", 'currency:"eur" OR status:"failed"', ["ch_5", "ch_1"]),
        ("charges", '-status:"succeeded"', ["ch_5"]),
        ("charges", 'metadata["order"]:"A-2"', ["ch_2"]),
        ("charges", "metadata['order']:'a-2'", ["ch_2"]),
        ("charges", '-metadata["order"]:null', ["ch_3", "ch_2", "ch_1", "ch_0"]),
        ("charges", 'metadata["order"]:null', ["ch_5", "ch_4"]),
        ("charges", 'metadata["order"]:NULL', ["ch_5", "ch_4"]),
        ("charges", "payment_method_details.card.last4:0005", ["ch_0"]),
        ("charges", 'payment_method_details.card.exp_year:"2031" amount:1000', ["ch_0"]),
        ("charges", "payment_method_details.card_present.last4:4242", []),
        ("charges", 'amount>"1003" and amount<=1004', ["ch_4"]),
        ("charges", 'currency:"EUR"', ["ch_1"]),
        ("charges", 'refunded:"false"', ["ch_0"]),
        ("charges", "refunded:null", ["ch_5", "ch_4", "ch_3", "ch_2", "ch_1"]),
        ("charges", '-refunded:null AND disputed:"false"', ["ch_0"]),
        ("charges", f"created>{START + 200}", ["ch_5", "ch_4"]),
        ("charges", 'customer:"cus_0" status:"succeeded"', ["ch_3", "ch_0"]),
        ("customers", 'email:"CUSTOMER1@example.com"', ["cus_1"]),
        ("customers", 'name~"neill"', ["cus_2"]),
        ("customers", 'name:"& SØN"', ["cus_2"]),
        ("customers", 'name:"søn o\'neill"', []),
        ("customers", 'name:"o\'nei"', []),
        ("customers", 'name:""', []),
        ("customers", 'name:"o\\\'neill"', ["cus_2"]),
        ("customers", 'email~"example"', ["cus_2", "cus_1", "cus_0"]),
        ("prices", 'active:"true" AND lookup_key:"once"', ["price_once"]),
        ("prices", 'currency:"USD" AND product:"prod_0"', ["price_once", "price_tiered"]),
        ("products", 'name~"pla"', ["prod_0"]),
        ("products", 'url:null AND -name:"shelf"', ["prod_0"]),
        ("subscriptions", 'status:"canceled"', ["sub_1"]),
        ("invoices", 'subscription:"sub_0"', ["in_0"]),
        ("invoices", "total>1000", ["in_0"]),
        ("invoices", "last_finalization_error_code:null", ["in_0"]),
        ("payment_intents", 'status:"requires_payment_method"', ["pi_5"]),
    ],
)
def test_what_a_query_finds(ask: Asker, kind: str, query: str, expected: list[str]) -> None:
    assert _found(ask, kind, query) == expected


def test_results_come_by_pages(ask: Asker) -> None:
    first = ask.get("/v1/charges/search?query=amount>0&limit=4&expand[]=total_count")
    assert (first["has_more"], first["total_count"]) == (True, 6)
    second = ask.get(f"/v1/charges/search?query=amount>0&limit=4&page={first['next_page']}")
    assert (second["has_more"], second["next_page"]) == (False, None)
    ids = [one["id"] for page in (first, second) for one in page["data"]]
    assert ids == ["ch_5", "ch_4", "ch_3", "ch_2", "ch_1", "ch_0"]


def test_results_expand(ask: Asker) -> None:
    page = ask.get("/v1/charges/search?query=amount:1000&expand[]=data.customer")
    assert page["data"][0]["customer"]["id"] == "cus_0"


@pytest.mark.parametrize(
    "query",
    [
        "status",
        "status:'a' AND amount>1 OR amount<2",
        "colour:'red'",
        "amount:'much'",
        "status>3",
        "status~'succ'",
        "metadata['order']~'a-2'",
        "-metadata['order']>2",
        "payment_method_details.card.exp_month>4",
        "payment_method_details.sepa_debit.last4:1234",
        "status:succeeded",
        "refunded:true",
        "(amount>1)",
        " AND ".join(["amount>1"] * 11),
        "   ",
    ],
)
def test_queries_that_cannot_be_understood_are_refused(ask: Asker, query: str) -> None:
    assert ask.refused(f"/v1/charges/search?query={query}", 400)["param"] == "query"


def test_parts_of_words_have_three_letters_at_least(ask: Asker) -> None:
    assert _found(ask, "customers", 'name~"ada"') == ["cus_0"]
    assert ask.refused('/v1/customers/search?query=name~"ad"', 400)["param"] == "query"


def test_a_field_that_cannot_be_searched_is_named(ask: Asker) -> None:
    message = ask.refused('/v1/subscriptions/search?query=customer:"cus_0"', 400)["message"]
    assert message.startswith(
        "Field `customer` is an unsupported search field for resource `subscriptions`."
    )


def test_a_page_that_was_not_given_out_is_refused(ask: Asker) -> None:
    error = ask.refused("/v1/charges/search?query=amount>0&page=nonsense", 400)
    assert (error["message"], error["param"]) == ("nonsense is an invalid page.", "nonsense")


def test_a_search_needs_a_query(ask: Asker) -> None:
    assert ask.refused("/v1/charges/search", 400)["code"] == "parameter_missing"
