"""Pages of long lists: which rows are wanted, and keyset cursors that a URL can carry."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Self, TypeAlias, TypeVar

import orjson

from dashboard.core.errors import BadInputError

PAGE_SIZE = 50
COUNT_CAP = 10_000
MOST_FOUND = COUNT_CAP
"""A search finds the newest so many where more than one page of them is wanted."""
ALL_FOUND = 2**31
"""More than a search can find: an export takes all."""
LARGEST = 2**63 - 1
SMALLEST = -(2**63)
PARTS = 4
"""Of so many values a cursor is made where it names a book."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort value and id of the row beside which a page begins; ``newer`` looks backwards.

    ``book`` is the row's where a list holds those of several: ids that accounts choose themselves,
    such as a coupon's, may stand in many of them.
    """

    value: int | str | None
    id: str
    newer: bool = False
    book: int = 0

    def encode(self) -> str:
        """Return the cursor as text for a query string."""
        book = [self.book] if self.book else []
        body = orjson.dumps([self.value, self.id, int(self.newer), *book])
        return base64.urlsafe_b64encode(body).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Return the cursor that ``encode`` wrote.

        Raises:
            BadInputError: the text was not written by us.
        """
        try:
            body = orjson.loads(
                base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            )
            value, id, newer, book = body if len(body) == PARTS else (*body, 0)
        except (binascii.Error, ValueError, TypeError) as error:
            raise broken() from error
        known = isinstance(value, int | str | None) and isinstance(id, str) and newer in (0, 1)
        numbers = [each for each in (value, book) if isinstance(each, int)]
        if not known or book not in numbers or not all(map(_fits, numbers)):
            raise broken()
        return cls(value, id, bool(newer), book)


def _fits(number: int) -> bool:
    return SMALLEST <= number <= LARGEST


def broken() -> BadInputError:
    """Return the refusal of a cursor that does not belong to the list it is used on."""
    return BadInputError(
        "This page link is broken.",
        field="cursor",
        remedy="Open the list again from its first page.",
    )


@dataclass(frozen=True, slots=True)
class Span:
    """Integers from ``start`` up to, but not including, ``end``; ``None`` leaves a side open."""

    start: int | None = None
    end: int | None = None


Wanted: TypeAlias = tuple[str, ...] | Span
"""What a filter lets through: one of some values, or a span."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rows of a list are wanted, in which order and from where on.

    ``where`` maps the name of a filter to what it lets through; ``ids`` are the newest that a
    search found: ``needed`` of them, and one more where there are more.
    """

    where: Mapping[str, Wanted] = field(default_factory=dict)
    ids: tuple[str, ...] | None = None
    needed: int = MOST_FOUND
    sort: str = "created"
    descending: bool = True
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in order, where its neighbours begin, and the count of all (``capped``: at least).

    ``books`` holds the id of each row's book, where the list reads several.
    """

    rows: list[T]
    newer: Cursor | None
    older: Cursor | None
    count: int
    capped: bool
    books: list[int] = field(default_factory=list)
