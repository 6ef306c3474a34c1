"""What a request has at hand: settings, one read connection, write transactions and the book."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask, current_app, g, has_request_context, request, session, url_for
from sqlalchemy import Connection, Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import BadInputError, NotFoundError
from dashboard.jobs.office import Office
from dashboard.store import grants
from dashboard.store.books import Book, Shelf
from dashboard.store.books import every as every_book
from dashboard.store.roles import Role
from dashboard.store.users import User

CHOSEN_BOOK = "book"
"""What the session keeps: the id of a book, or the mode of which all are chosen."""
ALL = "all"
MODES = ("live", "test")
STANDINGS = frozenset(("sync.freshness", "checks.certificate"))
EXTENSION = "dashboard"


class Freshness(Protocol):
    """How old the book is, as the mirror tells it."""

    @property
    def state(self) -> str:
        """One of ok, stale, error, syncing, never."""

    @property
    def synced_at(self) -> int | None:
        """When the last complete sync began, in UTC seconds."""

    @property
    def text(self) -> str:
        """The age in words."""

    @property
    def problems(self) -> Mapping[str, Any]:
        """Why Stripe does not show us a kind, by its name."""

    def problems_for(self, kinds: Iterable[str]) -> list[str]:
        """Return what is wrong with these kinds, a sentence each."""


class Certificate(Protocol):
    """How far the book can be trusted, as the mirror tells it; moments in UTC seconds."""

    @property
    def state(self) -> str:
        """One of ok, stale, error, never."""

    @property
    def checked_at(self) -> int | None:
        """When the oldest of the last comparisons began."""

    @property
    def objects(self) -> int:
        """How many objects were compared."""

    @property
    def differences(self) -> int:
        """How many differ from Stripe."""

    @property
    def faults(self) -> int:
        """How many sums do not add up."""

    @property
    def complete_at(self) -> int | None:
        """From when on the mirror is complete."""

    @property
    def partly(self) -> bool:
        """Whether some kinds are not compared."""


@dataclass(slots=True)
class Furniture:
    """What ``app.py`` puts into the house for all requests."""

    settings: Settings
    engine: Engine
    jobs: Office
    freshness: Callable[[Connection, Iterable[Book]], Mapping[int, Freshness]] | None = None
    certificate: Callable[[Connection, Book], Certificate] | None = None


def register(app: Flask, furniture: Furniture) -> None:
    """Keep ``furniture`` for the requests of ``app`` and close their connections at the end."""
    app.extensions[EXTENSION] = furniture
    app.teardown_appcontext(_close)
    app.url_defaults(_name_account)


def furniture() -> Furniture:
    """Return what ``register`` was given."""
    found: Furniture = current_app.extensions[EXTENSION]
    return found


def settings() -> Settings:
    """Return the settings that the application was made with."""
    return furniture().settings


def engine() -> Engine:
    """Return the engine of the application."""
    return furniture().engine


def jobs() -> Office:
    """Return what queues jobs and rings bells."""
    return furniture().jobs


def db() -> Connection:
    """Return the request's one connection for reads, opened when it is first asked for."""
    if "db" not in g:
        g.db = engine().connect()
    connection: Connection = g.db
    return connection


def give_up_reading() -> None:
    """Close the read connection, which may be in the middle of what failed."""
    connection = g.pop("db", None)
    if connection is not None:
        connection.close()


@contextmanager
def writing() -> Iterator[Connection]:
    """Open a transaction that is committed at the end; later reads through ``db`` see it."""
    if "db" in g:
        g.db.rollback()
    with database.writing(engine()) as connection:
        yield connection


def look_as(user: User, accounts: Collection[str] | None = None) -> None:
    """Show the rest of the request what this user may see: of the portal's, these accounts."""
    g.viewer, g.accounts = user, accounts
    g.pop("roles", None)


def books() -> list[Book]:
    """Return the books that the signed-in user may see; nobody sees none."""
    return list(_roles())


def role_at(book: Book) -> Role | None:
    """Return the signed-in user's role at the book; ``None`` where they may not see it."""
    return _roles().get(book)


def roles() -> set[Role]:
    """Return the roles that the signed-in user has at the books they may see."""
    return set(_roles().values())


def _seen_by(viewer: User) -> dict[Book, Role]:
    """Return the books that the viewer may see; of the portal's, those that its token named."""
    if g.accounts is not None:
        return {book: viewer.role for book in every_book(db()) if book.account_id in g.accounts}
    seen = ((book, viewer.role_where(granted)) for book, granted in grants.shelf(db(), viewer.id))
    return {book: role for book, role in seen if role}


def _roles() -> dict[Book, Role]:
    """Return the books that may be seen, each with the role there, read once for each request."""
    if "roles" not in g:
        viewer: User | None = g.get("viewer")
        g.roles = _seen_by(viewer) if viewer else {}
    found: dict[Book, Role] = g.roles
    return found


def shelf() -> Shelf | None:
    """Return the books that the page is about, or ``None`` when no account is connected.

    ``?account=acct_…`` (with ``&mode=live|test`` where both exist), or ``?account=all`` for all
    accounts of a mode, wins and stays chosen for the session; then comes what the session chose
    before, then the first book. Where all accounts are chosen, an object of one of them is looked
    at aside, and they stay chosen.

    Raises:
        NotFoundError: the account in the query string is not connected here.
    """
    if "shelf" not in g:
        g.shelf = _asked_for() or _chosen() or _first()
    found: Shelf | None = g.shelf
    return found


def book() -> Book | None:
    """Return the one book that is looked at; ``None`` without an account, or with several at once.

    Raises:
        NotFoundError: the account in the query string is not connected here.
    """
    looked_at: Book | None = g.get("looked_at")
    found = shelf()
    return looked_at or (found.one if found else None)


def is_aside() -> bool:
    """Return whether the page is about an object of one of the several accounts that are chosen."""
    return g.get("looked_at") is not None


@contextmanager
def looking_at(book: Book) -> Iterator[None]:
    """Look at one of several books: moments are in its zone, links to its objects name it."""
    before = g.get("looked_at")
    g.looked_at = book
    try:
        yield
    finally:
        g.looked_at = before


def close_book() -> None:
    """Show no book for the rest of the request: the page of an error never asks for one."""
    g.shelf = None


def choose(account_id: str, mode: str = "") -> Shelf:
    """Open the book of the account, or of all accounts, for the rest of the session.

    Raises:
        NotFoundError: no such account is connected.
    """
    found = _find(account_id, mode)
    session[CHOSEN_BOOK] = mode_of(found) if account_id == ALL else found.books[0].id
    return found


def _find(account_id: str, mode: str) -> Shelf:
    """Return the first book of the account, or all books of the first mode that has any."""
    meant = [
        each
        for each in books()
        if account_id in (ALL, each.account_id) and mode in ("", mode_of(each))
    ]
    if mode not in ("", *MODES):
        raise BadInputError(
            f"“{mode}” is no mode.", field="mode", remedy=f"Choose among: {', '.join(MODES)}."
        )
    if not meant:
        raise NotFoundError(
            f"This account is not connected here{f' in {mode} mode' if mode else ''}.",
            field="account",
            remedy="Choose one of the connected accounts.",
        )
    alike = (each for each in meant if each.livemode == meant[0].livemode)
    return Shelf(tuple(alike)) if account_id == ALL else Shelf((meant[0],))


def mode_of(book: Book | Shelf) -> str:
    """Return ``live`` or ``test``, as the query string writes it."""
    return "live" if book.livemode else "test"


def public_url(endpoint: str, **values: Any) -> str:
    """Return the whole URL of a page, as people outside open it.

    Where the address of the site is not set, it is what the request calls it: only who is signed
    in is to be believed.
    """
    base = settings().public_url or request.url_root.rstrip("/")
    return base + url_for(endpoint, **values)


def timezone() -> str:
    """Return the IANA time zone in which this request writes moments and days."""
    open_book = book() if has_request_context() else None
    return open_book.timezone if open_book else "UTC"


def _asked_for() -> Shelf | None:
    account_id, mode = request.args.get("account", ""), request.args.get("mode", "")
    values = request.view_args or {}
    if mode and not account_id and "account_id" not in values:
        account_id = _account_so_far()
    if not account_id:
        return None
    if _is_of_one(request.endpoint, values):
        found, around = _find(account_id, mode), _chosen()
        if around and not around.one and found.one in around.books:
            g.looked_at = found.one
            return found
    return choose(account_id, mode)


def _account_so_far() -> str:
    """Return the account that a mode alone is meant of, or ``all``; nothing without any."""
    shown = _chosen() or _first()
    if shown is None:
        return ""
    return shown.one.account_id if shown.one else ALL


def _chosen() -> Shelf | None:
    chosen = session.get(CHOSEN_BOOK)
    meant = (each for each in books() if chosen in (each.id, mode_of(each)))
    found = tuple(meant)
    return Shelf(found) if found else None


def _first() -> Shelf | None:
    found = next(iter(books()), None)
    return Shelf((found,)) if found else None


def _is_of_one(endpoint: str | None, values: Mapping[str, Any]) -> bool:
    """Return whether the page is about one object, or tells the standing of one account."""
    return "id" in values or endpoint in STANDINGS


def _name_account(endpoint: str, values: dict[str, Any]) -> None:
    """Name the account in links to what belongs to one of the several that are chosen."""
    looked_at: Book | None = g.get("looked_at")
    if looked_at and _is_of_one(endpoint, values):
        values.setdefault("account", looked_at.account_id)
        values.setdefault("mode", mode_of(looked_at))


def _close(_error: BaseException | None) -> None:
    give_up_reading()
