"""The courier: tells the queues of new jobs and of bells, outside of anybody's request."""

import os
import threading
import time
from collections.abc import Callable
from itertools import takewhile

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.log import logger
from dashboard.jobs.queue import MOST_RINGS, Queue
from dashboard.jobs.tasks import Pace
from dashboard.store import jobs

AWAY_SECONDS = 1.0

log = logger("jobs")


class Courier:
    """One thread of each process, started when there is first something to carry.

    What comes within the same fraction of a second is carried at once.
    """

    def __init__(
        self, engine: Engine, pace: Pace, queues: Callable[[], tuple[Queue, Queue]]
    ) -> None:
        """Carry from ``engine`` to what ``queues`` returns: the queue of jobs, that of bells."""
        self._engine = engine
        self._pace = pace
        self._queues = queues
        self._news = threading.Event()
        self._names: set[str] = set()
        self._has_jobs = False
        self._process = 0
        self._opened: tuple[Queue, Queue] | None = None

    def ring(self, name: str) -> None:
        """Ring a bell in a moment."""
        self._names.add(name)
        self._hurry()

    def call(self) -> None:
        """Tell the queue of the jobs that wait, in a moment."""
        self._has_jobs = True
        self._hurry()

    def _hurry(self) -> None:
        if self._process != os.getpid():
            # Threads do not live through a fork, and one is enough: two do no harm either.
            self._process = os.getpid()
            self._opened = None
            threading.Thread(target=self._carry_for_ever, name="jobs-courier", daemon=True).start()
        self._news.set()

    def _carry_for_ever(self) -> None:
        while True:
            self._news.wait()
            time.sleep(self._pace.ring)
            self._news.clear()
            if not self._carry():
                time.sleep(AWAY_SECONDS)
                self._news.set()

    def _carry(self) -> bool:
        """Carry everything and return whether it arrived."""
        if self._opened is None:
            self._opened = self._queues()
        jobs_queue, bells = self._opened
        arrived = True
        if self._has_jobs:
            self._has_jobs = False
            arrived = send_waiting(self._engine, jobs_queue)
            self._has_jobs = self._has_jobs or not arrived
        for name in list(self._names):
            self._names.discard(name)
            if not _ring(bells, name):
                self._names.add(name)
                arrived = False
        return arrived


def _ring(bells: Queue, name: str) -> bool:
    waiting = bells.size()
    return waiting is not None and (waiting >= MOST_RINGS or bells.send(name))


def send_waiting(engine: Engine, queue: Queue, *, lost_seconds: int | None = None) -> bool:
    """Tell the queue of due jobs that it does not know; ``False`` while it or the base is away.

    With ``lost_seconds``, an empty queue is told again of what it was told so long ago.
    """
    try:
        return _send_waiting(engine, queue, lost_seconds)
    except SQLAlchemyError as error:
        log.warning("jobs_not_sent", reason=type(error).__name__)
        return False


def _send_waiting(engine: Engine, queue: Queue, lost_seconds: int | None) -> bool:
    lost_before = None
    if lost_seconds is not None and queue.size() == 0:
        lost_before = clock.seconds() - lost_seconds
    with database.reading(engine) as db:
        waiting = jobs.unsent(db, lost_before=lost_before)
    if not waiting:
        return True
    # A queue that hangs is not asked for each of them: each answer takes its time not to come.
    sent = list(takewhile(queue.send, waiting))
    with database.writing(engine) as db:
        jobs.note_sent(db, sent)
    return len(sent) == len(waiting)
