"""R2, few of what ``make soak`` does many times."""

from sqlalchemy import Engine

from tests.soak import histories


def test_whatever_the_order_repeats_and_ties_the_mirror_equals_the_source(engine: Engine) -> None:
    tally = histories.run(engine, count=6, seed_number=1)
    assert tally.failures == []
