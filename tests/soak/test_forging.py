"""S4 for the portal, few of what ``make soak`` does many times."""

from sqlalchemy import Engine

from tests.soak import forging


def test_no_forged_token_and_none_that_was_used_lets_anybody_in(sqlite_engine: Engine) -> None:
    tally = forging.run(sqlite_engine, count=40, seed_number=3)
    assert (tally.cases, tally.failures) == (40, [])
