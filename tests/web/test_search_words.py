"""Words of a search that name filters become these; all others stay words."""

import pytest
from werkzeug.datastructures import MultiDict

from dashboard.core.errors import BadInputError
from dashboard.web.filters import Amounts, Choice, Dates, Text
from dashboard.web.search_words import with_filters

FILTERS = (
    Dates("created", "Created"),
    Choice("status", "Status", (("failed", "Failed"), ("refunded", "Refunded"))),
    Amounts("amount", "Amount"),
    Text("customer", "Customer"),
)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("status:failed", {"status": ["failed"]}),
        ("Status:Failed", {"status": ["failed"]}),
        ("status:failed,refunded", {"status": ["failed", "refunded"]}),
        ("status:failed status:refunded", {"status": ["failed", "refunded"]}),
        ("customer:cus_A1", {"customer": ["cus_A1"]}),
        ("amount:>500", {"amount_min": ["500"]}),
        ("amount:<=500", {"amount_max": ["500"]}),
        ("amount:20..30.50", {"amount_min": ["20"], "amount_max": ["30.50"]}),
        ("amount:500", {"amount_min": ["500"], "amount_max": ["500"]}),
        ("created:30d", {"created": ["30d"]}),
        ("created:>2026-11-01", {"created_from": ["2026-11-01"]}),
        ("created:2026-11-01", {"created_from": ["2026-11-01"], "created_to": ["2026-11-01"]}),
        ("ada status:failed lovelace", {"status": ["failed"], "q": ["ada lovelace"]}),
    ],
)
def test_a_word_that_names_a_filter_sets_it(words: str, named: dict[str, list[str]]) -> None:
    found = with_filters(MultiDict({"q": words}), FILTERS)
    assert {name: values for name, values in found.lists() if any(values)} == named


@pytest.mark.parametrize("words", ["ada", "", "status:", ":failed", "12:30", "https://example.com"])
def test_other_words_stay_words(words: str) -> None:
    arguments = MultiDict({"q": words, "cursor": "x"})
    assert with_filters(arguments, FILTERS) is arguments


def test_a_word_replaces_what_its_filter_was_set_to_and_leaves_the_others() -> None:
    before = [("status", "refunded"), ("sort", "amount"), ("cursor", "x"), ("customer", "cus_1")]
    found = with_filters(MultiDict([*before, ("q", "status:failed")]), FILTERS)
    assert {name: values for name, values in found.lists() if any(values)} == {
        "status": ["failed"],
        "sort": ["amount"],
        "customer": ["cus_1"],
    }


def test_an_unknown_filter_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInputError, match="created, status, amount, customer") as refusal:
        with_filters(MultiDict({"q": "colour:red"}), FILTERS)
    assert refusal.value.field == "q"
