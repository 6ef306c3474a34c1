"""Every fault that is planted in the mirror is found, named and mended."""

from sqlalchemy import func, select, update

from dashboard.core import clock, db
from dashboard.mirror.apply import apply
from dashboard.mirror.measures import keeping
from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.membership import payout_transactions
from dashboard.mirror.reconcile import sums
from dashboard.mirror.registry import KINDS
from dashboard.store import checks
from dashboard.store.differences import What
from tests.mirror.reconcile.conftest import Mirror

NOTHING = dict.fromkeys(What, 0)
DAYS = 86_400


def test_a_mirror_that_was_just_filled_equals_stripe(mirror: Mirror) -> None:
    outcome = mirror.reconcile()
    assert outcome.complete
    assert outcome.counts == NOTHING
    assert outcome.left == 0
    told = {name: outcome.objects.get(name, 0) for name in KINDS}
    assert told == {name: mirror.count(name) for name in KINDS}


def test_rows_that_were_lost_are_missing_and_come_back(mirror: Mirror) -> None:
    lost = {(kind, mirror.lose(kind)) for kind in KINDS}
    outcome = mirror.reconcile()
    assert outcome.counts == NOTHING | {What.MISSING: len(KINDS)}
    assert {(each.kind, each.id) for each in outcome.differences} == lost
    assert {(each.kind, each.id) for each in mirror.open()} == lost
    repaired = mirror.reconcile(repair=True)
    assert (repaired.repaired, repaired.left) == (len(KINDS), 0)
    assert mirror.open() == []
    assert mirror.sums_are_right()
    assert mirror.reconcile().counts == NOTHING


def test_a_column_that_was_altered_is_stale_and_set_right(mirror: Mirror) -> None:
    name = mirror.some("balance_transaction")
    net = mirror.column("balance_transaction", name, "net_minor")
    mirror.alter("balance_transaction", name, net_minor=net + 1)
    outcome = mirror.reconcile()
    assert outcome.counts == NOTHING | {What.STALE: 1}
    assert outcome.differences[0].fields == ("net_minor",)
    assert {each.name for each in outcome.sums if each.faults} >= {"summaries", "transactions"}
    assert mirror.reconcile(repair=True).left == 0
    assert mirror.column("balance_transaction", name, "net_minor") == net
    assert mirror.sums_are_right()


def test_an_older_version_is_stale_and_its_fields_are_named(mirror: Mirror) -> None:
    name = mirror.some("customer")
    mirror.post(f"/v1/customers/{name}", phone="+15550100")
    outcome = mirror.reconcile()
    found = {each.kind: each for each in outcome.differences}
    assert (found["customer"].id, found["customer"].fields) == (name, ("phone",))
    assert found["event"].what is What.MISSING
    assert len(found) == 2
    assert mirror.reconcile(repair=True).left == 0
    assert mirror.reconcile().left == 0


def test_a_row_that_claims_to_be_of_the_future_gives_way(mirror: Mirror) -> None:
    name = mirror.some("customer")
    mirror.alter("customer", name, email="x@example.com", seen_at=clock.seconds() + 30 * DAYS)
    assert mirror.reconcile(repair=True).repaired == 1
    assert mirror.reconcile().left == 0


def test_an_object_that_stripe_never_had_is_extra_and_buried(mirror: Mirror) -> None:
    created = mirror.column("charge", mirror.some("charge"), "created_at")
    for name, at in (("ch_middle", created), ("ch_oldest", 1), ("ch_newest", clock.seconds())):
        fake = {"id": name, "object": "charge", "created": at, "amount": 5, "currency": "usd"}
        with db.writing(mirror.engine) as connection:
            apply(connection, mirror.book, KINDS["charge"], [fake], seen_at=at)
    outcome = mirror.reconcile()
    assert {each.id for each in outcome.differences} == {"ch_middle", "ch_oldest", "ch_newest"}
    assert outcome.counts == NOTHING | {What.EXTRA: 3}
    assert mirror.reconcile(repair=True).repaired == 3
    assert mirror.column("charge", "ch_oldest", "deleted")
    assert mirror.sums_are_right()
    assert mirror.reconcile().left == 0


def test_a_customer_deleted_at_stripe_is_extra(mirror: Mirror) -> None:
    name = mirror.some("customer")
    mirror.delete(f"/v1/customers/{name}")
    outcome = mirror.reconcile()
    assert ("customer", name, What.EXTRA) in {
        (each.kind, each.id, each.what) for each in outcome.differences
    }
    assert mirror.reconcile(repair=True).left == 0
    assert mirror.column("customer", name, "deleted")


def test_a_line_that_no_invoice_carries_is_extra(mirror: Mirror) -> None:
    invoice = mirror.column("line_item", mirror.some("line_item"), "invoice_id")
    table = KINDS["line_item"].table
    with db.writing(mirror.engine) as connection:
        row = connection.execute(table.select().where(table.c.invoice_id == invoice)).first()
        assert row is not None
        connection.execute(table.insert().values({**row._mapping, "id": "il_fake"}))  # noqa: SLF001
    outcome = mirror.reconcile()
    assert [(each.kind, each.id) for each in outcome.differences] == [("line_item", "il_fake")]
    assert mirror.reconcile(repair=True).repaired == 1
    assert mirror.column("line_item", "il_fake", "deleted")


def test_a_row_buried_by_mistake_rises_again(mirror: Mirror) -> None:
    name = mirror.some("product")
    mirror.alter("product", name, deleted=True)
    outcome = mirror.reconcile()
    assert [(each.what, each.fields) for each in outcome.differences] == [
        (What.STALE, ("deleted",))
    ]
    clock.wait_for_next_second()
    assert mirror.reconcile(repair=True).left == 0


def test_many_lost_rows_are_read_by_the_page_and_mended(mirror: Mirror) -> None:
    table = KINDS["invoice"].table
    with db.writing(mirror.engine) as connection:
        connection.execute(table.delete())
    count = mirror.reconcile().counts[What.MISSING]
    assert count > 20
    outcome = mirror.reconcile(repair=True)
    assert (outcome.repaired, outcome.left) == (count, 0)


def test_a_broken_sum_is_told_and_summed_anew(mirror: Mirror) -> None:
    with db.writing(mirror.engine) as connection:
        connection.execute(update(daily_balance.table).values(net_minor=1))
    outcome = mirror.reconcile()
    assert outcome.counts == NOTHING
    assert outcome.left > 0
    found = {each.name: each for each in outcome.sums}
    assert found["summaries"].faults
    assert "daily_balance" in found["summaries"].words
    assert mirror.reconcile(repair=True).left == 0
    assert mirror.sums_are_right()


def test_a_balance_that_the_ledger_does_not_sum_to_is_told(mirror: Mirror) -> None:
    transaction = mirror.lose("balance_transaction")
    found = {each.name: each for each in mirror.reconcile().sums}
    assert found["ledger"].faults == 1
    assert "the days add up to" in found["ledger"].words
    with db.writing(mirror.engine) as connection:
        balance = {"object": "balance", "available": [], "pending": []}
        apply(connection, mirror.book, KINDS["balance"], [balance], seen_at=clock.seconds() + 1)
    found = {each.name: each for each in mirror.reconcile().sums}
    assert "Stripe states" in found["balance"].words
    assert mirror.reconcile(repair=True).left == 0
    assert mirror.column("balance_transaction", transaction, "id") == transaction


def test_a_payout_that_is_not_the_sum_of_its_transactions_is_told_and_linked_anew(
    mirror: Mirror,
) -> None:
    table = payout_transactions
    with db.writing(mirror.engine) as connection:
        several = select(table.c.payout_id).group_by(table.c.payout_id).having(func.count() > 1)
        one = connection.execute(table.select().where(table.c.payout_id.in_(several))).first()
        assert one is not None
        connection.execute(table.delete().where(table.c.transaction_id == one.transaction_id))
    found = {each.name: each for each in mirror.reconcile().sums}
    assert one.payout_id in found["payouts"].words
    assert mirror.reconcile(repair=True).left == 0
    with db.reading(mirror.engine) as connection:
        assert checks.standing(connection, mirror.book, dated=["charge"]).faults == 0


def test_the_cheap_look_finds_a_sum_of_the_last_days_and_forgets_it_when_it_is_right(
    mirror: Mirror,
) -> None:
    assert not any(each.faults for each in sums.check_recent(mirror.engine, mirror.book))
    table = daily_balance.table
    with db.writing(mirror.engine) as connection:
        last = connection.scalar(select(func.max(table.c.day)))
        connection.execute(update(table).where(table.c.day == last).values(count=table.c.count + 1))
    found = {each.name: each.faults for each in sums.check_recent(mirror.engine, mirror.book)}
    assert found["summaries"] > 0
    with db.writing(mirror.engine) as connection:
        keeping.mend(connection, mirror.book)
    assert not any(each.faults for each in sums.check_recent(mirror.engine, mirror.book))
