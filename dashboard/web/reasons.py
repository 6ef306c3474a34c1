"""Why a list has no rows, and what of it Stripe does not show us."""

from collections.abc import Collection
from dataclasses import dataclass

from dashboard.core.errors import BadInputError, NotFoundError
from dashboard.store.books import Book, Shelf
from dashboard.web import errors, htmx, layout, nav
from dashboard.web.asking import Ask, Filters
from dashboard.web.search_words import SEARCH


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there are no rows and what to do about it; see ``empty`` in templates/ui/README.md."""

    kind: str
    title: str = ""
    text: str = ""
    action_url: str | None = None
    action_text: str = ""


def not_understood(error: BadInputError, filters: Filters, way_out: str) -> Empty:
    """Return what stands in place of rows when the query string makes no sense.

    Raises:
        BadInputError: the error itself, where the caller reads JSON.
    """
    if errors.wants_json():
        raise error
    marked = (chip.label for chip in filters.fields if chip.error == error.message)
    where = "" if error.field == SEARCH else f"{next(marked, error.field)}: "
    text = error.remedy or ""
    return Empty("not-understood", f"{where}{error.message}", text, filters.action, way_out)


def why_empty(ask: Ask, book: Book | Shelf, kinds: Collection[str]) -> Empty:
    """Return why nothing of ``kinds`` is there for this ask."""
    nothing = why_nothing(book, kinds)
    if nothing.kind == "not-read" or not ask.is_narrowed:
        return nothing
    url = ask.filters.clear_url
    return Empty("nothing-matches", action_url=url, action_text="Clear filters")


def why_nothing(book: Book | Shelf, kinds: Collection[str]) -> Empty:
    """Return why nothing of ``kinds`` is there at all, or not yet."""
    sync_url = nav.url_if_exists("sync.index")
    if problems := layout.problems(book, kinds):
        words = " ".join(problems)
        return Empty("refused", words, action_url=sync_url, action_text="See the sync")
    if layout.is_awaited(book, kinds):
        return Empty("not-read", action_url=sync_url, action_text="See the sync")
    return Empty("nothing-yet")


def raise_unread(book: Book, kinds: Collection[str], id: str) -> None:
    """Say of an object that is not here that it may be at Stripe, where not all was read.

    Raises:
        NotFoundError: the first sync is not through ``kinds``, or Stripe does not show them.
    """
    nothing = why_nothing(book, kinds)
    if nothing.kind == "refused":
        raise NotFoundError(
            f"{id} is not known here. {nothing.title}",
            remedy="The page of the sync says why. Sync again once that is mended.",
        )
    if nothing.kind == "not-read":
        raise NotFoundError(
            f"{id} is not read yet.",
            remedy="Try again once the first sync is through; its page says how far it is.",
        )


def problems_beside(empty: Empty | None, book: Book | Shelf, kinds: Collection[str]) -> list[str]:
    """Return what Stripe does not show us of ``kinds``, unless ``empty`` says so itself.

    A part that brings rows leaves out what its page says already.
    """
    is_said = empty.kind == "refused" if empty else htmx.wants_part()
    return [] if is_said else layout.problems(book, kinds)
