"""Checks the audit log: finds what was changed, taken out, put in, moved or cut off, and where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, select
from sqlalchemy.exc import DBAPIError

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store import audit, audit_keys
from dashboard.store.audit import BEGINNING, ENTRY, LONGEST_SEAL, Content, audit_log
from dashboard.store.audit_keys import Keys

ROWS_AT_ONCE = 2_000
MOST_FAULTS = 1_000
BEFORE_ALL = -(2**63)
CHECK = "check"
CHECK_ID = 1

audit_checks = Table(
    "audit_checks",
    database.metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("checked_at", BigInteger, nullable=False),
    # The last row of the last check that found nothing: it has to be there ever after.
    Column("number", BigInteger, nullable=False),
    Column("last", String(LONGEST_SEAL), nullable=False),
    Column("faults", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Column("seal", String(LONGEST_SEAL), nullable=False),
)
COLUMNS = tuple(audit_log.c[name] for name in Content.__slots__)


class Wrong(StrEnum):
    """What can be wrong at a place of the log."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    REORDERED = "reordered"
    CUT_OFF = "cut_off"
    REPLACED = "replaced"
    HEAD = "head"
    OTHER_KEY = "other_key"


WORDS = {
    Wrong.CHANGED: "{} changed after being written",
    Wrong.MISSING: "{} taken out",
    Wrong.ADDED: "{} not written by the dashboard",
    Wrong.REORDERED: "{} moved here from number {:,} on",
    Wrong.CUT_OFF: "{} cut off the end",
    Wrong.REPLACED: "{} written in the place of others",
    Wrong.HEAD: "{} the last when the end of the log was changed or lost",
    Wrong.OTHER_KEY: "{} written with a key that AUDIT_KEY does not hold, {}",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the rows numbered ``first`` to ``last``.

    ``told`` is the number under which the first of them was written, or the fingerprint of its key.
    """

    first: int
    last: int
    wrong: Wrong
    told: int | str = ""

    @property
    def words(self) -> str:
        """The place and what is wrong there."""
        many = self.first != self.last
        one, all_of_them = (
            f"entry {self.first:,} was",
            f"entries {self.first:,} to {self.last:,} were",
        )
        return WORDS[self.wrong].format(all_of_them if many else one, self.told)

    def goes_on_in(self, other: "Fault") -> bool:
        """Return whether ``other`` tells the same of the rows that follow."""
        if other.wrong is not self.wrong or other.first != self.last + 1:
            return False
        if isinstance(self.told, int) and isinstance(other.told, int):
            return other.told - self.told == other.first - self.first
        return other.told == self.told


@dataclass(slots=True)
class Verdict:
    """What a check found: ``rows`` rows, the last of them sealed ``last``, and the first faults."""

    rows: int = 0
    number: int = 0
    last: str = BEGINNING
    count: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.count

    @property
    def words(self) -> str:
        """What was found, in a sentence."""
        if self.is_whole and self.rows == 1:
            return "The one entry is as it was written."
        if self.is_whole:
            return f"All {self.rows:,} entries are as they were written."
        more = f", and {self.count - 1:,} more" if self.count > 1 else ""
        return f"{self.faults[0].words.capitalize()}{more}."

    def add(self, fault: Fault) -> None:
        """Take in a fault; one that goes on where the last one ended makes that longer."""
        if self.faults and self.faults[-1].goes_on_in(fault):
            self.faults[-1] = replace(self.faults[-1], last=fault.last)
            return
        self.count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class Kept:
    """The last check that was kept: when (UTC seconds), its faults and what it said.

    ``number`` and ``last`` are the last row of the last check that found nothing.
    """

    checked_at: int
    number: int
    last: str
    faults: int
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the log as it stands; without ``content`` it cannot even be read."""

    number: int
    previous: str = ""
    seal: str = ""
    content: Sequence[Any] | None = None


def check(db: Connection, known: Sequence[str] = ()) -> Verdict:
    """Read the whole log, through a connection that sees one moment, and say what is wrong.

    The rows of the seals that are ``known`` have to be there, and that of the last good check.

    Raises:
        ValueError: what is known is no seal.
    """
    keys, kept = audit_keys.of(db), latest(db)
    seals = (*known, kept.last) if kept and kept.last else known
    anchors = {audit_keys.number_of(seal): seal for seal in seals}
    walk = _Walk(keys, audit.head_of(db, keys), anchors)
    for line in _lines(db):
        walk.take(line)
    walk.end(is_new=not audit.has_head(db))
    return walk.verdict


def keep(db: Connection, verdict: Verdict) -> None:
    """Keep what a check found, and where the log ended if it found nothing."""
    known = latest(db)
    number, last = verdict.number, verdict.last
    if not verdict.is_whole:
        number, last = (known.number, known.last) if known else (0, BEGINNING)
    kept = Kept(clock.seconds(), number, last, verdict.count, verdict.words)
    values = {name: getattr(kept, name) for name in Kept.__slots__}
    values["seal"] = audit_keys.of(db).seal(CHECK, CHECK_ID, *values.values())
    statement = database.insert(db, audit_checks).values(id=CHECK_ID, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def latest(db: Connection) -> Kept | None:
    """Return the last check that was kept; ``None`` where nobody can vouch for it."""
    try:
        row = db.execute(select(audit_checks).where(audit_checks.c.id == CHECK_ID)).first()
    except DBAPIError:  # SQLite keeps texts that are none.
        return None
    if row is None:
        return None
    kept = tuple(row[1:-1])
    return Kept(*kept) if audit_keys.of(db).fits(row.seal, CHECK, *kept) else None


class _Walk:
    """Goes along the log row by row and remembers only the one before."""

    def __init__(self, keys: Keys, head: audit.Head | None, anchors: Mapping[int, str]) -> None:
        self.verdict = Verdict()
        self._keys = keys
        self._head = head
        self._anchors = anchors
        self._newest = 0
        self._trusted = audit.Head(0, BEGINNING)

    def take(self, line: Line) -> None:
        """Look at the next row."""
        self.verdict.rows += 1
        if line.number > self._newest + 1:
            self.verdict.add(Fault(self._newest + 1, line.number - 1, Wrong.MISSING))
        self._newest = max(self._newest, line.number)
        fault = self._fault_of(line) or self._fault_before(line)
        if fault:
            self.verdict.add(fault)
        else:
            self._trusted = audit.Head(line.number, line.seal)

    def end(self, *, is_new: bool) -> None:
        """Look at the head when all rows are read; one that ``is_new`` has none yet."""
        self.verdict.number, self.verdict.last = self._trusted.number, self._trusted.last
        end = max(self._head.number if self._head else 0, *self._anchors, 0)
        if self._newest < end:
            self.verdict.add(Fault(self._newest + 1, end, Wrong.CUT_OFF))
        elif not self._is_end() and not (is_new and not self._newest):
            self.verdict.add(Fault(self._newest, self._newest, Wrong.HEAD))

    def _is_end(self) -> bool:
        """Return whether the head tells of the last row, or that row is known to be wrong."""
        if self._head is None:
            return False
        if self._trusted.number != self._newest:
            return True
        return self._head == self._trusted

    def _fault_of(self, line: Line) -> Fault | None:
        """Return what is wrong with the row alone."""
        told = audit_keys.fingerprint_of(line.seal)
        if line.number < 1 or (self._head and line.number > self._head.number):
            if not self._is_in_place(line):
                return _at(line, Wrong.ADDED)
        elif told and line.content is not None and not self._keys.knows(line.seal):
            return _at(line, Wrong.OTHER_KEY, told)
        elif not self._is_sealed(line):
            return _at(line, Wrong.CHANGED)
        elif audit_keys.number_of(line.seal) != line.number:
            return _at(line, Wrong.REORDERED, audit_keys.number_of(line.seal))
        return None

    def _fault_before(self, line: Line) -> Fault | None:
        """Return what is wrong with how a row that is all right itself follows those before."""
        if line.previous == BEGINNING and line.number > 1:
            return _at(line, Wrong.HEAD)
        follows = self._trusted.number == line.number - 1
        if follows and line.previous != self._trusted.last:
            return _at(line, Wrong.REPLACED)
        if self._anchors.get(line.number, line.seal) != line.seal:
            return _at(line, Wrong.REPLACED)
        return None

    def _is_in_place(self, line: Line) -> bool:
        return self._is_sealed(line) and audit_keys.number_of(line.seal) == line.number

    def _is_sealed(self, line: Line) -> bool:
        content = line.content
        return content is not None and self._keys.fits(line.seal, ENTRY, line.previous, *content)


def _at(line: Line, wrong: Wrong, told: int | str = "") -> Fault:
    return Fault(line.number, line.number, wrong, told)


def _lines(db: Connection) -> Iterator[Line]:
    """Yield the log in the order of its numbers, holding only a part of it in memory."""
    after = BEFORE_ALL
    while some := _part(db, after):
        yield from some
        after = some[-1].number


def _part(db: Connection, after: int) -> list[Line]:
    table = audit_log.c
    query = select(table.number, table.previous, table.seal, *COLUMNS).order_by(table.number)
    part = query.where(table.number > after).limit(ROWS_AT_ONCE)
    try:
        return [_line(row) for row in db.execute(part)]
    except DBAPIError:
        # SQLite keeps texts that are none: one row that was damaged hides those around it.
        numbers = select(table.number).where(table.number > after).order_by(table.number)
        found = db.scalars(numbers.limit(ROWS_AT_ONCE)).all()
        return [_alone(db, number) for number in found]


def _alone(db: Connection, number: int) -> Line:
    table = audit_log.c
    query = select(table.number, table.previous, table.seal, *COLUMNS)
    try:
        return _line(db.execute(query.where(table.number == number)).one())
    except DBAPIError:
        return Line(number)


def _line(row: Sequence[Any]) -> Line:
    number, previous, seal, *content = row
    return Line(number, previous, seal, content)
