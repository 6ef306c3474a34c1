"""Asking Stripe what objects in doubt are like, while what is clear goes on being handled."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cached_property
from typing import TypeAlias

from dashboard.gateway.errors import GatewayError, UnreachableError
from dashboard.gateway.reads import Reads, Told
from dashboard.mirror.live.news import Key, News
from dashboard.mirror.sync.expansions import retrieve_params
from dashboard.mirror.sync.fetch import complete

AT_ONCE = 8
"""Questions at the same time; when so many in a row are not answered, no more are asked for now."""

Answer: TypeAlias = Told | GatewayError | None
"""What Stripe said of an object in doubt; ``None`` where there is nobody to ask."""

Answered: TypeAlias = tuple[Sequence[News], Answer]
"""All news of one object in doubt, the newest last, and the answer."""


class Doubts:
    """Questions to Stripe: asked side by side, each object once, and answered at any time.

    ``open_way`` opens the way to Stripe, or returns ``None`` where there is none.
    """

    def __init__(self, open_way: Callable[[], Reads | None]) -> None:
        self._open_way = open_way
        self._asked: dict[Future[Answer], Sequence[News]] = {}
        self._unanswered = 0

    @property
    def are_open(self) -> bool:
        """Whether there are questions without an answer."""
        return bool(self._asked)

    def ask(self, doubtful: Iterable[News]) -> None:
        """Ask for the objects of ``doubtful``, and return at once."""
        groups: dict[Key, list[News]] = {}
        for news in doubtful:
            groups.setdefault(news.key, []).append(news)
        for group in groups.values():
            self._asked[self._pool.submit(self._answer, group[-1])] = group

    def answered(self, seconds: float) -> list[Answered]:
        """Return what has been answered, after at most so many ``seconds`` of waiting for it."""
        if not self._asked:
            time.sleep(seconds)
        done, _ = wait(self._asked, seconds, FIRST_COMPLETED)
        return [(self._asked.pop(each), each.result()) for each in done]

    def close(self) -> None:
        """Ask no more."""
        if self._asked:
            self._pool.shutdown(wait=False, cancel_futures=True)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(AT_ONCE, "live-doubts")

    @cached_property
    def _reads(self) -> Reads | GatewayError | None:
        try:
            return self._open_way()
        except GatewayError as error:
            return error

    def _answer(self, news: News) -> Answer:
        reads, kind = self._reads, news.kind
        if not isinstance(reads, Reads) or kind is None:
            return reads if isinstance(reads, GatewayError) else None
        if self._unanswered >= AT_ONCE:
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
