"""Filters of lists: how they are read from the query string, and the chips that show them.

Every filter, sort and page is in the query string, so a view can be reloaded, shared and exported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Protocol, TypeAlias

from werkzeug.datastructures import MultiDict

from dashboard.core import clock, money
from dashboard.core.errors import BadInputError
from dashboard.core.paging import Span, Wanted
from dashboard.store.books import Book

Arguments: TypeAlias = MultiDict[str, str]
Parameters: TypeAlias = list[tuple[str, str]]


class Filter(Protocol):
    """One filter of a list."""

    @property
    def name(self) -> str:
        """Its name in the query string."""

    @property
    def label(self) -> str:
        """What its chip is called."""

    @property
    def kind(self) -> str:
        """How its chip is drawn."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that it reads from the query string."""

    def read(self, arguments: Arguments, book: Book) -> Wanted | None:
        """Return what it lets through, ``None`` when it is not set.

        Raises:
            BadInputError: a value is unknown or makes no sense.
        """

    def words(self, arguments: Arguments, book: Book) -> str:
        """Return what is chosen, as the active chip says it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One or several of known values."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "multi"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The name itself, once for each value."""
        return (self.name,)

    def read(self, arguments: Arguments, book: Book) -> Wanted | None:  # noqa: ARG002
        """Return the chosen values; see ``Filter``."""
        chosen = tuple(value for value in arguments.getlist(self.name) if value)
        known = dict(self.choices)
        for value in chosen:
            if value not in known:
                raise BadInputError(
                    f"“{value}” is not a value of this filter.",
                    field=self.name,
                    remedy=f"Choose among: {', '.join(known)}.",
                )
        return chosen or None

    def words(self, arguments: Arguments, book: Book) -> str:  # noqa: ARG002
        """Return the labels of the chosen values."""
        known = dict(self.choices)
        return ", ".join(known[value] for value in arguments.getlist(self.name) if value)


@dataclass(frozen=True, slots=True)
class OneOf(Choice):
    """One of known values."""

    kind: ClassVar[str] = "choice"


@dataclass(frozen=True, slots=True)
class Text:
    """An exact word, such as an id or a country code; ``fold`` writes it as the column does."""

    name: str
    label: str
    fold: Callable[[str], str] = str
    kind: ClassVar[str] = "text"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The name itself."""
        return (self.name,)

    def read(self, arguments: Arguments, book: Book) -> Wanted | None:  # noqa: ARG002
        """Return the word."""
        value = self.fold(arguments.get(self.name, "").strip())
        return (value,) if value else None

    def words(self, arguments: Arguments, book: Book) -> str:  # noqa: ARG002
        """Return the word."""
        return self.fold(arguments.get(self.name, "").strip())


CURRENCY = Text("currency", "Currency", str.lower)
"""The currency of a list's amounts, in which ``Amounts`` are typed too."""

FIRST_YEAR, LAST_YEAR = 1970, 2200
PERIODS = (
    ("today", "Today"),
    ("7d", "Last 7 days"),
    ("30d", "Last 30 days"),
    ("mtd", "This month"),
    ("qtd", "This quarter"),
    ("ytd", "This year"),
)


@dataclass(frozen=True, slots=True)
class Dates:
    """Days of the account's time zone: a period such as ``30d``, or a first and a last day."""

    name: str
    label: str
    future: bool = False
    kind: ClassVar[str] = "date_range"
    choices: ClassVar[Sequence[tuple[str, str]]] = PERIODS

    @property
    def parameters(self) -> tuple[str, ...]:
        """The period, or the first and the last day."""
        return (self.name, f"{self.name}_from", f"{self.name}_to")

    def read(self, arguments: Arguments, book: Book) -> Wanted | None:
        """Return the span of UTC seconds from the first day's start to the last day's end."""
        first, last = self.days(arguments, book)
        if first is None and last is None:
            return None
        return Span(
            clock.day_start(first, book.timezone) if first else None,
            clock.day_end(last, book.timezone) if last else None,
        )

    def days(self, arguments: Arguments, book: Book) -> tuple[date | None, date | None]:
        """Return the first and the last day, both inclusive.

        Raises:
            BadInputError: a day or period cannot be read, ends before it begins or lies ahead, or
                both a period and days are given.
        """
        today = clock.local_day(clock.seconds(), book.timezone)
        first = self._day(arguments, f"{self.name}_from")
        last = self._day(arguments, f"{self.name}_to")
        if period := arguments.get(self.name, ""):
            if first or last:
                raise BadInputError(
                    "A period and days do not go together.",
                    field=self.name,
                    remedy="Choose a period, or the first and the last day.",
                )
            return self._period(period, today), today
        if first and last and last < first:
            raise BadInputError(
                "The last day lies before the first.",
                field=f"{self.name}_to",
                remedy=f"Choose a day from {first.isoformat()} on.",
            )
        if first and first > today and not self.future:
            raise BadInputError(
                f"{first.isoformat()} lies in the future.",
                field=f"{self.name}_from",
                remedy=f"Choose a day up to {today.isoformat()}.",
            )
        return first, last

    def words(self, arguments: Arguments, book: Book) -> str:
        """Return the period's label, or the days."""
        if period := arguments.get(self.name, ""):
            return dict(PERIODS)[period].lower()
        first, last = self.days(arguments, book)
        if first and last:
            return first.isoformat() if first == last else f"{first} to {last}"
        return f"from {first}" if first else f"until {last}"

    def _period(self, period: str, today: date) -> date:
        match period:
            case "today":
                return today
            case "7d":
                return today - timedelta(days=6)
            case "30d":
                return today - timedelta(days=29)
            case "mtd":
                return today.replace(day=1)
            case "qtd":
                return today.replace(month=today.month - (today.month - 1) % 3, day=1)
            case "ytd":
                return today.replace(month=1, day=1)
        raise BadInputError(
            f"“{period}” is not a period.",
            field=self.name,
            remedy=f"Choose among: {', '.join(value for value, _label in PERIODS)}.",
        )

    def _day(self, arguments: Arguments, parameter: str) -> date | None:
        text = arguments.get(parameter, "").strip()
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = date.min
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise BadInputError(
                f"“{text}” is not a day.", field=parameter, remedy="Write it as 2026-11-20."
            )
        return day


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of one currency, typed in its major unit: ``name_min`` and ``name_max``, inclusive.

    The currency is the one that the list is filtered by, else the account's own.
    """

    name: str
    label: str
    kind: ClassVar[str] = "amount_range"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The smallest and the largest amount."""
        return (f"{self.name}_min", f"{self.name}_max")

    def read(self, arguments: Arguments, book: Book) -> Wanted | None:
        """Return the span of minor units."""
        low, high = (self._amount(arguments, book, name) for name in self.parameters)
        if low is None and high is None:
            return None
        if low is not None and high is not None and high < low:
            raise BadInputError(
                "The largest amount is smaller than the smallest.",
                field=f"{self.name}_max",
                remedy="Swap the two amounts.",
            )
        return Span(low, None if high is None else high + 1)

    def words(self, arguments: Arguments, book: Book) -> str:
        """Return the amounts as people read them."""
        currency = currency_of(arguments, book)
        low, high = (self._amount(arguments, book, name) for name in self.parameters)
        if low is not None and high is not None:
            return f"{money.written(low, currency)} to {money.written(high, currency)}"
        if low is not None:
            return f"at least {money.written(low, currency)}"
        return f"at most {money.written(high or 0, currency)}"

    def _amount(self, arguments: Arguments, book: Book, parameter: str) -> int | None:
        text = arguments.get(parameter, "").strip()
        return money.parse(text, currency_of(arguments, book), parameter) if text else None


def currency_of(arguments: Arguments, book: Book) -> str:
    """Return the currency in which typed amounts are meant."""
    return arguments.get("currency", "").strip().lower() or book.currency


def refuse_unknown_currency(arguments: Arguments, book: Book) -> None:
    """Refuse a currency of which there is nothing, where no currency has its code.

    Raises:
        BadInputError: the code is none.
    """
    code = currency_of(arguments, book)
    if not money.is_currency(code):
        raise BadInputError(
            f"“{code}” is not a currency.",
            field=CURRENCY.name,
            remedy="Write its three letters, such as eur.",
        )


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter as the page draws it; see templates/ui/README.md."""

    name: str
    label: str
    kind: str
    choices: Sequence[tuple[str, str]]
    value: Any
    text: str
    active: bool
    remove_url: str
    hidden: Parameters
    error: str = ""
