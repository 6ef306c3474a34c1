"""The queue: messages that say which job is due or which bell rang, in Redis or in a file.

It may be lost or away at any moment: what is to be done stands elsewhere.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import MemoryStorage, RedisStorage, SqliteStorage
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import Engine

from dashboard.core.config import INSTANCE, Settings
from dashboard.core.log import logger

CONNECT_SECONDS = 1
ANSWER_SECONDS = 3
READ_SECONDS = 1
BUSY_SECONDS = 2
MOST_RINGS = 200
"""A ring is left out where so many messages wait already: those wake whoever is there."""

log = logger("jobs")


class Plain(Serializer):  # type: ignore[misc]
    """Messages as JSON: nothing that is read from a shared server is ever unpickled."""

    def _serialize(self, message: Any) -> bytes:
        return orjson.dumps(list(message))

    def _deserialize(self, data: bytes) -> Any:
        return Message(*orjson.loads(data))


class Queue:
    """Carries one kind of message to one function, which whoever takes from the queue calls."""

    def __init__(
        self, settings: Settings, engine: Engine, name: str, deed: Callable[..., None]
    ) -> None:
        """Open the queue ``name`` of the installation that ``engine`` belongs to."""
        self._huey = Huey(
            f"{name}{_installation(engine)}",
            results=False,
            serializer=Plain(),
            **_storage(settings, engine),
        )
        self._message = self._huey.task(name=name)(deed)
        self._is_away = False

    def send(self, what: int | str) -> bool:
        """Put a message for ``what`` into the queue; ``False`` while the queue is away."""
        return self._try(lambda: self._message(what)) is not None

    def take(self) -> bool | None:
        """Take one message and do what it says; ``False`` without one, ``None`` while away."""
        taken = self._try(lambda: (self._huey.dequeue(),))
        if taken is None:
            return None
        (message,) = taken
        if message is not None:
            message.execute()
        return message is not None

    def size(self) -> int | None:
        """Return how many messages wait, ``None`` while the queue is away."""
        size: int | None = self._try(self._huey.pending_count)
        return size

    @property
    def waits(self) -> bool:
        """Whether ``take`` waits for a message by itself."""
        return isinstance(self._huey.storage, RedisStorage)

    def close(self) -> None:
        """Let go of the file or the connections."""
        self._huey.storage.close()

    def _try(self, ask: Callable[[], Any]) -> Any:
        """Return the answer, ``None`` where there is none; the log is told once, not each time."""
        try:
            answer = ask()
        except (RedisError, OSError, SqliteStorage.operational_error) as error:
            if not self._is_away:
                log.warning("queue_away", queue=self._huey.name, reason=type(error).__name__)
            self._is_away = True
            return None
        if self._is_away:
            log.info("queue_back", queue=self._huey.name)
        self._is_away = False
        return True if answer is None else answer


def redis_pool(url: str) -> ConnectionPool:
    """Return connections to the Redis at ``url`` that give up soon rather than hang."""
    return ConnectionPool.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _storage(settings: Settings, engine: Engine) -> dict[str, Any]:
    if settings.redis_url:
        pool = redis_pool(settings.redis_url)
        return {
            "storage_class": RedisStorage,
            "connection_pool": pool,
            "read_timeout": READ_SECONDS,
        }
    if (path := _file(engine)) is None:
        return {"storage_class": MemoryStorage}
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "storage_class": SqliteStorage,
        "filename": str(path),
        "timeout": BUSY_SECONDS,
        "fsync": False,
    }


def _file(engine: Engine) -> Path | None:
    """Return where the queue is kept without Redis; ``None`` for a database in memory."""
    if engine.dialect.name != "sqlite":
        return INSTANCE / "jobs.sqlite"
    if engine.url.database in (None, "", ":memory:"):
        return None
    return Path(f"{engine.url.database}-jobs")


def _installation(engine: Engine) -> str:
    """Return what tells the queues of installations apart that share one Redis."""
    url = engine.url.set(password=None).render_as_string()
    return hashlib.sha256(url.encode()).hexdigest()[:8]
