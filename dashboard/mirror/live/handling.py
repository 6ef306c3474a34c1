"""Handling deliveries: news go into the mirror, doubts are settled by reading from Stripe.

Each batch is one transaction: objects, what is derived from them, reactions, and the note in the
inbox that it is done. What fails is tried alone, so that one bad delivery holds up no other.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.log import logger, redact
from dashboard.gateway.errors import (
    AbsentError,
    GatewayError,
    MissingError,
    RefusedError,
    UnreachableError,
)
from dashboard.gateway.reads import Json, Reads, Told
from dashboard.mirror import codec as codecs
from dashboard.mirror.apply import apply
from dashboard.mirror.live.news import Known, News, Verdict, known_of, opened, verdict
from dashboard.mirror.live.reactions import Reactions
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.expansions import fill_in, retrieve_params
from dashboard.mirror.sync.fetch import complete
from dashboard.store import inbox
from dashboard.store.books import Book
from dashboard.store.inbox import Due, Outcome

AT_ONCE = 200
READ_AT_ONCE = 8
"""Questions at the same time; when so many in a row are not answered, no more are asked for now."""

OUTCOMES = {
    Verdict.NEWS: Outcome.APPLIED,
    Verdict.OLDER: Outcome.OLDER,
    Verdict.STRANGE: Outcome.NOT_MIRRORED,
}

log = logger("live")


class Handling:
    """Handles what was delivered for one book; only one at a time may.

    ``reads`` opens the way to Stripe when there is a doubt, or returns ``None`` where there is
    none: then the event is believed. ``version`` is the API version that we speak.
    """

    def __init__(
        self,
        engine: Engine,
        book: Book,
        reads: Callable[[], Reads | None],
        version: str,
        reactions: Reactions,
    ) -> None:
        self._engine = engine
        self._book = book
        self._open = reads
        self._version = version
        self._reactions = reactions
        self._is_soon = False
        self._unanswered = 0

    def run(self) -> int:
        """Handle all that is due and return how many deliveries were."""
        count = 0
        while (batch := self._due()) or self._is_soon:
            if not batch:
                self._is_soon = False
                _end_the_second()
            self._handle(batch)
            count += len(batch)
        return count

    def _due(self) -> list[Due]:
        with database.reading(self._engine) as db:
            return inbox.due(db, self._book, AT_ONCE)

    def _handle(self, batch: Sequence[Due]) -> None:
        """Handle ``batch`` together or, where that fails, one by one."""
        try:
            doubtful = self._take(batch)
        except Exception as error:  # noqa: BLE001  (whatever it is, the others go on)
            if len(batch) == 1:
                self._fail(batch, error)
            else:
                log.warning("batch_failed", reason=type(error).__name__, deliveries=len(batch))
                for one in batch:
                    self._handle([one])
        else:
            self._settle(doubtful)

    def _take(self, batch: Sequence[Due]) -> list[News]:
        """Apply what is clear in one transaction, and return what is not."""
        those = sorted(map(opened, batch), key=_moment)
        clear: list[tuple[News, Outcome]] = []
        doubtful: list[News] = []
        with database.writing(self._engine) as db:
            known = known_of(db, self._book, those)
            for news in those:
                found = self._judge(db, news, known.get(news.key))
                if found is Verdict.DOUBT:
                    doubtful.append(news)
                    continue
                if found is Verdict.NEWS and news.thing is not None:
                    known[news.key] = self._apply(db, news, news.thing, known.get(news.key))
                clear.append((news, OUTCOMES[found]))
            self._done(db, clear)
            return self._ripe(db, doubtful)

    def _ripe(self, db: Connection, doubtful: Sequence[News]) -> list[News]:
        """Put off what is of this second: an answer of the next one settles all of its news."""
        now = clock.seconds()
        unripe = [news.due for news in doubtful if news.created_at == now]
        if unripe:
            inbox.postpone(db, unripe, until=now + 1)
            self._is_soon = True
        return [news for news in doubtful if news.created_at != now]

    def _judge(self, db: Connection, news: News, known: Known | None) -> Verdict:
        found = verdict(news, known, self._version)
        if found is Verdict.NEWS and news.kind and news.thing:
            is_whole = fill_in(db, self._book, codecs.of(db), news.kind, news.thing)
            return found if is_whole else Verdict.DOUBT
        return found

    def _apply(self, db: Connection, news: News, thing: Json, known: Known | None) -> Known:
        """Apply an object, and return what is known of it then.

        It is never older than its event: that came before we asked. A deletion is the last word.
        """
        seen_at = news.created_at or clock.seconds()
        is_deletion = thing.get("deleted") is True
        if is_deletion and known:
            seen_at = max(seen_at, known.seen_at)
        self._write(db, news, thing, seen_at)
        return Known(seen_at, is_deletion)

    def _write(self, db: Connection, news: News, thing: Json, seen_at: int) -> None:
        if news.kind is not None:
            event_id = news.due.event_id
            apply(db, self._book, news.kind, [thing], seen_at=seen_at, event_id=event_id)

    def _done(self, db: Connection, those: Sequence[tuple[News, Outcome]]) -> None:
        """Keep the events, do what follows from them, and note that they are handled."""
        events = [news.event for news, _ in those if news.event.get("object") == "event"]
        apply(db, self._book, KINDS["event"], events, seen_at=clock.seconds())
        for news, _ in those:
            for react in self._reactions.get(str(news.event.get("type")), ()):
                react(db, self._book, news.event)
        inbox.handled(db, self._book, [(news.due, outcome) for news, outcome in those])

    def _settle(self, doubtful: Sequence[News]) -> None:
        """Read the objects in doubt from Stripe, each once, and apply the answers."""
        groups: dict[tuple[str, str], list[News]] = {}
        for news in doubtful:
            groups.setdefault(news.key, []).append(news)
        if not groups:
            return
        reads = self._reads()
        self._unanswered = 0
        with ThreadPoolExecutor(READ_AT_ONCE) as pool:
            answers = pool.map(lambda group: self._ask(reads, group[-1]), groups.values())
            for group, answer in zip(groups.values(), answers, strict=True):
                self._conclude(group, answer)

    def _reads(self) -> Reads | GatewayError | None:
        try:
            return self._open()
        except GatewayError as error:
            return error

    def _ask(self, reads: Reads | GatewayError | None, news: News) -> Told | GatewayError | None:
        """Return Stripe's answer, or why there is none; ``None`` where there is nobody to ask."""
        kind = news.kind
        if not isinstance(reads, Reads) or kind is None:
            return reads if isinstance(reads, GatewayError) else None
        if self._unanswered >= READ_AT_ONCE:
            return UnreachableError("Stripe did not answer those who asked before.")
        path = str(kind.path) if kind.single else f"{kind.path}/{news.name}"
        try:
            told = reads.retrieve(path, retrieve_params(kind))
            complete(reads, kind, told.body)
        except UnreachableError as error:
            self._unanswered += 1
            return error
        except GatewayError as error:
            return error
        self._unanswered = 0
        return told

    def _conclude(self, group: Sequence[News], answer: Told | GatewayError | None) -> None:
        """Apply what is known now of the object of ``group``, whose last news are the newest."""
        newest = group[-1]
        thing, as_of = newest.thing, None
        if isinstance(answer, Told):
            thing, as_of = answer.body, answer.as_of
        elif isinstance(answer, MissingError):
            thing = {**(thing or {}), "id": newest.name, "deleted": True}
        elif isinstance(answer, GatewayError) and not _is_final(answer):
            self._fail([news.due for news in group], answer)
            return
        try:
            with database.writing(self._engine) as db:
                if thing is not None:
                    seen_at = max(as_of or 0, newest.created_at or clock.seconds())
                    self._write(db, newest, thing, seen_at)
                outcome = Outcome.RE_READ if thing is not None else Outcome.NOT_MIRRORED
                self._done(db, [(news, outcome) for news in group])
        except Exception as error:  # noqa: BLE001  (whatever it is, the others go on)
            self._fail([news.due for news in group], error)

    def _fail(self, those: Iterable[Due], error: Exception) -> None:
        words = redact(str(error)) or type(error).__name__
        log.warning("delivery_failed", reason=type(error).__name__)
        with database.writing(self._engine) as db:
            for one in those:
                inbox.failed(db, one, words)


def _moment(news: News) -> int:
    return news.created_at or 0


def _is_final(error: GatewayError) -> bool:
    """Say whether asking again will bring the same answer: then the event is all there is."""
    return isinstance(error, RefusedError | AbsentError)


def _end_the_second() -> None:
    now = clock.seconds()
    while clock.seconds() == now:
        time.sleep(0.01)
