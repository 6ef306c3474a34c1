"""The list of payments: filters, search, order, pages, exports and refusals."""

import io

import openpyxl
import pytest
from flask import Flask

from dashboard.core import db
from dashboard.mirror.apply import apply
from dashboard.mirror.registry import KINDS
from dashboard.sandbox.shapes import part
from dashboard.store import sync_runs
from dashboard.store.roles import Role
from dashboard.store.sync_runs import KindState, KindStatus
from tests.clients import CheckedClient, signed_in
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
HOSTILE = ('<script>alert("x")</script>', '=HYPERLINK("http://x")', "O'Brien & Söhne 🎈", "{{7*7}}")


def ids(client: CheckedClient, query: str = "") -> list[str]:
    return listed(client, f"/payments{query}", "payment")


def test_payments_are_listed_newest_first(ann: CheckedClient, make: Maker) -> None:
    made = [make.payment() for _ in range(3)]
    assert ids(ann) == made


def test_an_empty_account_says_that_nothing_is_there_yet(ann: CheckedClient, make: Maker) -> None:
    make.synced()
    assert 'data-empty="nothing-yet"' in ann.get("/payments").text


def test_a_list_says_once_what_stripe_refuses(ann: CheckedClient, make: Maker) -> None:
    refused = [KindStatus(kind, KindState.REFUSED) for kind in ("charge", "payment_intent")]
    with db.writing(make.engine) as connection:
        sync_runs.start(connection, make.book)
        sync_runs.save_statuses(connection, make.book, refused)
    words = "Stripe refuses payment intents and charges to this key."
    page = ann.get("/payments").text
    assert 'data-empty="refused"' in page
    assert page.count(words) == 1
    assert '<a class="btn" href="/sync">See the sync</a>' in page
    narrowed = ann.get("/payments?status=failed").text
    assert 'data-empty="nothing-matches"' in narrowed
    assert narrowed.count(words) == 1
    make.payment()
    assert ann.get("/payments").text.count(words) == 1


def test_without_an_account_the_page_says_how_to_connect_one(ann: CheckedClient) -> None:
    page = ann.get("/payments")
    assert page.status_code == 200
    assert 'data-empty="not-connected"' in page.text
    assert '<a class="btn" href="/sync">See the sync</a>' in page.text


def test_a_filter_that_matches_nothing_offers_to_clear_it(ann: CheckedClient, make: Maker) -> None:
    make.payment()
    make.synced()
    page = ann.get("/payments?status=failed")
    assert 'data-empty="nothing-matches"' in page.text
    assert "Clear filters" in page.text


def test_each_filter_lets_through_only_what_it_says(ann: CheckedClient, make: Maker) -> None:
    plain = make.payment(amount=2_000)
    failed = make.payment(status="failed", amount=9_900)
    refunded = make.payment(refunded=2_000)
    partly = make.payment(refunded=500)
    yen = make.payment(amount=5_000, currency="jpy")
    old = make.payment(created=make.now - 90 * 86_400)
    assert ids(ann, "?status=failed") == [failed]
    assert ids(ann, "?status=refunded&status=partially_refunded") == [refunded, partly]
    assert ids(ann, "?currency=jpy") == [yen]
    assert ids(ann, "?amount_min=50") == [failed]
    assert ids(ann, "?currency=jpy&amount_min=5000") == [yen]
    assert old not in ids(ann, "?created=30d")
    assert plain in ids(ann, "?created=30d")


def test_an_amount_is_meant_in_the_accounts_currency_unless_one_is_chosen(
    ann: CheckedClient, make: Maker
) -> None:
    dollars, yen = make.payment(amount=5_000), make.payment(amount=5_000, currency="jpy")
    assert ids(ann, "?amount_min=50&amount_max=50") == [dollars]
    assert yen not in ids(ann, "?amount_min=50")


def test_search_finds_parts_of_names_mails_and_descriptions(
    ann: CheckedClient, make: Maker
) -> None:
    details = part("billing_details", name="Zoë Quartermain", email="zoe.q@example.com")
    wanted = make.payment(description="Walnut stool", billing_details=details)
    make.payment(description="Brass lamp")
    for words in ("quarterm", "zoe.q@exam", "walnut stool", "WALNUT", "zoë"):
        assert ids(ann, f"?q={words}") == [wanted], words
    assert ids(ann, "?q=nobody at all") == []


def test_search_finds_the_payments_of_a_customer_by_their_name(
    ann: CheckedClient, make: Maker
) -> None:
    customer = make.customer(name="Ines Quill", email="ines@quill.example")
    wanted = make.payment(customer=customer)
    make.payment()
    assert ids(ann, "?q=quill") == [wanted]


def test_an_exact_id_jumps_to_its_payment(ann: CheckedClient, make: Maker) -> None:
    payment = make.payment()
    response = ann.get(f"/payments?q={payment}")
    assert response.status_code == 303
    assert response.location == f"/payments/{payment}"


def test_of_many_payments_that_a_search_finds_the_newest_are_shown(
    ann: CheckedClient, make: Maker
) -> None:
    named = make.payment(description="For the quill")
    customer = make.customer(name="Orla Quill")
    fields = {"customer": customer, "amount": 2_000, "currency": "usd", "status": "succeeded"}
    paid = [make.raw("charge", "ch", **fields) for _ in range(550)]
    with db.writing(make.engine) as connection:
        apply(connection, make.book, KINDS["charge"], paid, seen_at=make.now)
    make.payment(description="For the quill")
    newest = [named, *(str(raw["id"]) for raw in paid[:49])]
    page = ann.get("/payments?q=quill").text
    assert ids(ann, "?q=quill") == newest
    assert "50 of 50+" in page
    older = link(page, "older")
    assert listed(ann, older, "payment") == [str(raw["id"]) for raw in paid[49:99]]
    assert "50 of 552" in ann.get(older).text
    assert "50 of 552" in ann.get("/payments?q=quill&currency=usd").text
    assert len(exported(ann, "/payments/export.csv?q=quill")) == 552


def test_payments_of_a_customer_are_among_those_that_a_search_finds_by_their_texts(
    ann: CheckedClient, make: Maker
) -> None:
    customer = make.customer(name="Orla Quill")
    made = [
        make.payment(customer=customer) if place % 3 else make.payment(description="A quill")
        for place in range(200)
    ]
    assert ids(ann, "?q=quill") == made[:50]


def test_a_search_that_is_too_short_is_refused_with_a_remedy(
    ann: CheckedClient, make: Maker
) -> None:
    make.payment()
    page = ann.get("/payments?q=a")
    assert page.status_code == 400
    assert "at least 2 letters" in page.text


def test_pages_meet_without_gap_or_overlap_in_both_directions(
    ann: CheckedClient, make: Maker
) -> None:
    made = [make.payment(amount=1_000 + number % 7) for number in range(120)]
    for order in ("", "?sort=amount", "?sort=amount&direction=asc", "?direction=asc"):
        seen, url = [], f"/payments{order}"
        pages = []
        while url:
            page = ann.get(url)
            pages.append(listed(ann, url, "payment"))
            seen += pages[-1]
            url = link(page.text, "older")
        assert sorted(seen) == sorted(made)
        assert len(seen) == len(set(seen))
        back = link(page.text, "newer")
        assert back
        assert listed(ann, back, "payment") == pages[-2]


def link(page: str, direction: str) -> str:
    """Return where the pager leads, or nothing at the end of the list."""
    _before, found, rest = page.partition(f'id="pager-{direction}"')
    if not found:
        return ""
    return rest.partition('href="')[2].partition('"')[0].replace("&amp;", "&")


def test_the_count_is_of_all_that_match(ann: CheckedClient, make: Maker) -> None:
    for _ in range(51):
        make.payment()
    make.payment(status="failed")
    assert "50 of 52" in ann.get("/payments").text
    assert "1 of 1 " in ann.get("/payments?status=failed").text


def test_the_export_holds_exactly_the_filtered_rows_in_their_order(
    ann: CheckedClient, make: Maker
) -> None:
    for number in range(60):
        make.payment(amount=1_000 + number, status="failed" if number % 3 else "succeeded")
    lines = exported(ann, "/payments/export.csv?status=failed&sort=amount")
    assert [int(line["amount_minor"]) for line in lines] == sorted(
        (1_000 + number for number in range(60) if number % 3), reverse=True
    )
    assert all(line["amount"] == f"{int(line['amount_minor']) / 100:.2f}" for line in lines)


def test_the_workbook_holds_the_same_rows(ann: CheckedClient, make: Maker) -> None:
    made = [make.payment() for _ in range(3)]
    workbook = openpyxl.load_workbook(io.BytesIO(ann.get("/payments/export.xlsx").data))
    rows = list(workbook.worksheets[0].iter_rows(values_only=True))
    assert rows[0][0] == "id"
    assert [row[0] for row in rows[1:]] == made


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_only_text_on_the_page_and_in_the_export(
    ann: CheckedClient, make: Maker, words: str
) -> None:
    make.payment(description=words, billing_details=part("billing_details", name=words))
    page = ann.get("/payments").text
    assert "<script>alert" not in page
    assert "49" not in page.partition("<tbody>")[2].partition("Created")[0] or words != "{{7*7}}"
    cell = exported(ann, "/payments/export.csv")[0]["description"]
    assert cell == (f"'{words}" if words.startswith("=") else words)
    sheet = openpyxl.load_workbook(io.BytesIO(ann.get("/payments/export.xlsx").data)).worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(
    "query",
    [
        "status=unknown",
        "statu=failed",
        "cursor=broken",
        "cursor=WzEsMl0",
        "cursor=WyJhIiwiYiIsMF0",
        "cursor=WzE4NDQ2NzQ0MDczNzA5NTUxNjE1LCJhIiwwXQ",
        "created=sometime",
        "created_from=2999-01-01",
        "created_from=2026-02-30",
        "amount_min=abc",
        "amount_min=1e999",
        "amount_min=1,5",
        "currency=zzz",
        "sort=name",
        "direction=sideways",
        "customer=a%00b",
    ],
)
def test_bad_input_is_refused_by_name_never_an_error_of_ours(
    ann: CheckedClient, make: Maker, query: str
) -> None:
    make.payment()
    page = ann.get(f"/payments?{query}")
    assert page.status_code == 400
    assert query.partition("=")[0].removesuffix("_from").removesuffix("_min") in page.text
    if not query.startswith("cursor"):
        assert ann.get(f"/payments/export.csv?{query}").status_code == 400


def test_a_page_costs_at_most_three_statements(app: Flask, ann: CheckedClient, make: Maker) -> None:
    make.payment(customer=make.customer(name="Ines Quill"))
    for query in ("", "?status=failed&created=30d", "?q=quill", "?currency=usd&amount_min=1"):
        with statements(app.extensions["dashboard"].engine) as asked:
            ann.get(f"/payments{query}")
        assert len(asked) <= 3, asked


def test_the_list_alone_is_answered_to_htmx_and_the_page_to_history(
    ann: CheckedClient, make: Maker
) -> None:
    make.payment()
    alone = ann.get("/payments", headers=PART)
    assert alone.text.lstrip().startswith('<section class="panel panel-flush" id="payments-list"')
    assert "HX-Request" in alone.headers["Vary"]
    whole = ann.get("/payments", headers={**PART, "HX-History-Restore-Request": "true"})
    assert "<html" in whole.text


def test_an_unchanged_list_answers_304(ann: CheckedClient, make: Maker) -> None:
    make.payment(created=make.now - 86_400 * 400)
    first = ann.get("/payments")
    again = ann.get("/payments", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_another_accounts_payments_are_never_listed(
    app: Flask, ann: CheckedClient, make: Maker
) -> None:
    mine = make.payment()
    other = Maker(app.extensions["dashboard"].engine, "acct_other")
    other.payment(id="ch_of_another")
    assert ids(ann, f"?account={make.book.account_id}") == [mine]
    assert ids(ann, "?account=acct_other") == ["ch_of_another"]
    assert ann.get("/payments?account=acct_unknown").status_code == 404


def test_a_viewer_may_look_and_a_stranger_is_sent_to_sign_in(
    rob: CheckedClient, client: CheckedClient, make: Maker
) -> None:
    make.payment()
    assert rob.get("/payments").status_code == 200
    assert client.get("/payments").status_code == 303


@pytest.mark.parametrize("headers", [{}, PART], ids=["page", "part"])
def test_a_filter_that_makes_no_sense_stays_to_be_corrected(
    ann: CheckedClient, make: Maker, headers: dict[str, str]
) -> None:
    payment = make.payment()
    page = ann.get("/payments?status=gone&amount_min=5", headers=headers)
    assert page.status_code == 400
    assert payment not in page.text
    chip = page.text.partition("chip-error")[2].partition("chip-remove")[0]
    assert "Status: <b>gone</b>" in chip
    assert "“gone” is not a value of this filter." in chip
    assert "Choose among: succeeded, " in page.text
    assert "Amount: <b>at least $5.00</b>" in page.text
    assert 'href="/payments?amount_min=5"' in page.text
    assert '<a class="btn" href="/payments">Show all payments</a>' in page.text


@pytest.mark.parametrize("headers", [{}, PART])
def test_a_search_that_names_filters_leads_to_the_list_with_these(
    ann: CheckedClient, make: Maker, headers: dict[str, str]
) -> None:
    wanted = make.payment(status="failed", amount=60_000, description="Quill")
    make.payment(status="failed", amount=60_000)
    make.payment(status="failed", description="Quill")
    url = "/payments?method=card&q=status:failed amount:>500 quill"
    answer = ann.get(url.replace(">", "%3E"), headers=headers)
    assert answer.status_code == 303
    assert answer.location == "/payments?method=card&status=failed&amount_min=500&q=quill"
    query = answer.location.removeprefix("/payments?method=card&")
    assert ids(ann, f"?{query}") == [wanted]
    lines = exported(ann, "/payments/export.csv?q=status:failed+amount:%3E500+quill")
    assert [line["id"] for line in lines] == [wanted]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("status:gone", "“gone” is not a value of this filter"),
        ("colour:red", "“colour” is no filter here"),
    ],
)
def test_a_search_that_names_no_known_filter_is_corrected_in_place(
    ann: CheckedClient, make: Maker, words: str, said: str
) -> None:
    make.payment()
    page = ann.get(f"/payments?q={words}")
    assert page.status_code == 400
    assert said in page.text
    assert f'value="{words}"' in page.text


def test_a_search_that_is_too_short_leaves_the_box_to_type_on(
    ann: CheckedClient, make: Maker
) -> None:
    make.payment()
    page = ann.get("/payments?q=J&status=failed", headers=PART)
    assert page.status_code == 400
    assert 'value="J"' in page.text
    assert "Status: <b>Failed</b>" in page.text
    assert 'hx-trigger="every' not in page.text


def test_a_program_reads_of_a_bad_filter_in_json(ann: CheckedClient, make: Maker) -> None:
    make.payment()
    answer = ann.get("/payments?status=gone", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"]["code"] == "bad_input"


def test_a_viewer_is_not_shown_the_exports_that_are_refused(app: Flask, make: Maker) -> None:
    make.payment()
    eve = signed_in(app, "eve@example.com", Role.VIEWER)
    assert "export.csv" not in eve.get("/payments").text
    assert eve.get("/payments/export.csv").status_code == 403
    ana = signed_in(app, "ana@example.com", Role.ANALYST)
    assert "export.csv" in ana.get("/payments").text
    assert ana.get("/payments/export.csv").status_code == 200
