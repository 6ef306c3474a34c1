"""Handling what was delivered, outside of the request that took it in."""

from functools import partial

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import ConflictError
from dashboard.gateway.client import version
from dashboard.mirror.live.handling import Handling
from dashboard.mirror.live.reactions import Reactions
from dashboard.mirror.sync.identity import way_to
from dashboard.mirror.sync.lock import Deed, alone
from dashboard.store import books, inbox

TRIES, LONGEST_SECONDS = 2, 10
"""A question that Stripe does not answer so soon is asked again with its delivery, which waits."""


def handle(engine: Engine, settings: Settings, *, reactions: Reactions) -> None:
    """Handle all deliveries that are due.

    Of each book one process does so at a time. Before it leaves it looks once more: what came
    while it was at the last ones was rung for in vain.
    """
    left: set[int] = set()
    while books_due := set(_due(engine)) - left:
        for id in books_due:
            try:
                _handle_book(engine, settings, id, reactions)
            except ConflictError:
                left.add(id)


def _due(engine: Engine) -> list[int]:
    with database.reading(engine) as db:
        return inbox.due_books(db)


def _handle_book(engine: Engine, settings: Settings, id: int, reactions: Reactions) -> None:
    with database.reading(engine) as db:
        book = next(each for each in books.every(db) if each.id == id)
    hasty = settings.model_copy(
        update={"stripe_request_timeout": min(settings.stripe_request_timeout, LONGEST_SECONDS)}
    )
    way = partial(way_to, engine, hasty, book, tries=TRIES)
    with alone(engine, book, Deed.HANDLING):
        Handling(engine, book, way, version(settings), reactions).run()
