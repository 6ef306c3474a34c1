"""A whole practice world goes through the door, and what is derived from it adds up."""

from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import Engine, case, func, select

from dashboard.core import db
from dashboard.mirror.apply import apply
from dashboard.mirror.kinds.charge import charges
from dashboard.mirror.kinds.invoice_payment import invoice_payments
from dashboard.mirror.kinds.payment_intent import payment_intents
from dashboard.mirror.kinds.refund import refunds
from dashboard.mirror.payments import payments
from dashboard.mirror.registry import KINDS
from dashboard.sandbox.world import generate
from dashboard.store import books

NOW = 1_795_000_000
COUNTED = {"succeeded", "pending", "requires_action"}


@pytest.fixture(scope="module")
def world() -> dict[str, list[dict[str, Any]]]:
    """The mirrored objects of a small practice world, by kind."""
    found = defaultdict(list)
    for told in generate(11, 300, NOW):
        raw = told[0] if isinstance(told, tuple) else told
        if isinstance(raw, dict) and raw["object"] in KINDS:
            found[raw["object"]].append(raw)
    return found


@pytest.mark.parametrize("backwards", [False, True], ids=["accounts first", "subscriptions first"])
def test_a_world_told_in_any_order_adds_up(
    engine: Engine, world: dict[str, list[dict[str, Any]]], *, backwards: bool
) -> None:
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        for name in sorted(world, reverse=backwards):
            apply(connection, book, KINDS[name], world[name], seen_at=NOW)
        alone = select(func.count()).where(charges.c.payment_intent_id.is_(None))
        held = connection.scalar(select(func.count()).select_from(payment_intents))
        assert held == len(world["payment_intent"])
        both = (held or 0) + (connection.scalar(alone) or 0)
        assert connection.scalar(select(func.count()).select_from(payments)) == both > 200
        given_back = func.sum(
            case((refunds.c.status.in_(COUNTED), refunds.c.amount_minor), else_=0)
        )
        refunded = select(refunds.c.currency, given_back).group_by(refunds.c.currency)
        kept = select(payments.c.currency, func.sum(payments.c.refunded_minor))
        sums = dict(connection.execute(kept.group_by(payments.c.currency)).all())
        assert {name: sums[name] for name, _ in connection.execute(refunded)} == dict(
            connection.execute(refunded).all()
        )
        homeless = select(invoice_payments.c.id).where(
            invoice_payments.c.payment_id.not_in(select(payments.c.id))
        )
        assert connection.execute(homeless).all() == []
