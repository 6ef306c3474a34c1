"""S6: somebody who owns the database changes the audit log, and the check names the place."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text

from dashboard.core import db as database
from dashboard.store import audit, audit_check, audit_keys
from dashboard.store.audit import Actor, audit_head, audit_log
from dashboard.store.audit_check import Verdict
from dashboard.store.books import Book
from tests.soak.tally import Tally

ROWS = 60
FAR = 1_000_000
NUMBERS = ("at", "user_id")
TEXTS = ("actor", "address", "deed", "subject", "account_id", "before", "after")
CHAIN = ("previous", "seal")

Dice = random.Random
Tampering = Callable[[Connection, Dice], set[int]]
"""Changes the log and returns the numbers of which the check must name at least one."""


def run(engine: Engine, *, count: int, seed_number: int) -> Tally:
    """Change a log in ``count`` random ways, each time from the whole one."""
    tally = Tally(f"S6 audit log {engine.dialect.name}")
    found: dict[str, float | str] = {}
    write(engine)
    for number in range(count):
        dice = random.Random(f"{seed_number}-{number}")  # noqa: S311  (it guards nothing)
        tampering = dice.choice(WAYS)
        places, verdict = _tried(engine, tampering, dice)
        tally.cases += 1
        way = tampering.__name__
        found[way] = int(found.get(way, 0)) + 1
        if not any(each.first <= place <= each.last for each in verdict.faults for place in places):
            tally.failures.append(f"{seed_number}-{number} {way} at {places}: {verdict.words}")
    tally.figures = found
    return tally


def write(engine: Engine) -> None:
    """Write a log, check it in the middle as the daily job does, and keep that."""
    book = Book(1, "acct_1", livemode=False)
    ann = Actor(7, "ann@example.com", "192.0.2.7")
    with database.writing(engine) as db:
        for number in range(ROWS):
            told = {"role": "viewer", "number": number}
            audit.record(
                db,
                ann,
                "user.role_changed",
                subject=f"bob{number}",
                book=book,
                before=told,
                after={},
            )
        verdict = audit_check.check(db)
        assert verdict.is_whole, verdict.words
        audit_check.keep(db, verdict)


def _tried(engine: Engine, tampering: Tampering, dice: Dice) -> tuple[set[int], Verdict]:
    """Change the log, perhaps let the product write on, check it, and take all of that back."""
    with _owning(engine) as db:
        places = tampering(db, dice)
        for _ in range(dice.choice((0, 0, 1, 3))):
            audit.record(db, audit.TERMINAL, "user.enabled", subject="bob")
        return places, audit_check.check(db)


@contextmanager
def _owning(engine: Engine) -> Iterator[Connection]:
    """Reach the rows past the fence; nothing of it lasts."""
    with engine.connect() as db, db.begin() as transaction:
        if engine.dialect.name == "postgresql":
            db.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        else:
            for deed in ("update", "delete"):
                db.execute(text(f"DROP TRIGGER audit_log_no_{deed}"))
        yield db
        transaction.rollback()


def edited_value(db: Connection, dice: Dice) -> set[int]:
    """Another moment, another person, or the other mode."""
    row, column = _row(db, dice), dice.choice((*NUMBERS, "mode"))
    if column == "mode":
        return _set(db, row, {"mode": dice.choice(("live", "", None))})
    return _set(db, row, {column: row[column] + dice.choice((-1, 1, 3_600, 10**9))})


def edited_text(db: Connection, dice: Dice) -> set[int]:
    """One letter of a text, or a text that was there and is not, or the other way round."""
    row, column = _row(db, dice), dice.choice((*TEXTS, *CHAIN))
    return _set(db, row, {column: _other_text(row[column], dice)})


def exchanged_text(db: Connection, dice: Dice) -> set[int]:
    """A column of one row in another."""
    row, other, column = _row(db, dice), _row(db, dice), dice.choice(("subject", "before", *CHAIN))
    if row[column] == other[column]:
        return edited_text(db, dice)
    return _set(db, row, {column: other[column]})


def deleted(db: Connection, dice: Dice) -> set[int]:
    """Some rows in the middle, or the first."""
    count = dice.choice((1, 1, 2, 5))
    first = dice.randint(1, ROWS - count - 1)
    _delete(db, first, first + count - 1)
    return {first}


def cut_off(db: Connection, dice: Dice) -> set[int]:
    """The end."""
    first = dice.randint(1, ROWS)
    _delete(db, first, ROWS)
    return {first}


def cut_off_with_its_head(db: Connection, dice: Dice) -> set[int]:
    """The end, with a head that was right when the log was so short."""
    first = dice.randint(2, ROWS)
    keys = audit_keys.of(db)
    last = _at(db, first - 1)["seal"]
    _delete(db, first, ROWS)
    seal = keys.seal(audit.HEAD, first - 1, last)
    db.execute(audit_head.update().values(number=first - 1, last=last, seal=seal))
    return set(range(first, ROWS + 1))


def changed_head(db: Connection, dice: Dice) -> set[int]:
    """The head: gone, or telling something else."""
    change = dice.choice(
        (
            audit_head.delete(),
            audit_head.update().values(number=dice.randint(0, ROWS - 1)),
            audit_head.update().values(last=_at(db, dice.randint(1, ROWS - 1))["seal"]),
            audit_head.update().values(seal=_at(db, ROWS)["seal"]),
        )
    )
    db.execute(change)
    # Where the product wrote on, the first row of which nobody can say what it follows.
    return {ROWS, ROWS + 1}


def added(db: Connection, dice: Dice) -> set[int]:
    """A row behind the last one, made up or copied."""
    row = _row(db, dice)
    if dice.random() < 1 / 2:
        row |= {"subject": "eve", "previous": _at(db, ROWS)["seal"]}
    number = dice.choice((ROWS + 1, ROWS + 7, 0, -5))
    db.execute(audit_log.insert().values({**row, "number": number}))
    return {number}


def put_between(db: Connection, dice: Dice) -> set[int]:
    """A row between two others, for which all that follow make room."""
    place = dice.randint(1, ROWS)
    row = _at(db, place)
    table = audit_log.c
    db.execute(audit_log.update().where(table.number >= place).values(number=table.number + FAR))
    db.execute(audit_log.update().where(table.number > FAR).values(number=table.number - FAR + 1))
    db.execute(audit_log.insert().values({**row, "number": place, "subject": "eve"}))
    return {place}


def exchanged(db: Connection, dice: Dice) -> set[int]:
    """Two or more rows in each other's places."""
    places = dice.sample(range(1, ROWS + 1), dice.choice((2, 2, 3, 8)))
    return _move(db, dict(zip(places, [*places[1:], places[0]], strict=True)))


def turned_around(db: Connection, dice: Dice) -> set[int]:
    """A stretch of rows, the last one first."""
    first = dice.randint(1, ROWS - 8)
    places = list(range(first, first + dice.choice((2, 4, 8))))
    return _move(db, dict(zip(places, places[::-1], strict=True)))


WAYS: tuple[Tampering, ...] = (
    edited_value,
    edited_text,
    edited_text,
    exchanged_text,
    deleted,
    cut_off,
    cut_off_with_its_head,
    changed_head,
    added,
    put_between,
    exchanged,
    turned_around,
)


def _row(db: Connection, dice: Dice) -> dict[str, Any]:
    return _at(db, dice.randint(1, ROWS))


def _at(db: Connection, number: int) -> dict[str, Any]:
    return dict(db.execute(select(audit_log).where(audit_log.c.number == number)).mappings().one())


def _set(db: Connection, row: dict[str, Any], values: dict[str, Any]) -> set[int]:
    db.execute(audit_log.update().where(audit_log.c.number == row["number"]).values(values))
    return {row["number"]}


def _delete(db: Connection, first: int, last: int) -> None:
    db.execute(audit_log.delete().where(audit_log.c.number.between(first, last)))


def _move(db: Connection, moves: dict[int, int]) -> set[int]:
    for old in moves:
        db.execute(_renumber(old, old + FAR))
    for old, new in moves.items():
        db.execute(_renumber(old + FAR, new))
    assert db.scalar(select(func.count()).select_from(audit_log)) == ROWS
    return {min(old for old, new in moves.items() if old != new)}


def _renumber(old: int, new: int) -> Any:
    return audit_log.update().where(audit_log.c.number == old).values(number=new)


def _other_text(told: str | None, dice: Dice) -> str | None:
    if not told:
        return "x"
    place = dice.randrange(len(told))
    letter = "y" if told[place] == "x" else "x"
    return dice.choice((told[:place] + letter + told[place + 1 :], told[:place], f"{told} "))
