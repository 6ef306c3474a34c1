"""Cursors survive a URL; what we did not write is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.errors import BadInputError
from dashboard.core.paging import Cursor


@given(
    value=st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=20)),
    id=st.text(max_size=40),
    newer=st.booleans(),
)
def test_a_cursor_reads_back_as_it_was_written(
    value: int | str | None, id: str, *, newer: bool
) -> None:
    cursor = Cursor(value, id, newer)
    assert Cursor.decode(cursor.encode()) == cursor


@pytest.mark.parametrize(
    "text", ["x", "%%%", "W10", "WzEsMl0", "e30", "WzEuNSwiYSIsMF0", "é", "A" * 9]
)
def test_a_broken_cursor_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        Cursor.decode(text)
    assert refusal.value.field == "cursor"
    assert refusal.value.remedy


@given(st.text(max_size=60))
def test_no_text_whatever_breaks_the_decoder(text: str) -> None:
    try:
        Cursor.decode(text)
    except BadInputError:
        return
