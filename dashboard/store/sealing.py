"""Which columns are sealed, and sealing them anew when a key takes the place of another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Engine, Table, select

from dashboard.core import db as database
from dashboard.core.crypto import Vault
from dashboard.core.errors import SettingsError
from dashboard.store.connections import connections
from dashboard.store.second_factors import second_factors
from dashboard.store.webhook_secrets import webhook_secrets

SEALED = (
    connections.c.sealed_secret,
    connections.c.sealed_refresh_token,
    webhook_secrets.c.sealed_secret,
    second_factors.c.sealed_secret,
)
"""Every column whose values the vault has sealed; each table has one column as its key."""

AT_ONCE = 100
"""So many values are sealed anew in one transaction, and others write in between."""


@dataclass(frozen=True, slots=True)
class Resealing:
    """How many values of a column were sealed anew, were so before, and cannot be opened."""

    column: str
    resealed: int = 0
    already: int = 0
    unopened: int = 0

    def __add__(self, other: "Resealing") -> "Resealing":
        return Resealing(
            self.column,
            self.resealed + other.resealed,
            self.already + other.already,
            self.unopened + other.unopened,
        )


def reseal(
    engine: Engine, vault: Vault, report: Callable[[Resealing], None] = lambda _: None
) -> list[Resealing]:
    """Seal all values with the newest key, and return how that went, column by column.

    Others read and write meanwhile: a value that was changed since it was read stays as it is,
    and so does one that no key opens. Who ends it in the middle may begin it again.
    """
    return [_reseal_column(engine, vault, column, report) for column in SEALED]


def _reseal_column(
    engine: Engine, vault: Vault, column: "Column[str]", report: Callable[[Resealing], None]
) -> Resealing:
    done = Resealing(str(column))
    for batch in _batches(engine, column):
        with database.writing(engine) as db:
            for id, sealed in batch:
                done += _reseal_one(db, vault, column, id, sealed)
        report(done)
    return done


def _reseal_one(
    db: Connection, vault: Vault, column: "Column[str]", id: int, sealed: str
) -> Resealing:
    if vault.is_newest(sealed):
        return Resealing(column.name, already=1)
    try:
        value = vault.seal(vault.open(sealed))
    except SettingsError:
        return Resealing(column.name, unopened=1)
    key = _key_of(column.table)
    chosen = (key == id) & (column == sealed)
    changed = db.execute(column.table.update().where(chosen).values({column.name: value}))
    return Resealing(column.name, resealed=changed.rowcount)


def _batches(engine: Engine, column: "Column[str]") -> Iterator[list[tuple[int, str]]]:
    """Yield the sealed values by their row's key, some at a time."""
    key, last = _key_of(column.table), None
    while True:
        query = select(key, column).where(column.is_not(None)).order_by(key).limit(AT_ONCE)
        with database.reading(engine) as db:
            rows = db.execute(query if last is None else query.where(key > last)).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [(row[0], row[1]) for row in rows]


def _key_of(table: Table) -> "Column[int]":
    (key,) = table.primary_key
    return key
