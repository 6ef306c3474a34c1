"""Handling deliveries: news go into the mirror, doubts are settled by reading from Stripe.

A few are one transaction: objects, what is derived from them, reactions, and the note in the
inbox that it is done. What fails is tried alone, so that one bad delivery holds up no other.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.log import logger, redact
from dashboard.gateway.errors import AbsentError, GatewayError, MissingError, RefusedError
from dashboard.gateway.reads import Json, Reads, Told
from dashboard.mirror import codec as codecs
from dashboard.mirror.apply import Piece, apply_pieces
from dashboard.mirror.live.doubts import Answer, Answered, Doubts
from dashboard.mirror.live.news import THIN, Key, Known, News, Verdict, known_of, opened, verdict
from dashboard.mirror.live.reactions import TOLD_OTHERWISE, Reaction, Reactions
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.expansions import fill_in
from dashboard.store import inbox
from dashboard.store.books import Book
from dashboard.store.inbox import Due, Outcome

AT_ONCE, FEWEST_AT_ONCE = 500, 20
LONGEST_SECONDS = {"sqlite": 0.05, "postgresql": 2.0}
"""So long a transaction should last at most: meanwhile SQLite lets nobody else write.

On PostgreSQL it holds up nobody but a sync of the same book, and the more deliveries share a
transaction, the fewer statements each of them costs.
"""

PAUSE_SECONDS = 0.05
"""Between two looks into the inbox while questions are open."""

LEASE_SECONDS = 30
"""A question that is still open then was asked by somebody who is gone: it is asked again."""

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
        self._doubts = Doubts(reads)
        self._version = version
        self._reactions = reactions
        self._ripe_at = 0
        self._at_once = FEWEST_AT_ONCE

    def run(self) -> int:
        """Handle all that is due and return how many deliveries were."""
        count = 0
        try:
            while (batch := self._due()) or self._doubts.are_open or self._is_soon:
                self._doubts.ask(self._clear_up(batch))
                self._conclude(self._doubts.answered(0 if batch else PAUSE_SECONDS))
                count += len(batch)
        finally:
            self._doubts.close()
        return count

    @property
    def _is_soon(self) -> bool:
        """Whether there is something in doubt of the second that is not over."""
        return clock.seconds() <= self._ripe_at

    def _due(self) -> list[Due]:
        with database.reading(self._engine) as db:
            return inbox.due(db, self._book, AT_ONCE)

    def _clear_up(self, batch: Sequence[Due]) -> list[News]:
        """Take in what is clear, in short transactions, and return what is in doubt."""
        left, doubtful = batch, list[News]()
        while left:
            some, left = left[: self._at_once], left[self._at_once :]
            doubtful += self._attempt(some)
        return doubtful

    def _attempt(self, some: Sequence[Due]) -> list[News]:
        """Take deliveries in together or, where that fails, one by one; return those in doubt."""
        try:
            return self._take(some)
        except Exception as error:  # noqa: BLE001  (whatever it is, the others go on)
            if len(some) == 1:
                self._fail(some, error)
                return []
            log.warning("batch_failed", reason=type(error).__name__, deliveries=len(some))
        return [news for one in some for news in self._attempt([one])]

    def _take(self, batch: Sequence[Due]) -> list[News]:
        """Apply what is clear in one transaction, and return what is not."""
        those = sorted(map(opened, batch), key=_moment)
        clear: list[tuple[News, Outcome]] = []
        doubtful: list[News] = []
        with database.writing(self._engine, bulk=True) as db:
            began = time.perf_counter()
            known = known_of(db, self._book, those)
            for some in _rounds(those):
                judged = self._judge(db, some, known)
                fresh = [news for news, found in judged if found is Verdict.NEWS]
                known |= self._apply(db, fresh, known)
                doubtful += [news for news, found in judged if found is Verdict.DOUBT]
                clear += [(news, OUTCOMES[found]) for news, found in judged if found in OUTCOMES]
            self._done(db, clear)
            unsettled = self._ripe(db, doubtful)
        self._measure(len(batch), time.perf_counter() - began)
        return unsettled

    def _measure(self, count: int, seconds: float) -> None:
        """Learn from a transaction of so many deliveries how many the next ones may have."""
        wanted = int(count * LONGEST_SECONDS[self._engine.dialect.name] / seconds)
        if wanted < self._at_once or count == self._at_once:
            self._at_once = max(FEWEST_AT_ONCE, min(wanted, 2 * count, AT_ONCE))

    def _ripe(self, db: Connection, doubtful: Sequence[News]) -> list[News]:
        """Return what can be asked for now, and put it off until there is an answer.

        What is of this second waits for its end: an answer of the next settles all of its news.
        """
        now = clock.seconds()
        unripe = [news.due for news in doubtful if news.created_at == now]
        ripe = [news for news in doubtful if news.created_at != now]
        if unripe:
            self._ripe_at = now + 1
        inbox.postpone(db, unripe, until=now + 1)
        inbox.postpone(db, [news.due for news in ripe], until=now + LEASE_SECONDS)
        return ripe

    def _judge(
        self, db: Connection, some: Sequence[News], known: Mapping[Key, Known]
    ) -> list[tuple[News, Verdict]]:
        """Judge news of different objects; what cannot be made as full as a list is in doubt."""
        judged = [(news, verdict(news, known.get(news.key), self._version)) for news in some]
        short = self._short(db, [news for news, found in judged if found is Verdict.NEWS])
        return [(news, Verdict.DOUBT if news.key in short else found) for news, found in judged]

    def _short(self, db: Connection, fresh: Sequence[News]) -> set[Key]:
        things: dict[str, list[Json]] = {}
        for news in fresh:
            if news.kind and news.thing:
                things.setdefault(news.kind.name, []).append(news.thing)
        return {
            (kind, name)
            for kind, told in things.items()
            for name in fill_in(db, self._book, codecs.of(db), KINDS[kind], told)
        }

    def _apply(
        self, db: Connection, fresh: Sequence[News], known: Mapping[Key, Known]
    ) -> dict[Key, Known]:
        """Apply news of different objects, and return what is known of these then."""
        pieces = {
            news.key: Piece(news.thing, _seen_at(news, known.get(news.key)), news.due.event_id)
            for news in fresh
            if news.thing is not None
        }
        self._write(db, pieces)
        return {
            news.key: Known(pieces[news.key].seen_at, news.is_deletion, news.is_birth)
            for news in fresh
            if news.key in pieces
        }

    def _write(self, db: Connection, pieces: Mapping[Key, Piece]) -> None:
        """Apply news of different objects, kind by kind."""
        groups: dict[str, list[Piece]] = {}
        for (kind, _name), piece in pieces.items():
            groups.setdefault(kind, []).append(piece)
        for each in KINDS.values():
            apply_pieces(db, self._book, each, groups.get(each.name, ()))

    def _done(self, db: Connection, those: Sequence[tuple[News, Outcome]]) -> None:
        """Keep the events, do what follows from them, and note that they are handled."""
        # As old as they are: what lists have told of them since, in our version, is newer.
        events = [
            Piece(news.event, news.created_at or clock.seconds())
            for news, _ in those
            if news.event.get("object") == "event"
        ]
        apply_pieces(db, self._book, KINDS["event"], events)
        self._react(db, [news.event for news, _ in those])
        inbox.handled(db, self._book, [(news.due, outcome) for news, outcome in those])

    def _react(self, db: Connection, events: Iterable[Json]) -> None:
        """Do what follows from the events: each reaction once, with all that are its own."""
        stirred: dict[Reaction, list[Json]] = {}
        for event in events:
            names = [str(event.get("type"))]
            if event.get("object") == THIN or event.get("api_version") != self._version:
                names.append(TOLD_OTHERWISE)
            for react in chain.from_iterable(self._reactions.get(name, ()) for name in names):
                stirred.setdefault(react, []).append(event)
        for react, its_own in stirred.items():
            react(db, self._book, its_own)

    def _conclude(self, answered: Sequence[Answered]) -> None:
        """Apply what Stripe said of objects in doubt; where it did not, they are tried later."""
        settled: list[Answered] = []
        for group, answer in answered:
            if isinstance(answer, GatewayError) and not _is_final(answer):
                self._fail([news.due for news in group], answer)
            else:
                settled.append((group, answer))
        for first in range(0, len(settled), self._at_once):
            self._take_settled(settled[first : first + self._at_once])

    def _take_settled(self, settled: Sequence[Answered]) -> None:
        """Apply objects as they are now, together or, where that fails, one by one."""
        pieces = {group[-1].key: _settled(group[-1], answer) for group, answer in settled}
        told = {key: piece for key, piece in pieces.items() if piece is not None}
        try:
            with database.writing(self._engine, bulk=True) as db:
                self._write(db, told)
                self._done(
                    db, [(each, _outcome(each, told)) for group, _ in settled for each in group]
                )
        except Exception as error:  # noqa: BLE001  (whatever it is, the others go on)
            if len(settled) == 1:
                self._fail([news.due for news in settled[0][0]], error)
            else:
                for one in settled:
                    self._take_settled([one])

    def _fail(self, those: Iterable[Due], error: Exception) -> None:
        words = redact(str(error)) or type(error).__name__
        log.warning("delivery_failed", reason=type(error).__name__)
        with database.writing(self._engine) as db:
            for one in those:
                inbox.failed(db, one, words)


def _moment(news: News) -> tuple[int, bool]:
    """Return what news are sorted by: within its second the creation of an object comes first."""
    return news.created_at or 0, not news.is_birth


def _rounds(those: Iterable[News]) -> Iterable[list[News]]:
    """Return the news so that each round tells of an object once, what is earlier before."""
    rounds: list[list[News]] = []
    times: Counter[Key] = Counter()
    for news in those:
        number = times[news.key] if news.kind else 0
        times[news.key] += 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(news)
    return rounds


def _seen_at(news: News, known: Known | None) -> int:
    """Return the moment of news: that of its event. A deletion is the last word."""
    seen_at = news.created_at or clock.seconds()
    return max(seen_at, known.seen_at) if news.is_deletion and known else seen_at


def _settled(newest: News, answer: Answer) -> Piece | None:
    """Return an object as it is after all; ``None`` where nobody told what it is like.

    It is never older than its event: that came before we asked.
    """
    thing, as_of = newest.thing, newest.created_at or clock.seconds()
    if isinstance(answer, Told):
        thing, as_of = answer.body, max(answer.as_of or 0, as_of)
    elif isinstance(answer, MissingError):
        thing = {**(thing or {}), "id": newest.name, "deleted": True}
    return None if thing is None else Piece(thing, as_of, newest.due.event_id)


def _outcome(news: News, told: Mapping[Key, Piece]) -> Outcome:
    return Outcome.RE_READ if news.key in told else Outcome.NOT_MIRRORED


def _is_final(error: GatewayError) -> bool:
    """Say whether asking again will bring the same answer: then the event is all there is."""
    return isinstance(error, RefusedError | AbsentError)
