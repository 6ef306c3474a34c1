"""Whatever is asked, the practice Stripe answers like Stripe and never breaks."""

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from dashboard.sandbox.operations import OPERATIONS, Operation
from dashboard.sandbox.routes import READ_TEMPLATES
from dashboard.sandbox.server import RunningServer
from tests.sandbox.asking import Asker

_STRANGE = ("", "0", "-1", "\0", "é", "😀", "%", "'", "nowhere", "9" * 25, "a" * 300)
_PLAUSIBLE = {
    "limit": ("1", "100"),
    "starting_after": ("ch_0", "cus_0"),
    "ending_before": ("ch_3", "sub_0"),
    "created": ("1750000000",),
    "created[gte]": ("1",),
    "customer": ("cus_0",),
    "status": ("all", "active", "paid"),
    "expand[]": (
        "customer",
        "data",
        "data.customer",
        "data.source.source.source",
        "data.customer.deleted",
        "refunds.data.charge",
        "items.data.price.tiers",
        "lines",
        "latest_charge.balance_transaction",
    ),
    "expand[a][b]": ("customer",),
    "query": (
        "amount>1",
        "status:'paid' OR currency:'usd'",
        "-metadata['a']:null",
        "name~'abc'",
        "created:0",
        "email:'\\\\'",
    ),
    "page": ("W10=", "WzEsMl0="),
    "email": ("a@example.com",),
    "type": ("card", "charge.*", "["),
    "types[]": ("charge.succeeded",),
    "active": ("true",),
    "recurring[interval]": ("month",),
    "metadata": ("a",),
    "metadata[a]": ("b",),
    "payment_method": ("pm_card_visa", "pm_card_chargeDeclined", "pm_0"),
    "payment_method_data[card][number]": ("4000000000000002",),
    "amount": ("100", "99999999999999999999"),
    "currency": ("usd", "kwd", "xyz"),
    "confirm": ("true",),
    "shipping[address][city]": ("Rome",),
    "address[city]": ("Rome",),
    "address": ("Rome",),
    "invoice_settings[default_payment_method]": ("pm_0",),
    "charge": ("ch_0", "ch_3", "ch_5"),
    "payment_intent": ("pi_3",),
    "preferred_locales[]": ("de",),
    "automatic_payment_methods[enabled]": ("true",),
    "[]": ("1",),
    "a[": ("1",),
}
_PARAM = some.sampled_from(list(_PLAUSIBLE)).flatmap(
    lambda name: some.tuples(
        some.just(name), some.sampled_from(_PLAUSIBLE[name]) | some.sampled_from(_STRANGE)
    )
)
_PARAMS = some.lists(_PARAM, max_size=3)
_IDS = ("ch_0", "cus_0", "pi_3", "in_0", "sub_0", "nowhere", "%00", "é")


def _fill(template: str, identity: str) -> str:
    return "/".join(identity if step.startswith("{") else step for step in template.split("/"))


@pytest.fixture(scope="module")
def asked(sandbox: RunningServer) -> Asker:
    return Asker(sandbox.url)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.sampled_from(READ_TEMPLATES), some.sampled_from(_IDS), _PARAMS)
def test_no_read_breaks_it(
    asked: Asker, template: str, identity: str, params: list[tuple[str, str]]
) -> None:
    answer = asked.send("GET", f"{_fill(template, identity)}?{urlencode(params)}")
    assert answer.status_code in {200, 400, 403, 404}, answer.text
    assert answer.json()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(some.sampled_from(OPERATIONS), some.sampled_from(_IDS), _PARAMS)
def test_no_write_breaks_it(
    ask: Asker, operation: Operation, identity: str, params: list[tuple[str, str]]
) -> None:
    path = _fill(operation.path, identity)
    answer = ask.session.request(
        operation.method,
        ask.url + path,
        data=params,
        headers={"Authorization": "Bearer sk_test_a"},
        timeout=10,
    )
    assert answer.status_code in {200, 400, 402, 404}, answer.text
    assert answer.json()
