"""S6, few of what ``make soak`` does many times."""

from sqlalchemy import Engine

from tests.soak import tampering


def test_every_change_of_the_audit_log_is_found_and_its_place_named(engine: Engine) -> None:
    tally = tampering.run(engine, count=60, seed_number=1)
    assert (tally.cases, tally.failures) == (60, [])
