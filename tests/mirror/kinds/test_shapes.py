"""No shape that Stripe ever sent, or may send, keeps an object out of the mirror."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Engine, Integer, Text, func, select

from dashboard.core import db
from dashboard.mirror.apply import apply
from dashboard.mirror.kinds.base import Kind, Row
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from tests.mirror.kinds.recordings import FIXTURES, RECORDED, Json, mirrored

pytestmark = pytest.mark.skipif(
    not (FIXTURES.exists() and RECORDED.exists()),
    reason="The recorded objects are not beside the project (../shared/stripe).",
)

OURS = {"book_id", "id", "created_at", "deleted", "seen_at", "raw"}
TYPES: dict[type[Any], type[Any]] = {BigInteger: int, Integer: int, Boolean: bool, Text: str}
ODD: tuple[Any, ...] = (
    None,
    "a_word_of_tomorrow",
    -7,
    1.5,
    True,
    [],
    {},
    [None],
    ["x"],
    [{}],
    {"data": 3},
)
DEPTH = 4


def test_every_recorded_object_becomes_a_row_of_its_kind() -> None:
    counts: Counter[str] = Counter()
    for raw in mirrored():
        kind = KINDS[raw["object"]]
        _check(kind, kind.project(raw))
        for part in kind.parts(raw) if kind.parts else ():
            _check(KINDS[part.kind], KINDS[part.kind].project(part.raw))
        counts[kind.name] += 1
    assert set(counts) == set(KINDS)
    assert counts.total() > 500


@pytest.mark.parametrize("name", KINDS)
def test_no_missing_or_odd_value_keeps_an_object_out(sqlite_engine: Engine, name: str) -> None:
    kind = KINDS[name]
    for place, raw in enumerate(_richest(name)):
        variants = list(_variants(raw, DEPTH))
        assert len(variants) > 10
        for number, variant in enumerate(variants):
            if not kind.single:
                variant["id"] = f"{name}_{place}_{number}"
            _check(kind, kind.project(variant))
        with db.writing(sqlite_engine) as connection:
            book = books.open_book(connection, f"acct_{place}", livemode=False)
            assert apply(connection, book, kind, variants, seen_at=5) >= 1
            held = connection.scalar(select(func.count()).select_from(kind.table))
            assert held is not None
            assert held >= (1 if kind.single else len(variants))


def test_every_recorded_object_enters_the_mirror(engine: Engine) -> None:
    """Whole, with parts and everything derived; what has no id, such as a preview, stays out."""
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        for place, raw in enumerate(mirrored()):
            kind = KINDS[raw["object"]]
            wanted = int(kind.single or bool(raw.get("id")))
            assert apply(connection, book, kind, [raw], seen_at=1000 + place) == wanted


def _check(kind: Kind, row: Row) -> None:
    own = [column for column in kind.table.c if column.name not in OURS]
    assert row.keys() == {column.name for column in own}
    for column in own:
        _check_value(column, row[column.name])


def _check_value(column: Column[Any], value: Any) -> None:
    if value is None:
        assert column.nullable, column
    else:
        assert type(value) is TYPES[type(column.type)], column


def _richest(name: str) -> list[Json]:
    """Return the three most detailed objects of a kind: together they show every branch."""
    found = [raw for raw in mirrored() if raw["object"] == name]
    return sorted(found, key=lambda raw: len(str(raw)), reverse=True)[:3]


def _variants(value: Any, depth: int) -> Iterator[Any]:
    """Yield copies of ``value`` with one thing in it missing or of another type."""
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            rest = {name: item for name, item in value.items() if name != key}
            yield dict(rest)
            for odd in (*ODD, *_variants(inner, depth - 1)):
                yield {**rest, key: odd}
    elif isinstance(value, list) and value and depth:
        for odd in _variants(value[0], depth):
            yield [odd, *value[1:]]
