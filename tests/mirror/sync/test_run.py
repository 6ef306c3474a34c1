import json

import pytest
from sqlalchemy import select, text

from dashboard.core import db
from dashboard.core.errors import ConflictError
from dashboard.gateway.errors import KeyRefusedError
from dashboard.mirror.kinds.charge import charges as charge_table
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.lock import alone
from tests.mirror.sync.conftest import START, Syncing, charges
from tests.stripe_like import Asked, Json, Misfortune, StripeLike

CHARGES = "/v1/charges"


def test_a_first_sync_stores_every_object_and_is_complete(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(1_234)
    outcome = syncing()
    assert outcome.complete
    assert outcome.objects["charge"] == 1_234
    assert syncing.count("charge") == 1_234


def test_an_empty_kind_is_complete(syncing: Syncing) -> None:
    outcome = syncing()
    assert outcome.complete
    assert outcome.objects["refund"] == 0


def test_a_thousand_objects_cost_eleven_calls_and_one_look_for_news(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(1_000)
    syncing()
    assert len(stripe_like.calls(CHARGES)) == 11
    assert stripe_like.repeats(CHARGES) == 0


def test_a_second_sync_costs_a_call_for_each_hundred_new_objects_and_one(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(500, step=1)
    syncing()
    for new in (0, 1, 99, 250):
        stripe_like.lists[CHARGES] += charges(new, start=START + 10_000 * (new + 1), step=1)
        stripe_like.log.clear()
        outcome = syncing()
        assert outcome.objects["charge"] == new
        assert len(stripe_like.calls(CHARGES)) <= -(-new // 100) + 1
    assert syncing.count("charge") == 850


def test_an_object_that_became_listable_late_is_found_by_looking_back(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    everything = charges(50, step=1)
    stripe_like.lists[CHARGES] = [one for one in everything if not one["id"].endswith("40")]
    syncing()
    stripe_like.lists[CHARGES] = everything
    assert syncing().objects["charge"] == 1


def test_a_refused_kind_is_named_and_stops_nothing_else(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(10)
    words = b'{"error": {"type": "invalid_request_error", "message": "No payouts for this key."}}'
    stripe_like.meet = lambda asked: Misfortune(403, words) if "payouts" in asked.path else None
    outcome = syncing()
    assert not outcome.complete
    assert [error.split(":")[0] for error in outcome.errors] == ["payout"]
    assert "No payouts for this key." in outcome.errors[0]
    assert syncing.count("charge") == 10
    stripe_like.meet = lambda _asked: None
    assert syncing().complete


def test_a_kind_that_the_server_lacks_is_named(syncing: Syncing, stripe_like: StripeLike) -> None:
    del stripe_like.lists["/v1/disputes"]
    outcome = syncing()
    assert not outcome.complete
    assert outcome.errors[0].startswith("dispute: Unrecognized request URL")


@pytest.mark.parametrize("unwelcome", ["expand", "status", "created"])
def test_a_server_that_takes_fewer_parameters_is_asked_for_less(
    syncing: Syncing, stripe_like: StripeLike, unwelcome: str
) -> None:
    stripe_like.lists["/v1/charges"] = charges(230)
    stripe_like.lists["/v1/prices"] = [
        {"id": f"price_{number:03}", "object": "price", "created": START + number}
        for number in range(130)
    ]
    words = json.dumps(
        {"error": {"type": "invalid_request_error", "message": "Unexpected."}}
    ).encode()

    def refuse(asked: Asked) -> Misfortune | None:
        taken = any(name.startswith(unwelcome) for name in asked.params)
        return Misfortune(400, words) if taken else None

    stripe_like.meet = refuse
    assert syncing().complete
    assert syncing.count("charge") == 230
    assert syncing.count("price") == 130
    assert syncing().complete


def test_a_server_that_takes_nothing_is_not_asked_for_ever(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.meet = lambda asked: Misfortune(400) if asked.path == "/v1/prices" else None
    outcome = syncing()
    assert [error.split(":")[0] for error in outcome.errors] == ["price"]
    assert len(stripe_like.calls("/v1/prices")) <= 5


def test_a_wrong_key_ends_the_run_at_once(syncing: Syncing, stripe_like: StripeLike) -> None:
    syncing.book()
    stripe_like.meet = lambda _asked: Misfortune(401)
    with pytest.raises(KeyRefusedError):
        syncing()


@pytest.mark.parametrize(
    "misfortune",
    [
        Misfortune(500),
        Misfortune(429, b'{"error": {"message": "Slow down."}}'),
        Misfortune(200, b'{"object": "list", "data": [{"id": "ch_1", "created"'),
        Misfortune(200, b'{"object": "list", "data": [', announced=5_000),
        Misfortune(200, b'{"object": "list", "has_more": true, "data": []}'),
        Misfortune(200, b"<html>Welcome to the hotel</html>"),
        Misfortune(200, b"[]"),
    ],
    ids=["500", "429", "bad json", "truncated", "empty with more", "html", "no object"],
)
def test_what_may_pass_is_tried_again(
    syncing: Syncing, stripe_like: StripeLike, misfortune: Misfortune
) -> None:
    stripe_like.lists[CHARGES] = charges(250)

    def every_third(asked: Asked) -> Misfortune | None:
        is_third = len(stripe_like.calls(CHARGES)) % 3 == 1
        return misfortune if is_third and asked.path == CHARGES else None

    stripe_like.meet = every_third
    assert syncing().complete
    assert syncing.count("charge") == 250


def test_what_does_not_pass_fails_its_kind_and_goes_on_where_it_stopped(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(1_000)
    stripe_like.meet = lambda asked: (
        Misfortune(500) if len(stripe_like.calls(CHARGES)) > 5 and asked.path == CHARGES else None
    )
    outcome = syncing()
    assert [error.split(":")[0] for error in outcome.errors] == ["charge"]
    assert syncing.count("charge") == 500
    stripe_like.meet = lambda _asked: None
    stripe_like.log.clear()
    assert syncing().complete
    assert syncing.count("charge") == 1_000
    assert len(stripe_like.calls(CHARGES)) == 6


@pytest.mark.parametrize("status", [400, 404])
def test_an_object_that_is_deleted_while_it_is_the_cursor_stops_nothing(
    syncing: Syncing, stripe_like: StripeLike, status: int
) -> None:
    stripe_like.lists[CHARGES] = charges(250)
    words = b'{"error": {"code": "resource_missing", "message": "No such charge."}}'
    gone = stripe_like.lists[CHARGES][150]

    def deletes_the_cursor(asked: Asked) -> Misfortune | None:
        if asked.params.get("starting_after") != gone["id"]:
            return None
        stripe_like.lists[CHARGES] = [one for one in stripe_like.lists[CHARGES] if one != gone]
        return Misfortune(status, words)

    stripe_like.meet = deletes_the_cursor
    outcome = syncing()
    assert outcome.complete
    assert syncing.count("charge") == 250


def test_a_list_that_turns_in_a_circle_is_an_error(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(300)
    real = stripe_like.lists[CHARGES][-100:]

    def circle(asked: Asked) -> Misfortune | None:
        if asked.path != CHARGES:
            return None
        body: Json = {"object": "list", "has_more": True, "data": real[::-1]}
        return Misfortune(200, json.dumps(body).encode())

    stripe_like.meet = circle
    outcome = syncing()
    assert not outcome.complete
    assert "repeats" in outcome.errors[0]


def test_a_far_server_is_read_in_several_windows_at_once(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(2_500)
    stripe_like.latency = 0.4
    outcome = syncing()
    assert outcome.complete
    assert outcome.objects["charge"] == 2_500
    assert syncing.count("charge") == 2_500
    assert stripe_like.repeats(CHARGES) == 0
    windows = {asked.params.get("created[lt]") for asked in stripe_like.calls(CHARGES)}
    assert len(windows) > 3


def test_a_far_server_that_disregards_created_is_read_once(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(2_500)
    stripe_like.latency = 0.2
    stripe_like.ignores = {"created[gte]", "created[lt]"}
    outcome = syncing()
    assert outcome.complete
    assert outcome.objects["charge"] == syncing.count("charge") == 2_500
    # 25 pages, and one for each window that was open before it was noticed; else 25 for each.
    assert len(stripe_like.calls(CHARGES)) < 100


def test_a_near_server_is_read_in_one_window(syncing: Syncing, stripe_like: StripeLike) -> None:
    stripe_like.lists[CHARGES] = charges(2_500)
    syncing()
    assert {asked.params.get("created[lt]") for asked in stripe_like.calls(CHARGES)} == {None}


def test_a_full_sync_buries_what_is_gone(syncing: Syncing, stripe_like: StripeLike) -> None:
    stripe_like.lists[CHARGES] = charges(120)
    syncing()
    del stripe_like.lists[CHARGES][7]
    assert syncing().complete
    assert syncing.count("charge") == 120
    assert syncing(full=True).complete
    assert syncing.count("charge") == 119


def test_a_full_sync_learns_of_changes_without_events(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(3)
    syncing()
    stripe_like.lists[CHARGES][1]["amount_refunded"] = 500
    syncing(full=True)
    with db.reading(syncing.engine) as connection:
        refunded = list(connection.scalars(select(charge_table.c.amount_refunded_minor)))
    assert sorted(refunded) == [0, 0, 500]


def test_lines_that_stripe_cut_off_are_read_to_their_end(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    lines = [
        {"id": f"il_{number:03d}", "object": "line_item", "amount": number, "currency": "usd"}
        for number in range(25)
    ]
    path = "/v1/invoices/in_1/lines"
    stripe_like.lists["/v1/invoices"] = [
        {
            "id": "in_1",
            "object": "invoice",
            "created": START,
            "currency": "usd",
            "lines": {"object": "list", "url": path, "has_more": True, "data": lines[:-11:-1]},
        }
    ]
    stripe_like.lists[path] = lines
    assert syncing().complete
    table = KINDS["line_item"].table
    with db.reading(syncing.engine) as connection:
        assert len(connection.execute(select(table.c.id)).all()) == 25


@pytest.mark.parametrize("url", ["/v1/invoices/in_1/lines", None])
def test_an_object_is_kept_where_the_rest_of_its_list_is_nowhere(
    syncing: Syncing, stripe_like: StripeLike, url: str | None
) -> None:
    lines = {"object": "list", "has_more": True, "url": url, "data": [{"id": "il_1"}]}
    invoice = {"id": "in_1", "object": "invoice", "created": START, "lines": lines}
    stripe_like.lists["/v1/invoices"] = [invoice]
    assert syncing().complete
    assert syncing.count("invoice") == syncing.count("line_item") == 1


def test_the_planner_looks_at_the_tables_while_they_are_still_filled(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(1_200)
    syncing()
    seen = {
        "sqlite": "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'charges'",
        "postgresql": "SELECT reltuples FROM pg_class WHERE relname = 'charges'",
    }
    with db.reading(syncing.engine) as connection:
        assert connection.scalar(text(seen[connection.dialect.name])) > 0


def test_only_one_sync_of_a_book_runs_at_a_time(syncing: Syncing) -> None:
    with alone(syncing.engine, syncing.book()), pytest.raises(ConflictError):
        syncing()
