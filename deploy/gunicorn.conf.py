"""How gunicorn serves the dashboard: a few workers with threads, made from one warm parent."""

import gc
import os
from typing import Any

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
preload_app = True
keepalive = 30
timeout = 60
graceful_timeout = 20
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Let a worker run jobs beside its pages, where the settings say so."""
    worker.wsgi.extensions["dashboard"].jobs.start()


def when_ready(_server: object) -> None:
    """Leave what the parent made out of garbage collection: its pages stay shared, pauses short."""
    gc.collect()
    gc.freeze()
