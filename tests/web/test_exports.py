"""What exports write into cells."""

import pytest

from dashboard.web.exports import Cell, safe


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-"])
def test_a_text_that_a_spreadsheet_would_calculate_is_quoted(cell: str) -> None:
    assert safe([cell]) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["-12.50", "-3", "12.50", 7, -7, None, "", "a=b", True])
def test_numbers_and_plain_texts_stay_as_they_are(cell: Cell) -> None:
    assert safe([cell]) == [cell]
