"""Running what was taken from the queue: a job's row is claimed, held and brought to an end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.log import logger, redact
from dashboard.jobs.commands import StoppedError
from dashboard.jobs.tasks import Pace, Task, Tasks
from dashboard.store import books, jobs
from dashboard.store.books import Book
from dashboard.store.jobs import Job

UNEXPECTED = (
    "Something went wrong that we did not expect ({name}). The log of the worker says what."
)

log = logger("jobs")


class Runner:
    """Runs jobs and answers bells in the name of one ``worker``."""

    def __init__(
        self, engine: Engine, settings: Settings, tasks: Tasks, pace: Pace, worker: str
    ) -> None:
        self.worker = worker
        self._engine = engine
        self._settings = settings
        self._tasks = tasks
        self._pace = pace
        self._lock = threading.Lock()
        self._held: set[int] = set()
        self._ringing: dict[str, threading.Thread] = {}
        self._again: set[str] = set()

    @property
    def held(self) -> frozenset[int]:
        """The ids of the jobs that run now."""
        with self._lock:
            return frozenset(self._held)

    def run(self, id: int) -> None:
        """Run the job, unless somebody else has it; a message that comes twice runs it once."""
        with database.writing(self._engine) as db:
            job = jobs.claim(db, id, self.worker)
        if job is None:
            return
        with self._holding(job):
            self._perform(job)

    def answer(self, name: str) -> None:
        """Run the task of a bell beside us; where it runs already, it runs once more after that."""
        with self._lock:
            if name in self._ringing:
                self._again.add(name)
                return
            thread = threading.Thread(target=self._answer, args=(name,), name=name, daemon=True)
            self._ringing[name] = thread
        thread.start()

    def wait(self, seconds: float) -> None:
        """Return once no bell is being answered, or after so many seconds."""
        deadline = time.monotonic() + seconds
        for thread in list(self._ringing.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _answer(self, name: str) -> None:
        while True:
            self.answer_once(name)
            with self._lock:
                if name not in self._again:
                    del self._ringing[name]
                    return
                self._again.discard(name)

    def answer_once(self, name: str) -> None:
        """Run the task of a bell here."""
        try:
            self._task(name)(self._engine, self._settings)
        except Exception as error:
            log.warning("ring_failed", task=name, reason=type(error).__name__, exc_info=True)

    def _perform(self, job: Job) -> None:
        try:
            self._task(job.name)(self._engine, self._settings, **self._arguments(job))
        except StoppedError:
            # We are told to stop; whoever stops us gives back what we hold.
            return
        except Exception as error:
            if not isinstance(error, DashboardError):
                log.warning("job_failed", id=job.id, task=job.name, exc_info=True)
            told = _told(error)
            self._note(lambda: self._fail(job, told))
        else:
            self._note(lambda: self._finish(job))

    def _note(self, write: Callable[[], None]) -> None:
        """Write how a job ended; where that fails, it counts as interrupted and is run again."""
        try:
            write()
        except SQLAlchemyError as error:
            log.warning("job_not_noted", reason=type(error).__name__)

    def _fail(self, job: Job, told: str) -> None:
        with database.writing(self._engine) as db:
            jobs.fail(db, job, told, pauses=self._pace.pauses)

    def _finish(self, job: Job) -> None:
        with database.writing(self._engine) as db:
            jobs.finish(db, job)

    def _arguments(self, job: Job) -> dict[str, object]:
        if job.book_id is None:
            return dict(job.arguments)
        return {**job.arguments, "book": self._book(job.book_id)}

    def _book(self, id: int) -> Book:
        with database.reading(self._engine) as db:
            found = next((each for each in books.every(db) if each.id == id), None)
        if found is None:
            raise NotFoundError("The account is no longer here.")
        return found

    def _task(self, name: str) -> Task:
        if name not in self._tasks:
            raise NotFoundError(
                f"This version knows no task {name}.", remedy="Run the same version everywhere."
            )
        return self._tasks[name]

    @contextmanager
    def _holding(self, job: Job) -> Iterator[None]:
        with self._lock:
            self._held.add(job.id)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(job.id)


def _told(error: Exception) -> str:
    """Return what people are told of an error."""
    if isinstance(error, DashboardError):
        return redact(str(error))
    return UNEXPECTED.format(name=type(error).__name__)
