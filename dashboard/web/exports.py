"""Exports of exactly the filtered rows, as CSV or XLSX, streamed and safe in a spreadsheet."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeAlias, TypeVar

from flask import Response, send_file, stream_with_context

from dashboard.core import clock
from dashboard.web.formats import iso

T = TypeVar("T")
Cell: TypeAlias = str | int | bool | None
Columns: TypeAlias = Mapping[str, Callable[[T], Cell]]

FORMULA_STARTS = frozenset("=+-@\t\r\n")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
LINES_AT_ONCE = 1_000
MOST_XLSX_ROWS = 1_048_575
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answer(name: str, format: str, columns: Columns[T], rows: Iterable[T]) -> Response:
    """Return ``rows`` as a download ``<name>-<day>.<format>`` with the given ``columns``."""
    filename = f"{name}-{clock.now():%Y-%m-%d}.{format}"
    if format == "xlsx":
        return _xlsx(filename, columns, rows)
    response = Response(stream_with_context(_csv(columns, rows)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def safe(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells so that no spreadsheet takes a text for a formula; numbers stay numbers.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    told = list(cells)
    # A word that is there often is looked at once, and most columns hold nothing to be quoted.
    quoted: dict[Cell, Cell] = {
        cell: f"'{cell}"
        for cell in set(told)
        if isinstance(cell, str) and cell[:1] in FORMULA_STARTS and not NUMBER.fullmatch(cell)
    }
    return [quoted.get(cell, cell) for cell in told] if quoted else told


def moment(seconds: int | None) -> Cell:
    """Return the cell of a moment, in UTC as machines read it."""
    return None if seconds is None else iso(seconds)


def utc_day(seconds: int | None) -> Cell:
    """Return the cell of a UTC date that Stripe writes as its 00:00."""
    return None if seconds is None else clock.utc_date(seconds).isoformat()


def _csv(columns: Columns[T], rows: Iterable[T]) -> Iterator[str]:
    """Yield a byte order mark, so that Excel reads UTF-8, then header and rows, many at once."""
    yield "\ufeff" + _lines([tuple(columns)])
    remaining = iter(rows)
    while some := list(islice(remaining, LINES_AT_ONCE)):
        # Column by column takes a third less time than going through each row.
        yield _lines(zip(*(safe(map(read, some)) for read in columns.values()), strict=True))


def _lines(rows: Iterable[tuple[Cell, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _xlsx(filename: str, columns: Columns[T], rows: Iterable[T]) -> Response:
    """Write row by row to a temporary file; texts stay texts, so formulas cannot arise."""
    import xlsxwriter  # noqa: PLC0415  (large, and seldom asked for: web workers start without it)

    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, list(columns), workbook.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(islice(rows, MOST_XLSX_ROWS), start=1):
            for column, read in enumerate(columns.values()):
                sheet.write(line, column, read(row))
    file.seek(0)
    return send_file(file, XLSX_TYPE, as_attachment=True, download_name=filename)
