"""Pages about one book or several, and what they show while no account is connected or chosen."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from flask import render_template, request

from dashboard.core.errors import NotFoundError
from dashboard.store.books import Book, Shelf
from dashboard.web import context

SAFE = ("GET", "HEAD")

P = ParamSpec("P")
R = TypeVar("R")


def needs_book(view: Callable[Concatenate[Book, P], R]) -> Callable[P, R | str]:
    """Hand the open book to ``view``, or say how to connect an account when there is none.

    Where several are open, an object is looked for in each of them; other pages, and whatever
    changes something, ask for which account they are meant.
    """

    @wraps(view)
    def with_book(*arguments: P.args, **named: P.kwargs) -> R | str:
        book, shelf = context.book(), context.shelf()
        if shelf is None:
            return render_template("layouts/unconnected.html")
        if book:
            return view(book, *arguments, **named)
        if request.method in SAFE and "id" in (request.view_args or {}):
            return _in_first_of(shelf.books, view, *arguments, **named)
        return choice()

    return with_book


def needs_books(view: Callable[Concatenate[Shelf, P], R]) -> Callable[P, R | str]:
    """Hand all open books to ``view``, or say how to connect an account when there is none."""

    @wraps(view)
    def with_books(*arguments: P.args, **named: P.kwargs) -> R | str:
        shelf = context.shelf()
        if shelf is None:
            return render_template("layouts/unconnected.html")
        return view(shelf, *arguments, **named)

    return with_books


def choice() -> str:
    """Return the page that asks which of the open accounts the page at hand is meant for."""
    return render_template("layouts/choose.html", path=request.script_root + request.path)


def _in_first_of(
    books: Sequence[Book],
    view: Callable[Concatenate[Book, P], R],
    *arguments: P.args,
    **named: P.kwargs,
) -> R:
    """Return what ``view`` shows of the first book that holds what it is asked for."""
    *others, last = books
    for book in others:
        with suppress(NotFoundError), context.looking_at(book):
            return view(book, *arguments, **named)
    with context.looking_at(last):
        return view(last, *arguments, **named)
