"""Ids begin with their moment, as those do that were recorded at Stripe."""

import pytest

from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.identity import SHORT, opening

LONG = 24
#: A moment in which every digit of the long ids carries over.
CARRYING = 1_342_389_380 + 31 * 62**4


@pytest.mark.parametrize(
    ("begins", "length", "created"),
    [
        ("ch_3SRzoD", LONG, 1_762_799_241),
        ("pi_3SRzpv", LONG, 1_762_799_347),
        ("re_3SRzqk", LONG, 1_762_799_398),
        ("in_1SRzq3", LONG, 1_762_799_355),
        ("pm_1SRzp3", LONG, 1_762_799_293),
        ("evt_1Itt6e", LONG, 1_621_683_300),
        ("acct_1IuHos", LONG, 1_621_778_298),
        ("cus_TOnO", SHORT, 1_762_799_180),
        ("cus_UFHo", SHORT, 1_774_905_655),
        ("cus_JGwC", SHORT, 1_617_990_028),
    ],
)
def test_ids_begin_as_recorded_ones_do(begins: str, length: int, created: int) -> None:
    prefix = begins[: begins.index("_") + 1]
    assert opening(prefix, length, created) == begins


@pytest.mark.parametrize(("prefix", "length", "step"), [("ch_", LONG, 1), ("cus_", SHORT, 60)])
def test_what_is_made_later_sorts_later(prefix: str, length: int, step: int) -> None:
    moments = range(CARRYING - 5_000 * step, CARRYING + 5_000 * step, step)
    openings = [opening(prefix, length, at) for at in moments]
    assert openings == sorted(set(openings))


def test_a_fresh_id_is_as_long_as_it_should_be() -> None:
    assert len(new_id("ch_", LONG, CARRYING)) == len("ch_") + LONG
    assert len(new_id("cus_", SHORT, CARRYING)) == len("cus_") + SHORT
    assert len(new_id("req_", SHORT)) == len("req_") + SHORT
