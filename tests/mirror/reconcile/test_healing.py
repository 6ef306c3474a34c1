"""What webhooks never told heals by the next sync, and proves to be equal."""

from sqlalchemy import update

from dashboard.core import clock, db
from dashboard.mirror.registry import KINDS
from dashboard.store import sync_runs
from dashboard.store.sync_runs import sync_kinds
from tests.mirror.reconcile.conftest import Mirror

DAYS = 86_400


def test_changes_and_deletions_that_nobody_told_heal_by_one_sync(mirror: Mirror) -> None:
    changed, deleted = mirror.some("product"), mirror.some("customer")
    mirror.post(f"/v1/products/{changed}", description="New words")
    mirror.delete(f"/v1/customers/{deleted}")
    made = mirror.post("/v1/customers", email="new@example.com")["id"]
    assert {each.id for each in mirror.reconcile().differences} >= {changed, deleted, made}
    clock.wait_for_next_second()
    mirror.sync()
    outcome = mirror.reconcile()
    assert outcome.differences == []
    assert outcome.left == 0
    assert mirror.open() == []
    assert mirror.column("customer", deleted, "deleted")


def test_a_gap_of_more_than_30_days_starts_a_full_sync_by_itself(mirror: Mirror) -> None:
    long_ago = clock.seconds() - 31 * DAYS
    lost = {kind: mirror.lose(kind) for kind in ("charge", "balance_transaction", "line_item")}
    with db.writing(mirror.engine) as connection:
        moments = dict.fromkeys(("filled_at", "caught_at", "abreast_at"), long_ago)
        connection.execute(update(sync_kinds).values(**moments))
    mirror.sync()
    with db.reading(mirror.engine) as connection:
        known = sync_runs.statuses(connection, mirror.book)
    read = {name: known[name].filled_at or 0 for name, kind in KINDS.items() if kind.path}
    assert min(read.values()) > long_ago
    for kind, name in lost.items():
        assert mirror.column(kind, name, "id") == name
    assert mirror.reconcile().differences == []
