"""Ids, references and sums: what one object says of another is so."""

import re
from collections import defaultdict
from collections.abc import Iterator

import orjson
import pytest

from dashboard.sandbox.shapes import SHAPES, Json
from dashboard.sandbox.world import generate
from tests.sandbox.world.chronicle import NOW, PAYMENTS, SEED, Chronicle, chronicle

ID = re.compile(r"^[a-z]+(_[a-z]+)*_[A-Za-z0-9]{14,24}$")

#: What an id with this prefix is an id of; others (bank accounts, mandates) are not listed.
KINDS = {
    "ch_": "charge",
    "py_": "charge",
    "pi_": "payment_intent",
    "cus_": "customer",
    "pm_": "payment_method",
    "prod_": "product",
    "price_": "price",
    "sub_": "subscription",
    "in_": "invoice",
    "ii_": "invoiceitem",
    "re_": "refund",
    "pyr_": "refund",
    "du_": "dispute",
    "txn_": "balance_transaction",
    "po_": "payout",
    "tu_": "topup",
    "cn_": "credit_note",
    "di_": "discount",
    "txr_": "tax_rate",
    "promo_": "promotion_code",
    "seti_": "setup_intent",
    "sub_sched_": "subscription_schedule",
    "cs_test_": "checkout.session",
}


def references(value: object) -> Iterator[str]:
    """Yield every string inside ``value`` that looks like an id of a listed kind."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)
    elif isinstance(value, str) and value.startswith(tuple(KINDS)) and ID.match(value):
        yield value


def test_the_same_seed_makes_the_same_bytes() -> None:
    first, second = (
        b"\n".join(orjson.dumps(shipped) for shipped in generate(11, 800, NOW)) for _ in range(2)
    )
    assert first == second


def test_another_seed_makes_another_world() -> None:
    assert (
        chronicle(50, seed=1)
        .kinds["charge"]
        .keys()
        .isdisjoint(chronicle(50, seed=2).kinds["charge"].keys())
    )


def test_a_world_has_as_many_payments_as_were_asked_for(world: Chronicle) -> None:
    alone = [charge for charge in world.all("charge") if charge["payment_intent"] is None]
    assert alone
    assert len(world.all("payment_intent")) + len(alone) == PAYMENTS


def test_the_account_comes_first_and_has_a_time_zone() -> None:
    first = next(generate(SEED, 10, NOW))
    assert isinstance(first, dict)
    assert first["object"] == "account"
    assert first["settings"]["dashboard"]["timezone"] == "America/New_York"


def test_no_id_comes_twice(world: Chronicle) -> None:
    assert world.repeated == []
    inner = [item["id"] for item in world.every() if item["object"] == "line_item"]
    assert len(inner) == len(set(inner))


def test_ids_look_like_those_of_stripe(world: Chronicle) -> None:
    for written in world.every():
        if written["object"] not in {"balance", "coupon", "account"}:
            assert ID.match(written["id"]), written["id"]
        prefix = SHAPES[written["object"]].prefix
        if prefix and written["object"] not in {"charge", "refund"}:
            assert written["id"].startswith(prefix)


def test_ids_sort_as_their_objects_were_created(world: Chronicle) -> None:
    created: dict[str, dict[str, int]] = defaultdict(dict)
    for written in world.every():
        if "created" in written and written["object"] != "coupon":
            created[written["id"].rpartition("_")[0]][written["id"]] = written["created"]
    assert len(created["ch"]) > 1_000
    assert len(created["cus"]) > 100
    for prefix, moments in created.items():
        latest = 0
        for identity in sorted(moments):
            # The short ids of customers and products tell the minute only.
            assert latest - moments[identity] < (60 if prefix in {"cus", "prod"} else 1), identity
            latest = max(latest, moments[identity])


def test_long_ids_hold_the_characters_of_their_account(world: Chronicle) -> None:
    own = world.account["id"][-10:]
    assert len(world.account["id"]) == len("acct_") + 16
    for charge in world.all("charge"):
        assert charge["id"].rpartition("_")[2][6:16] == own


def test_every_reference_leads_to_an_object(world: Chronicle) -> None:
    dangling = {
        f"{written['object']} -> {reference}"
        for written in world.every()
        if written["object"] != "event"
        for reference in references(written)
        if reference not in world.kinds[KINDS[reference.rpartition("_")[0] + "_"]]
    }
    assert dangling == set()


def test_events_speak_of_objects_that_exist(world: Chronicle) -> None:
    for event in world.all("event"):
        snapshot = event["data"]["object"]
        assert snapshot["id"] in world.kinds[snapshot["object"]], event["type"]


def test_nothing_happens_after_now(world: Chronicle) -> None:
    for written in world.every():
        assert written.get("created", 0) <= world.now, written["id"]


def test_charges_and_intents_know_each_other(world: Chronicle) -> None:
    charges: dict[str, list[Json]] = defaultdict(list)
    for charge in world.all("charge"):
        charges[charge["payment_intent"]].append(charge)
    for intent in world.all("payment_intent"):
        own = charges[intent["id"]]
        latest = intent["latest_charge"]
        assert bool(own) == bool(latest)
        if not own:
            continue
        assert latest == max(own, key=lambda charge: charge["created"])["id"]
        succeeded = [charge for charge in own if charge["status"] == "succeeded"]
        if intent["status"] != "canceled":
            assert (intent["status"] in {"succeeded", "requires_capture"}) == bool(succeeded)
        assert intent["amount_received"] == sum(
            charge["amount_captured"] for charge in succeeded
        ), intent["id"]
        assert {charge["amount"] for charge in own} == {intent["amount"]}
        assert {charge["customer"] for charge in own} == {intent["customer"]}


def test_what_a_charge_says_was_refunded_is_the_sum_of_its_refunds(world: Chronicle) -> None:
    refunded: dict[str, int] = defaultdict(int)
    for refund in world.all("refund"):
        if refund["status"] in {"succeeded", "pending"}:
            refunded[refund["charge"]] += refund["amount"]
    for charge in world.all("charge"):
        assert charge["amount_refunded"] == refunded[charge["id"]]
        whole = charge["amount_captured"] if charge["captured"] else charge["amount"]
        assert charge["refunded"] == (charge["amount_refunded"] == whole > 0)


def test_disputes_and_charges_agree(world: Chronicle) -> None:
    disputed = {dispute["charge"] for dispute in world.all("dispute")}
    assert disputed == {charge["id"] for charge in world.all("charge") if charge["disputed"]}


def test_the_rows_inside_a_dispute_are_the_rows_of_the_balance(world: Chronicle) -> None:
    for dispute in world.all("dispute"):
        for row in dispute["balance_transactions"]:
            assert world.kinds["balance_transaction"][row["id"]] == row
            assert row["source"] == dispute["id"]


def test_default_payment_methods_belong_to_their_customers(world: Chronicle) -> None:
    methods = world.kinds["payment_method"]
    for customer in world.all("customer"):
        default = customer["invoice_settings"]["default_payment_method"]
        if default and customer["id"] not in world.deleted:
            assert methods[default]["customer"] == customer["id"]


def test_customers_exist_before_they_pay(world: Chronicle) -> None:
    customers = world.kinds["customer"]
    for charge in world.all("charge"):
        if charge["customer"]:
            assert customers[charge["customer"]]["created"] <= charge["created"]


@pytest.mark.parametrize("payments", [1, 40])
def test_small_worlds_have_no_dangling_references(payments: int) -> None:
    test_every_reference_leads_to_an_object(chronicle(payments))
