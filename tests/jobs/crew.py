"""Jobs in a hurry, and a process that runs them, to be killed: ``python -m tests.jobs.crew``."""

import sys
import time
from pathlib import Path

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core import log
from dashboard.core.config import JobsPlace, Settings
from dashboard.core.errors import UnavailableError
from dashboard.jobs import commands
from dashboard.jobs.office import Office
from dashboard.jobs.tasks import Pace, Schedule, Tasks

PACE = Pace(tick=0.1, beat=0.2, silent=1, lost=1, ring=0.02, patience=0.5, pauses=(0, 0))


def note(_engine: Engine, _settings: Settings, *, path: str, word: str = "done") -> None:
    """Write down that we were here."""
    with Path(path).open("a") as file:
        file.write(f"{word}\n")


def wait(engine: Engine, settings: Settings, *, path: str, word: str = "ended") -> None:
    """Write down that we began, and that we ended once somebody made the file ``….go``."""
    note(engine, settings, path=path, word="began")
    while not Path(f"{path}.go").exists():
        time.sleep(0.02)
    note(engine, settings, path=path, word=word)


def refuse(engine: Engine, settings: Settings, *, path: str) -> None:
    note(engine, settings, path=path, word="tried")
    if not Path(f"{path}.go").exists():
        raise UnavailableError("Stripe does not take sk_test_abcdefgh.", remedy="Wait.")


def stumble(_engine: Engine, _settings: Settings) -> None:
    raise RuntimeError("password=hunter2")


def serve(_engine: Engine, settings: Settings, *, path: str) -> None:
    """Run a command of the terminal that ends only when it is told to."""
    note(_engine, settings, path=path, word="began")
    commands.run(settings, "sandbox", "--payments", "1", "--port", "0")


def _folder(settings: Settings) -> str:
    return settings.stripe_client_id


def toll(engine: Engine, settings: Settings) -> None:
    """Answer a bell, slowly."""
    path = _folder(settings)
    note(engine, settings, path=path, word="in")
    time.sleep(0.1)
    note(engine, settings, path=path, word="out")


TASKS: Tasks = {
    "note": note,
    "wait": wait,
    "refuse": refuse,
    "stumble": stumble,
    "serve": serve,
    "toll": toll,
    "rarely": toll,
}


def settings_for(url: str, redis_url: str, bells: str) -> Settings:
    """Return settings under which other processes run the jobs; ``bells`` is written by tolling."""
    return Settings(
        _env_file=None,
        environment="test",
        database_url=url,
        redis_url=redis_url,
        jobs=JobsPlace.WORKER,
        stripe_client_id=bells,
    )


def office(engine: Engine, settings: Settings) -> Office:
    """Return an office with these tasks and one schedule, which is due once in decades."""
    return Office(engine, settings, TASKS, (Schedule("rarely", 1_000_000_000),), PACE)


def main(url: str, redis_url: str, bells: str) -> None:
    log.configure()
    settings = settings_for(url, redis_url, bells)
    office(database.connect(settings.database_url), settings).work(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
