"""The worker as it is run in earnest, beside web workers and the database, and killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
from flask import Flask
from sqlalchemy import Engine, select

from dashboard.app import ROOT
from dashboard.core import db as database
from dashboard.core.config import JobsPlace, Settings
from dashboard.store import jobs, workers
from dashboard.store.jobs import State
from tests.cli.terminal import flask
from tests.jobs.test_office import eventually
from tests.queues import Valkey, free_port

WORKER = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
WEB = [
    sys.executable,
    "-m",
    "gunicorn",
    "-c",
    str(ROOT / "deploy" / "gunicorn.conf.py"),
    "wsgi:app",
]


@contextmanager
def running(
    command: list[str], engine: Engine, folder: Path, **settings: str
) -> Iterator["subprocess.Popen[str]"]:
    """Run a command on this database and see to it that it ends."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "ENVIRONMENT": "development",
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        **settings,
    }
    with subprocess.Popen(command, cwd=folder, env=environment, text=True) as process:
        try:
            yield process
        finally:
            # By itself, or the workers that it made would live on for a while.
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def queue(engine: Engine) -> int:
    with database.writing(engine) as db:
        id = jobs.queue(db, "purge")
    assert id
    return id


def is_done(engine: Engine, id: int) -> bool:
    with database.reading(engine) as db:
        return db.scalar(select(jobs.jobs.c.state).where(jobs.jobs.c.id == id)) == State.DONE


def present(engine: Engine) -> list[str]:
    with database.reading(engine) as db:
        return [each.name for each in workers.present(db)]


def test_a_worker_does_what_waits_and_leaves_when_it_is_told_to(
    engine: Engine, tmp_path: Path
) -> None:
    id = queue(engine)
    with running([*WORKER, "--at-once", "1"], engine, tmp_path, JOBS="worker") as worker:
        eventually(lambda: is_done(engine, id))
        assert [name.partition(" ")[0] for name in present(engine)] == ["worker"]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert present(engine) == []


def test_web_workers_run_jobs_until_they_end(sqlite_engine: Engine, tmp_path: Path) -> None:
    id = queue(sqlite_engine)
    bind = ["--bind", "127.0.0.1:0"]
    with running([*WEB, *bind], sqlite_engine, tmp_path, WEB_CONCURRENCY="2") as web:
        eventually(lambda: is_done(sqlite_engine, id))
        eventually(lambda: len(present(sqlite_engine)) == 2)
        web.terminate()
        assert web.wait(20) == 0
    assert present(sqlite_engine) == []


def test_with_redis_the_web_leaves_jobs_to_workers(
    sqlite_engine: Engine, tmp_path: Path, valkey: Valkey
) -> None:
    id = queue(sqlite_engine)
    address = f"127.0.0.1:{free_port()}"
    with running([*WEB, "--bind", address], sqlite_engine, tmp_path, REDIS_URL=valkey.url):
        eventually(lambda: is_up(f"http://{address}/login"))
        assert present(sqlite_engine) == []
        with running(WORKER, sqlite_engine, tmp_path, REDIS_URL=valkey.url):
            eventually(lambda: is_done(sqlite_engine, id))


def is_up(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_the_doctor_looks_at_redis_and_at_who_runs_jobs(
    make_app: Callable[[Settings], Flask], settings: Settings, valkey: Valkey
) -> None:
    redis = {"redis_url": valkey.url, "jobs": JobsPlace.WORKER}
    app = make_app(settings.model_copy(update=redis))
    told = flask(app, "doctor").output
    assert "REDIS_URL answers." in " ".join(told.split())
    assert "Start: flask --app wsgi worker" in told
    with database.writing(app.extensions["dashboard"].engine) as db:
        workers.show(db, "worker host:17:ab12cd")
    valkey.stop()
    told = flask(app, "doctor").output
    assert "does not answer." in told
    assert "worker host:17:ab12cd showed itself" in told
