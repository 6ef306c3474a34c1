"""Pages about one book, and what they show while no account is connected."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from flask import render_template

from dashboard.store.books import Book
from dashboard.web import context

P = ParamSpec("P")
R = TypeVar("R")


def needs_book(view: Callable[Concatenate[Book, P], R]) -> Callable[P, R | str]:
    """Hand the open book to ``view``, or say how to connect an account when there is none."""

    @wraps(view)
    def with_book(*arguments: P.args, **named: P.kwargs) -> R | str:
        book = context.book()
        if book is None:
            return render_template("layouts/unconnected.html")
        return view(book, *arguments, **named)

    return with_book
