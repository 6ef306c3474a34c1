"""Pages that were read ahead of the writer, kept as files until they are stored.

So reading goes on while the database writes, and what a killed run had read is not asked for
again: the next run stores it first. A lost file costs a call and nothing else.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import orjson
from sqlalchemy import Engine

from dashboard.core import clock
from dashboard.core.config import INSTANCE
from dashboard.core.log import logger
from dashboard.gateway.reads import Page
from dashboard.mirror.sync.fetch import Fetched
from dashboard.store.books import Book
from dashboard.store.sync_runs import Window

FRESH_SECONDS = 3_600
"""Older pages are read again: what changed since then might no longer be told."""

log = logger("sync")


class Kept:
    """The pages that wait in ``folder``, which only its owner may enter; without one, none."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._numbers = count()

    def __bool__(self) -> bool:
        return self.folder is not None

    def keep(self, fetched: Fetched) -> Fetched:
        """Keep a page and return it with its file; where the disk is full it is not kept."""
        if self.folder is None or fetched.page is None:
            return fetched
        file = self.folder / f"{next(self._numbers):09}.json"
        try:
            file.write_bytes(_written(fetched, fetched.page))
        except OSError as error:
            log.warning("page_not_kept", file=str(file), reason=str(error))
        return replace(fetched, file=file)

    def drop(self, batch: Iterable[Fetched]) -> None:
        """Forget pages that are stored."""
        for fetched in batch:
            if fetched.file is not None:
                fetched.file.unlink(missing_ok=True)

    def left(self, windows: Iterable[Window]) -> Iterator[Fetched]:
        """Yield in order what a killed run left that begins where its window still is."""
        now = {window.key: window for window in windows}
        for file in self._files():
            fetched = _read(file)
            if fetched is not None and now.get(fetched.window.key) == fetched.window:
                del now[fetched.window.key]
                now.update({window.key: window for window in fetched.following})
                yield fetched
            else:
                file.unlink()

    def clear(self) -> None:
        """Forget all pages."""
        for file in self._files():
            file.unlink()

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json")) if self.folder else []


@contextmanager
def keeping(engine: Engine, book: Book) -> Iterator[Kept]:
    """Keep the pages of ``book`` beside a SQLite file, else among the product's own files.

    Where nothing can be written, nothing is kept, and every page waits for the one before.
    """
    folder = _folder(engine, book)
    try:
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.warning("not_reading_ahead", folder=str(folder), reason=str(error))
        folder = None
    try:
        yield Kept(folder)
    finally:
        if folder is not None:
            with suppress(OSError):  # not empty: the next run stores what is left
                folder.rmdir()


def _folder(engine: Engine, book: Book) -> Path | None:
    name = f"{engine.url.database}-sync-{book.account_id}-{'live' if book.livemode else 'test'}"
    if engine.dialect.name != "sqlite":
        return INSTANCE / name
    return None if engine.url.database in (None, "", ":memory:") else Path(name)


def _written(fetched: Fetched, page: Page) -> bytes:
    """Return what a file holds: the plan in its first line, then the list as it came."""
    plan = {
        "window": fetched.window,
        "following": fetched.following,
        "needless": fetched.needless,
        "has_more": page.has_more,
        "as_of": page.as_of,
        "delay": page.delay,
    }
    return orjson.dumps(plan) + b"\n" + (page.text or orjson.dumps({"data": page.data}))


def _read(file: Path) -> Fetched | None:
    """Return the page in ``file``, none where it is old or was not written to its end.

    Another version of ours may have written other words.
    """
    first, _, text = file.read_bytes().partition(b"\n")
    try:
        plan, data = orjson.loads(first), orjson.loads(text)["data"]
        page = Page(data, plan["has_more"], plan["as_of"], plan["delay"])
        window, *following = (Window(**each) for each in [plan["window"], *plan["following"]])
        needless: bool = plan["needless"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    is_fresh = page.as_of >= clock.seconds() - FRESH_SECONDS
    return Fetched(window, page, None, tuple(following), needless, file) if is_fresh else None
