"""What the parameters of lists may be, and how everything else is refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.sandbox.filters import filters_of
from dashboard.sandbox.shapes import SHAPES
from tests.sandbox.asking import Asker

LISTED = [kind for kind, shape in SHAPES.items() if shape.path]
SUBSCRIPTION_STATUSES = (
    "active, past_due, unpaid, canceled, incomplete, incomplete_expired, trialing, paused"
)


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ("limit=0", "limit", "parameter_invalid_integer"),
        ("limit=101", "limit", "parameter_invalid_integer"),
        ("limit=ten", "limit", "parameter_invalid_integer"),
        ("starting_after=ch_nowhere", "starting_after", "resource_missing"),
        ("ending_before=ch_nowhere", "ending_before", "resource_missing"),
        ("created[after]=1", "created[after]", "parameter_unknown"),
        ("created=yesterday", "created", "parameter_invalid_integer"),
        ("created[gte]=abc", "created[gte]", "parameter_invalid_integer"),
        ("created[gte]=1.5", "created[gte]", "parameter_invalid_integer"),
        ("emial=a", "emial", "parameter_unknown"),
        ("status=succeeded", "status", "parameter_unknown"),
        ("customer=", "customer", "parameter_invalid_empty"),
        ("starting_after=", "starting_after", "parameter_invalid_empty"),
        ("limit=", "limit", "parameter_invalid_empty"),
        ("customer[]=cus_0", "customer", None),
        ("customer[a]=cus_0", "customer", None),
        ("starting_after[]=ch_0", "starting_after", None),
    ],
)
def test_parameters_that_mean_nothing_are_refused(
    ask: Asker, query: str, param: str, code: str | None
) -> None:
    error = ask.refused(f"/v1/charges?{query}", 400)
    assert (error["param"], error.get("code")) == (param, code)
    assert error["type"] == "invalid_request_error"


def test_all_unknown_parameters_are_named(ask: Asker) -> None:
    error = ask.refused("/v1/charges?foo=1&bar[baz]=2", 400)
    assert error["message"] == "Received unknown parameters: bar, foo"


def test_both_cursors_at_once_are_refused(ask: Asker) -> None:
    error = ask.refused("/v1/charges?starting_after=ch_1&ending_before=ch_2", 400)
    assert error == {
        "message": (
            "Received both starting_after and ending_before parameters. Please pass in only one."
        ),
        "type": "invalid_request_error",
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "subscriptions?status=bogus",
            f"Invalid status: must be one of {SUBSCRIPTION_STATUSES}, all, or ended",
        ),
        (
            "customers/cus_0/subscriptions?status=bogus",
            f"Invalid status: must be one of {SUBSCRIPTION_STATUSES}, all, or ended",
        ),
        (
            "subscriptions?collection_method=bogus",
            "Invalid collection_method: must be one of charge_automatically or send_invoice",
        ),
        (
            "invoices?status=bogus",
            "Invalid status: must be one of draft, open, paid, uncollectible, or void",
        ),
        (
            "invoices?status[]=paid",
            "Invalid status: must be one of draft, open, paid, uncollectible, or void",
        ),
        ("prices?type=bogus", "Invalid type: must be one of one_time or recurring"),
        (
            "prices?recurring[interval]=bogus",
            "Invalid recurring[interval]: must be one of day, month, week, or year",
        ),
        ("products?type=bogus", "Invalid type: must be one of good or service"),
    ],
)
def test_a_word_that_a_filter_does_not_know_is_refused(
    ask: Asker, query: str, message: str
) -> None:
    error = ask.refused(f"/v1/{query}", 400)
    assert error["message"] == message
    assert error["param"] == query.partition("?")[2].partition("=")[0].removesuffix("[]")
    assert error["type"] == "invalid_request_error"


def _documented(spec: Any, kind: str) -> Any:
    """Return the schema of the parameters of a kind's list call."""
    return _resolved(spec, spec.op("GET", SHAPES[kind].path)[1].get("x-params", {}))


def _resolved(spec: Any, schema: Any) -> Any:
    return spec.schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def _closed_sets(spec: Any, schema: Any, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield (parameter, words) for every parameter that takes one of a closed set of words."""
    schema = _resolved(spec, schema)
    for alternative in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        yield from _closed_sets(spec, alternative, name)
    if schema.get("enum") or schema.get("x-enum"):
        yield name, set(schema.get("enum") or schema["x-enum"])
    for inner, held in schema.get("properties", {}).items():
        yield from _closed_sets(spec, held, f"{name}[{inner}]" if name else inner)


@pytest.mark.parametrize("kind", LISTED)
def test_every_list_has_the_parameters_that_stripe_documents(kind: str, spec: Any) -> None:
    filters = {one.parameter.split("[")[0] for one in filters_of(kind)}
    documented = _documented(spec, kind).get("properties", {}).keys()
    assert filters | {"limit", "starting_after", "ending_before", "expand"} == documented


@pytest.mark.parametrize("kind", LISTED)
def test_every_closed_filter_takes_the_words_that_stripe_documents(kind: str, spec: Any) -> None:
    described = {name: set(words.split()) for name, words in SHAPES[kind].choices.items()}
    assert described == dict(_closed_sets(spec, _documented(spec, kind)))


def test_events_are_asked_for_by_one_type_or_by_several(ask: Asker) -> None:
    error = ask.refused("/v1/events?type=charge.*&types[]=charge.failed", 400)
    assert (error["code"], error["param"]) == ("parameters_exclusive", "types")


def test_arrays_must_be_arrays(ask: Asker) -> None:
    error = ask.refused("/v1/products?ids=prod_0", 400)
    assert (error["message"], error["param"]) == ("Invalid array", "ids")


def test_a_filter_within_another_needs_its_companion(ask: Asker) -> None:
    error = ask.refused("/v1/invoice_payments?payment[payment_intent]=pi_0", 400)
    assert (error["code"], error["param"]) == ("parameter_missing", "payment[type]")


def test_a_list_under_a_parent_takes_no_other_parent(ask: Asker) -> None:
    error = ask.refused("/v1/customers/cus_0/payment_methods?customer=cus_1", 400)
    assert (error["code"], error["param"]) == ("parameter_unknown", "customer")


@pytest.mark.parametrize(
    ("query", "noun"),
    [
        ("charges?customer=", "customer"),
        ("payment_methods?customer=", "customer"),
        ("subscriptions?status=all&customer=", "customer"),
        ("subscriptions?price=", "price"),
        ("subscription_items?subscription=", "subscription"),
        ("invoices?subscription=", "subscription"),
        (
            "invoice_payments?payment[type]=payment_intent&payment[payment_intent]=",
            "payment_intent",
        ),
        ("refunds?charge=", "charge"),
        ("disputes?payment_intent=", "payment_intent"),
        ("balance_transactions?payout=", "payout"),
        ("prices?product=", "product"),
    ],
)
def test_a_filter_by_an_object_that_never_was_is_refused(ask: Asker, query: str, noun: str) -> None:
    error = ask.refused(f"/v1/{query}nowhere", 400)
    assert error["message"] == f"No such {noun}: 'nowhere'"
    assert error["code"] == "resource_missing"
    assert error["param"] == query.replace("?", "&").split("&")[-1].removesuffix("=")


def test_subscription_items_need_their_subscription(ask: Asker) -> None:
    error = ask.refused("/v1/subscription_items", 400)
    assert (error["code"], error["param"]) == ("parameter_missing", "subscription")
