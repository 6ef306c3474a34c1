"""What every kind of mirrored object has: a table, a projection and how Stripe lists it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from dashboard.core.db import metadata

Raw: TypeAlias = Mapping[str, Any]
"""An object as Stripe wrote it, in whatever API version."""

Row: TypeAlias = dict[str, Any]
"""The columns of one mirrored object."""


@dataclass(frozen=True, slots=True)
class Part:
    """An object of another ``kind`` that rides inside one.

    ``row`` holds the columns that only its owner knows: the owner's id in the column that the
    kind's ``part_of`` names, and ``created_at`` where the part has none.
    """

    kind: str
    raw: Raw
    row: Row


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of Stripe object that we mirror.

    ``name`` is Stripe's word in the field ``object``. ``project`` returns the kind's own columns
    and never fails on a missing key or an unknown value. ``path`` is where Stripe lists the kind
    (``None``: it only rides inside others), ``params`` what that call always takes,
    ``windowed`` whether it takes ``created[…]``. ``single`` marks a path that answers one object.
    ``parts`` yields the objects of other kinds that ride inside a raw object of this one.
    ``embeds`` names those that ride in a list object, and its field: a part that a list told to
    its end no longer holds is gone. Such a part's kind names its owner's column in ``part_of``.
    ``versioned`` says whether what news replaces is kept.
    """

    name: str
    table: Table
    project: Callable[[Raw], Row]
    path: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    windowed: bool = True
    single: bool = False
    parts: Callable[[Raw], Iterable[Part]] | None = None
    embeds: Mapping[str, str] = field(default_factory=dict)
    part_of: str | None = None
    versioned: bool = True


def unfinished(kind: Kind, raw: Raw) -> Iterator[tuple[str, str]]:
    """Yield field and URL of each list inside ``raw`` that Stripe cut short (``has_more``).

    Whoever reads the rest puts it into the list before it is applied: what is not in a list told
    to its end counts as gone, what is missing from a list cut short stays as it was.
    """
    for name in kind.embeds.values():
        told = raw.get(name)
        if isinstance(told, Mapping) and told.get("has_more") is True:
            yield name, str(told.get("url"))


def mirror_table(
    name: str, *columns: Column[Any], indexes: Iterable[Index] = (), listed: bool = False
) -> Table:
    """Declare the table of a kind: what every kind keeps, and its own ``columns`` and ``indexes``.

    Keyed by (book, id). ``created_at`` is Stripe's own time, ``seen_at`` the moment of the news
    that the row holds (UTC seconds), ``raw`` the compressed object, ``deleted`` a tombstone.
    A kind that is ``listed`` is paged newest first, those of one second by id.
    """
    identity, created_at = keys()
    order = (created_at, identity[1]) if listed else (created_at,)
    return Table(
        name,
        metadata,
        *identity,
        created_at,
        *columns,
        Column("deleted", Boolean, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
        Column("raw", LargeBinary, nullable=False),
        newest_first(name, *order),
        *indexes,
    )


def keys() -> tuple[tuple[Column[int], Column[str]], Column[int]]:
    """Declare the primary key of a table, book and id, and its ``created_at``."""
    book_id = Column("book_id", Integer, ForeignKey("books.id"), primary_key=True)
    created_at = Column("created_at", BigInteger, nullable=False)
    return (book_id, Column("id", Text, primary_key=True)), created_at


def newest_first(table: str, *columns: Column[Any]) -> Index:
    """Declare the index of a table by time.

    Stripe tells the newest first: in their order the index grows at its end, in full pages.
    """
    return Index(f"ix_{table}_newest", "book_id", *(column.desc() for column in columns))


def amount(name: str) -> Column[int]:
    """Declare a column of minor units; 0 where Stripe says nothing."""
    return Column(name, BigInteger, nullable=False)


def flag(name: str) -> Column[bool]:
    """Declare a column of yes or no; no where Stripe says nothing."""
    return Column(name, Boolean, nullable=False)


def number(name: str) -> Column[int | None]:
    """Declare a column of whole numbers that are not money."""
    return Column(name, BigInteger)


def moment(name: str) -> Column[int | None]:
    """Declare a column of UTC seconds."""
    return Column(name, BigInteger)


def word(name: str) -> Column[str | None]:
    """Declare a column of text: an id, an enum value (open: unknown ones are kept) or a name."""
    return Column(name, Text)
