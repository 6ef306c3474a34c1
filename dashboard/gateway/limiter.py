"""Politeness: never more than 80 % of the requests that Stripe allows in any one second.

All processes of a machine that use one key share the limit, by a file that each locks in turn.

Limits: https://docs.stripe.com/rate-limits
"""

import fcntl
import hashlib
import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import TypeAlias

import orjson
from sqlalchemy import make_url

from dashboard.core.config import INSTANCE, Settings
from dashboard.gateway.address import is_loopback

SHARE = 0.8
LIVE_PER_SECOND, TEST_PER_SECOND, ENDPOINT_PER_SECOND = 100, 25, 25
PENALTY, RECOVERY_SECONDS = 0.5, 10.0
BURSTS_PER_SECOND = 5
SLACK = 1.1
"""Requests are spread over the second, and a little further apart than they need to be.

Stripe counts when they arrive: those that were held up on their way meet those that left later.
"""

IDENTITY = re.compile(r"/[a-z]+_[^/]*\d[^/]*")
ALL, SLOW_UNTIL = "", "slow_until"

Sent: TypeAlias = dict[str, list[float]]
"""The last moments at which requests left, by endpoint and of ``ALL``; monotonic seconds.

``SLOW_UNTIL`` holds the one until which fewer are sent.
"""


class Limiter:
    """Holds back the requests of one account and mode; threads share it.

    ``rate`` counts all requests, ``endpoint_rate`` those of one endpoint, both a second; infinity
    counts none. Limiters with the same ``file`` share it, in whatever process they are.
    """

    def __init__(self, rate: float, endpoint_rate: float, file: Path | None = None) -> None:
        self.rate = rate
        self.endpoint_rate = endpoint_rate
        self._file = file
        self._sent: Sent = {}
        self._lock = threading.Lock()

    def wait(self, endpoint: str, pause: Callable[[float], None] = time.sleep) -> None:
        """Return when a request to ``endpoint`` may leave; its objects are one endpoint."""
        if math.isinf(self.rate) and math.isinf(self.endpoint_rate):
            return
        while (delay := self._reserve(IDENTITY.sub("/id", endpoint))) > 0:
            pause(delay)

    def slow_down(self) -> None:
        """Send half as many for a while: Stripe said 429, so others use the account too."""
        with self._book() as sent:
            sent[SLOW_UNTIL] = [time.monotonic() + RECOVERY_SECONDS]

    def _reserve(self, endpoint: str) -> float:
        """Return how long to wait before asking again; 0 where the request may leave now."""
        with self._book() as sent:
            now = time.monotonic()
            (slow_until,) = sent.get(SLOW_UNTIL, [0.0])
            share = PENALTY if now < slow_until <= now + RECOVERY_SECONDS else 1.0
            both = {ALL: self.rate, endpoint: self.endpoint_rate}
            rates = {name: rate for name, rate in both.items() if math.isfinite(rate)}
            free_at = max(
                _free_at(sent.get(name, []), rate * share, now) for name, rate in rates.items()
            )
            if free_at <= now:
                for name, rate in rates.items():
                    sent[name] = [*sent.get(name, []), now][-_burst(rate) :]
            return free_at - now

    @contextmanager
    def _book(self) -> Iterator[Sent]:
        """Open what was sent; it is ours alone where there is no file, or none can be written."""
        with self._lock, _opened(self._file) as file:
            if file is None:
                yield self._sent
                return
            sent = _read(file)
            yield sent
            with suppress(OSError):
                file.truncate(0)
                file.write(orjson.dumps(sent))


def _free_at(sent: Sequence[float], rate: float, now: float) -> float:
    """Return when the next request after ``sent`` may leave."""
    allowed = _burst(rate)
    period = allowed / rate * SLACK
    recent = [moment for moment in sent if now - period < moment <= now]
    excess = len(recent) - allowed
    return recent[excess] + period if excess >= 0 else now


def _burst(rate: float) -> int:
    return max(1, int(rate / BURSTS_PER_SECOND))


@contextmanager
def _opened(path: Path | None) -> Iterator[FileIO | None]:
    """Open the file for one thread of one process at a time; ``None`` where that cannot be."""
    with ExitStack() as closing:
        file = None
        if path is not None:
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                file = closing.enter_context(path.open("a+b", buffering=0))
                fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _read(file: FileIO) -> Sent:
    """Return what the file holds: nothing where somebody was killed while writing."""
    file.seek(0)
    try:
        found: Sent = orjson.loads(file.read())
    except orjson.JSONDecodeError:
        return {}
    return found


def limiter_for(
    settings: Settings, *, livemode: bool, secret: str = "", account_id: str | None = None
) -> Limiter:
    """Return the limiter for an account in this mode, shared by all who use ``secret`` for it.

    The settings' own rates win. A server on this very machine (the practice Stripe, a test
    double) is not limited; every other server is taken for Stripe.
    """
    everything = LIVE_PER_SECOND if livemode else TEST_PER_SECOND
    unlimited = is_loopback(settings.stripe_api_base)
    return Limiter(
        settings.stripe_requests_per_second or (math.inf if unlimited else everything * SHARE),
        settings.stripe_endpoint_requests_per_second
        or (math.inf if unlimited else ENDPOINT_PER_SECOND * SHARE),
        _file(settings, f"{settings.stripe_api_base} {secret} {account_id}") if secret else None,
    )


def _file(settings: Settings, whose: str) -> Path:
    """Return where the processes of this machine share a limit: beside a database in a file."""
    name = f"requests-{hashlib.sha256(whose.encode()).hexdigest()[:16]}"
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return Path(f"{url.database}-{name}")
    return INSTANCE / name
