"""The worker: threads that take from the queues, and one that keeps time and shows life."""

import threading
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.log import logger
from dashboard.jobs import commands
from dashboard.jobs.courier import send_waiting
from dashboard.jobs.queue import Queue
from dashboard.jobs.runner import Runner
from dashboard.jobs.tasks import Pace, Schedule
from dashboard.store import connections, jobs, workers

SHORTEST_WAIT = 0.05
LONGEST_WAIT = 0.5
LONGER = 1.4

log = logger("jobs")


class Worker:
    """What runs jobs in this process; ``hands`` of them at a time, bells apart."""

    def __init__(
        self,
        engine: Engine,
        runner: Runner,
        queues: tuple[Queue, Queue],
        schedules: tuple[Schedule, ...],
        pace: Pace,
        hands: int,
    ) -> None:
        self._engine = engine
        self._runner = runner
        self._queue, self._bells = queues
        self._schedules = schedules
        self._pace = pace
        self._stopping = threading.Event()
        self._next_beat = 0.0
        self._slots: dict[str, int] = {}
        self._is_ill = False
        deeds: list[Callable[[], None]] = [self._keep_time, partial(self._serve, self._bells)]
        deeds += [partial(self._serve, self._queue)] * hands
        self._threads = [
            threading.Thread(target=deed, name=f"jobs-{number}", daemon=True)
            for number, deed in enumerate(deeds)
        ]

    def start(self) -> None:
        """Begin, and return at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take nothing more, wait a while for what runs, and give back the rest."""
        self._stopping.set()
        deadline = time.monotonic() + self._pace.patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._runner.wait(deadline - time.monotonic())
        commands.stop_all()
        with database.writing(self._engine) as db:
            given_back = jobs.give_back(db, self._runner.worker)
            workers.leave(db, self._runner.worker)
        log.info("worker_stopped", worker=self._runner.worker, given_back=given_back)

    def _serve(self, queue: Queue) -> None:
        """Take message after message; an empty queue is asked less and less often."""
        pause = SHORTEST_WAIT
        while not self._stopping.is_set():
            taken = self._guarded(queue.take)
            if taken:
                pause = SHORTEST_WAIT
            elif taken is None or not queue.waits:
                self._stopping.wait(pause if taken is False else self._pace.tick)
                pause = min(pause * LONGER, LONGEST_WAIT)

    def _keep_time(self) -> None:
        while not self._stopping.is_set():
            self._guarded(self._look)
            self._stopping.wait(self._pace.tick)

    def _guarded(self, deed: Callable[[], bool | None]) -> bool | None:
        """Do it; a database that is away or locked is no reason to end, nor to fill the log."""
        try:
            done = deed()
        except Exception as error:
            if not self._is_ill:
                log.warning("jobs_wait", reason=type(error).__name__, exc_info=True)
            self._is_ill = True
            return None
        self._is_ill = False
        return done

    def _look(self) -> None:
        """Show life, queue what the schedules want, and tell the queue what it does not know."""
        if time.monotonic() >= self._next_beat:
            self._beat()
            self._next_beat = time.monotonic() + self._pace.beat
        for schedule in self._schedules:
            self._keep(schedule)
        send_waiting(self._engine, self._queue, lost_seconds=self._pace.lost)

    def _beat(self) -> None:
        with database.writing(self._engine) as db:
            workers.show(db, self._runner.worker)
            if held := self._runner.held:
                jobs.touch(db, held, self._runner.worker)
            revived = jobs.revive(
                db, silent_seconds=self._pace.silent, most_attempts=len(self._pace.pauses) + 1
            )
        if revived:
            log.warning("jobs_revived", count=revived)

    def _keep(self, schedule: Schedule) -> None:
        """Queue the jobs of a schedule, where its span has begun and nobody else did."""
        if not schedule.every_seconds:
            return
        now = clock.seconds()
        slot_at = now - now % schedule.every_seconds
        if self._slots.get(schedule.task) == slot_at:
            return
        if schedule.bell:
            self._runner.answer(schedule.task)
        else:
            self._queue_once(schedule, slot_at)
        self._slots[schedule.task] = slot_at

    def _queue_once(self, schedule: Schedule, slot_at: int) -> None:
        with database.writing(self._engine) as db:
            if workers.take_slot(db, schedule.task, slot_at):
                queue_scheduled(db, schedule)


def queue_scheduled(db: Connection, schedule: Schedule) -> None:
    """Queue what the schedule is for: one job, or one for each connected account."""
    if not schedule.per_book:
        jobs.queue(db, schedule.task, key=schedule.task)
        return
    for connection in connections.every(db):
        if not connection.is_active:
            continue
        book = connection.book
        jobs.queue(db, schedule.task, book_id=book.id, key=f"{schedule.task}:{book.id}")
