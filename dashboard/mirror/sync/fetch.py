"""Threads that read pages: one page in flight for each window, the answers in one queue."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import parse_qsl

from dashboard.core.log import logger
from dashboard.gateway.errors import AbsentError, GatewayError, MisbehavedError, UnwelcomeError
from dashboard.gateway.reads import Json, Page, Params, Reads
from dashboard.mirror.kinds.base import Kind
from dashboard.mirror.kinds.read import members, text
from dashboard.mirror.registry import KINDS
from dashboard.store.sync_runs import Window

MOST_THREADS = 32
ENOUGH_OBJECTS = 2_000
"""In one transaction: more makes others wait to write, fewer makes the database work more."""

MOST_AHEAD = 3_000
"""Objects that were read and are not taken yet; more would only cost memory."""

UNWELCOME = ("expand", "status", "created")
"""What servers that are only like Stripe may refuse, in the order in which we do without."""

log = logger("sync")


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to the next page of a window: a page, or what Stripe said instead.

    ``following`` are the windows that take its place, none where it is read to its end. A page
    that is ``needless`` told what another window tells. ``file`` keeps it until it is stored.
    """

    window: Window
    page: Page | None = None
    error: GatewayError | None = None
    following: tuple[Window, ...] = ()
    needless: bool = False
    file: Path | None = None


Plan = Callable[[Fetched], Fetched]
"""Says what follows a page, and keeps it; called for one page at a time."""

Take = Callable[[Sequence[Fetched]], Iterable[Window]]
"""Does something with a batch and says which pages to read next, beside those that are planned."""


def for_ever() -> bool:
    """Go on as long as there is something to read."""
    return True


def pump(fetchers: "Fetchers", windows: Iterable[Window], take: Take) -> None:
    """Read and take until no window has a next page."""
    try:
        fetchers.ask(windows)
        while fetchers.busy:
            batch = fetchers.take()
            following = take(batch)
            fetchers.stored(batch)
            fetchers.ask(following)
    finally:
        fetchers.close()


class Fetchers:
    """Reads the next pages of windows in threads, which end with the process.

    With a ``plan`` they go on by themselves until ``most_ahead`` objects wait to be stored, for as
    long as ``may_go_on`` says so.
    """

    def __init__(
        self,
        reads: Reads,
        plan: Plan | None = None,
        most_ahead: int = 0,
        may_go_on: Callable[[], bool] = for_ever,
    ) -> None:
        self._reads = reads
        self._plan = plan
        self._most_ahead = most_ahead
        self._may_go_on = may_go_on
        self._asked: SimpleQueue[Window | None] = SimpleQueue()
        self._fetched: SimpleQueue[Fetched | BaseException] = SimpleQueue()
        self._lock = threading.RLock()
        self._threads = 0
        self._modesty: dict[str, int] = {}
        self._held: list[Window] = []
        self._ahead = 0
        self._in_flight = 0

    @property
    def busy(self) -> bool:
        """Whether there is anything left to be read or to be taken."""
        return self._in_flight > 0 or bool(self._held)

    def ask(self, windows: Iterable[Window]) -> None:
        """Begin to read the next pages of ``windows``."""
        with self._lock:
            for window in windows:
                self._in_flight += 1
                if self._threads < min(self._in_flight, MOST_THREADS):
                    self._threads += 1
                    threading.Thread(target=self._work, name="sync-fetch", daemon=True).start()
                self._asked.put(window)

    def take(self) -> list[Fetched]:
        """Wait for an answer and return it with those that have come meanwhile."""
        taken = [self._received(self._fetched.get())]
        objects = _size(taken[0])
        while objects < ENOUGH_OBJECTS:
            try:
                taken.append(self._received(self._fetched.get_nowait()))
            except Empty:
                break
            objects += _size(taken[-1])
        return taken

    def stored(self, batch: Sequence[Fetched]) -> None:
        """Go on with what waited for ``batch`` to be stored."""
        with self._lock:
            self._in_flight -= len(batch)
            self._ahead -= sum(map(_size, batch))
            if self._ahead <= self._most_ahead:
                held, self._held = self._held, []
                self.ask(held)

    def close(self) -> None:
        """Let the threads end after the request that they are waiting for."""
        for _ in range(self._threads):
            self._asked.put(None)

    def _received(self, fetched: Fetched | BaseException) -> Fetched:
        if isinstance(fetched, BaseException):
            raise fetched
        return fetched

    def _work(self) -> None:
        while (window := self._asked.get()) is not None:
            try:
                self._arrived(self._fetch(window))
            except BaseException as error:  # noqa: BLE001  (the waiting thread must hear of it)
                self._fetched.put(error)

    def _fetch(self, window: Window) -> Fetched:
        try:
            return Fetched(window, page=self._read(window))
        except GatewayError as error:
            return Fetched(window, error=error)

    def _arrived(self, fetched: Fetched) -> None:
        """Hand an answer on, and go on with what follows it."""
        with self._lock:
            planned = self._plan(fetched) if self._plan else fetched
            self._ahead += _size(planned)
            self._fetched.put(planned)
            if not self._may_go_on():
                self._held.clear()
            elif self._ahead <= self._most_ahead:
                self.ask(planned.following)
            else:
                self._held.extend(planned.following)

    def _read(self, window: Window) -> Page:
        """Return the next page of ``window``, asking for less where the server takes no more."""
        while True:
            modesty = self._modesty.get(window.kind, 0)
            try:
                return read(self._reads, window, unwelcome=UNWELCOME[:modesty])
            except UnwelcomeError as error:
                if modesty == len(UNWELCOME):
                    raise
                self._modesty[window.kind] = modesty + 1
                log.warning("asking_for_less", kind=window.kind, message=str(error))


def read(reads: Reads, window: Window, unwelcome: Sequence[str] = ()) -> Page:
    """Return the next page of ``window``, with the lists inside its objects told to their end.

    Parameters that begin with one of the ``unwelcome`` words are left out.
    """
    kind = KINDS[window.kind]
    path = kind.path or ""
    if kind.single:
        told = reads.retrieve(path, kind.params)
        return Page([told.body], has_more=False, as_of=told.as_of, delay=told.delay)
    asked = _params(kind, window)
    welcome = {name: asked[name] for name in asked if not name.startswith(tuple(unwelcome))}
    page = reads.list_page(path, welcome)
    were_cut_off = [complete(reads, kind, owner) for owner in page.data]
    return replace(page, text=None) if any(were_cut_off) else page


def complete(reads: Reads, kind: Kind, owner: Json) -> bool:
    """Read the rest of the lists that ride in ``owner`` and that Stripe cut off after ten.

    Return whether there was any. Where the rest is nowhere to be had, as when the owner has just
    been deleted, it stays cut off.
    """
    is_more = False
    for field in kind.embeds.values():
        told = owner.get(field)
        known = list(members(told))
        if isinstance(told, dict) and told.get("has_more") and known:
            path = text(told.get("url")) or f"{kind.path}/{owner.get('id')}/{field}"
            with suppress(AbsentError):
                told["data"].extend(list(_rest(reads, path, str(known[-1].get("id")))))
                told["has_more"] = False
                is_more = True
    return is_more


def _rest(reads: Reads, path: str, cursor: str) -> Iterator[Json]:
    path, _, query = path.partition("?")
    own = dict(parse_qsl(query))
    has_more = True
    while has_more:
        page = reads.list_page(path, {**own, "starting_after": cursor})
        yield from page.data
        if page.has_more and str(page.data[-1].get("id")) == cursor:
            raise MisbehavedError(f"{path} does not get on.")
        has_more, cursor = page.has_more, str(page.data[-1].get("id")) if page.data else ""


def _params(kind: Kind, window: Window) -> Params:
    bounds = {
        "created[gte]": window.from_at,
        "created[lt]": window.until_at,
        "starting_after": window.cursor,
    }
    return {**kind.params, **{name: value for name, value in bounds.items() if value is not None}}


def _size(fetched: Fetched) -> int:
    return len(fetched.page.data) if fetched.page else 0
