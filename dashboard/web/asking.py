"""What a request asks of a list: filters, order and place, read from the query string."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import request

from dashboard.core.errors import BadInputError
from dashboard.core.paging import Cursor, Wanted, Wish
from dashboard.store.books import Book
from dashboard.web import search_words
from dashboard.web.filters import CURRENCY, Arguments, Chip, Filter, Parameters
from dashboard.web.search_words import SEARCH

PLACE = frozenset(("sort", "direction", "cursor"))
ACCOUNT = frozenset(("account", "mode"))


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one request as the page draws them."""

    action: str
    fields: list[Chip]
    clear_url: str | None
    search: str
    hidden: Parameters


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request asks of a list; ``wish`` is what the queries take."""

    filters: Filters
    wish: Wish
    arguments: Arguments

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter or search leaves rows out."""
        return bool(self.wish.where or self.filters.search)


def read(
    filters: Sequence[Filter],
    sorts: Collection[str],
    book: Book,
    action: str,
    *,
    searched: bool = False,
) -> Ask:
    """Return what the request's query string asks of the list at ``action``.

    Where the list is ``searched``, words that name filters have become these in ``arguments``.

    Raises:
        BadInputError: a parameter is unknown, or has a value that makes no sense.
    """
    _refuse_unknown(request.args, filters, PLACE | ({SEARCH} if searched else set()))
    arguments = search_words.with_filters(request.args, filters)
    where = {each.name: wanted for each in filters if (wanted := each.read(arguments, book))}
    if "amount" in where and "currency" not in where:
        where["currency"] = (book.currency,)
    return Ask(
        filters=_filters(filters, arguments, book, action),
        wish=_wish(arguments, where, sorts),
        arguments=arguments,
    )


def refuse_amount_of_no_currency(asks: Mapping[Book, Ask]) -> None:
    """Refuse an amount that each of several accounts would mean in another currency.

    Raises:
        BadInputError: it does not say its currency, and the accounts have several.
    """
    is_meant = any("amount" in ask.wish.where for ask in asks.values())
    own = {book.currency for book in asks}
    if is_meant and len(own) > 1 and not request.args.get(CURRENCY.name):
        raise BadInputError(
            "An amount needs its currency: these accounts have several.",
            field=CURRENCY.name,
            remedy=f"Choose one, such as {min(own)}.",
        )


def misread(filters: Sequence[Filter], book: Book, action: str) -> Filters:
    """Return the filters of a request that ``read`` refuses, with what is wrong marked on them."""
    return replace(_filters(filters, request.args, book, action), clear_url=action)


def url(action: str, arguments: Arguments, *, drop: Collection[str] = (), **new: str) -> str:
    """Return ``action`` with the query string, less ``drop``, and ``new`` instead of the old."""
    kept = _kept(arguments, {*drop, *new})
    query = urlencode(kept + list(new.items()))
    return f"{action}?{query}" if query else action


def _kept(arguments: Arguments, dropped: Collection[str]) -> Parameters:
    return [(n, v) for n, v in arguments.items(multi=True) if v and n not in dropped]


def _refuse_unknown(
    arguments: Arguments, filters: Sequence[Filter], others: Collection[str]
) -> None:
    known = {*others, *ACCOUNT, *(name for each in filters for name in each.parameters)}
    several = {each.name for each in filters if each.kind == "multi"}
    for name, values in arguments.lists():
        if name not in known:
            raise BadInputError(
                "There is no such filter here.",
                field=name,
                remedy=f"It knows: {', '.join(sorted(known))}.",
            )
        if name not in several and len({*filter(None, values)}) > 1:
            raise BadInputError(
                f"It has several values: {', '.join(values)}.", field=name, remedy="Choose one."
            )


def _wish(arguments: Arguments, where: Mapping[str, Wanted], sorts: Collection[str]) -> Wish:
    sort = arguments.get("sort") or next(iter(sorts))
    direction = arguments.get("direction") or "desc"
    _refuse_other("sort", sort, sorts)
    _refuse_other("direction", direction, ("asc", "desc"))
    cursor = arguments.get("cursor")
    place = Cursor.decode(cursor) if cursor else None
    return Wish(where=where, sort=sort, descending=direction == "desc", cursor=place)


def _refuse_other(field: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise BadInputError(
            f"“{value}” is not known here.",
            field=field,
            remedy=f"Choose among: {', '.join(known)}.",
        )


def _filters(filters: Sequence[Filter], arguments: Arguments, book: Book, action: str) -> Filters:
    chips = [_chip(each, arguments, book, action) for each in filters]
    named = {name for each in filters for name in each.parameters}
    search = arguments.get(SEARCH, "").strip()
    narrowed = search or any(chip.active for chip in chips)
    return Filters(
        action=action,
        fields=chips,
        clear_url=url(action, arguments, drop={*named, SEARCH, *PLACE}) if narrowed else None,
        search=search,
        hidden=_kept(arguments, {SEARCH, "cursor"}),
    )


def _chip(filter: Filter, arguments: Arguments, book: Book, action: str) -> Chip:
    text, error = _said(filter, arguments, book)
    return Chip(
        name=filter.name,
        label=filter.label,
        kind=filter.kind,
        choices=getattr(filter, "choices", ()),
        value=_chip_value(filter, arguments),
        text=text,
        active=bool(text),
        remove_url=url(action, arguments, drop={*filter.parameters, "cursor"}),
        hidden=_kept(arguments, {*filter.parameters, "cursor"}),
        error=error,
    )


def _said(filter: Filter, arguments: Arguments, book: Book) -> tuple[str, str]:
    """Return what a chip says is chosen, nothing where it is not set, and what is wrong with it."""
    try:
        chosen = filter.read(arguments, book) is not None
    except BadInputError as error:
        typed = (value for name in filter.parameters for value in arguments.getlist(name) if value)
        return ", ".join(typed), error.message
    return filter.words(arguments, book) if chosen else "", ""


def _chip_value(filter: Filter, arguments: Arguments) -> Any:
    match filter.kind:
        case "multi":
            return arguments.getlist(filter.name)
        case "date_range" | "amount_range":
            *period, low, high = (arguments.get(name, "") for name in filter.parameters)
            ends = {"from": low, "to": high, "min": low, "max": high}
            return ends | {"period": period[0] if period else ""}
    return arguments.get(filter.name, "")
