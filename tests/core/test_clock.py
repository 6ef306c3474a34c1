"""Days of a time zone, which last 23 to 25 hours."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dashboard.core import clock

NEW_YORK = "America/New_York"


def test_the_day_on_which_clocks_go_forward_has_23_hours_and_back_25() -> None:
    spring, autumn = date(2026, 3, 8), date(2026, 11, 1)
    hours = [
        (clock.day_end(day, NEW_YORK) - clock.day_start(day, NEW_YORK)) // clock.HOUR_SECONDS
        for day in (spring, autumn, date(2026, 7, 1))
    ]
    assert hours == [23, 25, 24]


def test_midnight_belongs_to_the_day_that_begins() -> None:
    midnight = clock.day_start(date(2026, 1, 1), NEW_YORK)
    assert clock.local_day(midnight, NEW_YORK) == date(2026, 1, 1)
    assert clock.local_day(midnight - 1, NEW_YORK) == date(2025, 12, 31)


@given(
    st.lists(st.integers(1_600_000_000, 1_900_000_000), max_size=50),
    st.sampled_from(
        [NEW_YORK, "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo"]
    ),
)
def test_the_day_finder_agrees_with_the_plain_way(moments: list[int], timezone: str) -> None:
    find = clock.DayFinder(timezone)
    assert [find(each) for each in moments] == [
        clock.local_day(each, timezone).isoformat() for each in moments
    ]
