"""Idempotency keys: the first answer is kept and given again; nothing is done twice."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dashboard.sandbox.errors import ErrorType, StripeError
from dashboard.sandbox.exchange import Answer, Request
from dashboard.sandbox.shelf import Shelf

_KEPT_SECONDS = 86_400
_LONGEST_KEY = 255


@dataclass(slots=True)
class Keys:
    """The idempotency keys that are being worked on right now."""

    _busy: set[str] = field(default_factory=set)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def busy(self) -> frozenset[str]:
        """Return the keys that are being worked on."""
        with self._turn:
            return frozenset(self._busy)

    @contextmanager
    def alone(self, key: str | None) -> Iterator[None]:
        """Work on a key alone; raises Stripe's 409 when another request does already."""
        if key is None:
            yield
            return
        with self._turn:
            if key in self._busy:
                raise StripeError(
                    409,
                    "There is currently another in-progress request using this Idempotent Key "
                    "(that probably means you submitted twice, and the other request is still "
                    f"going through): {key}. Please try again later.",
                    ErrorType.IDEMPOTENCY,
                    "idempotency_key_in_use",
                )
            self._busy.add(key)
        try:
            yield
        finally:
            with self._turn:
                self._busy.discard(key)


def key_of(request: Request) -> str | None:
    """Return the key of a POST; raises Stripe's 400 when it is too long."""
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key and len(key) > _LONGEST_KEY:
        raise StripeError(400, "Idempotency keys may be at most 255 characters long.")
    return key or None


def earlier_answer(shelf: Shelf, key: str, request: Request, now: int) -> Answer | None:
    """Return what this key was answered before, None when it is new.

    Raises Stripe's error when the key came with other parameters before.
    """
    row = shelf.db.execute(
        "SELECT fingerprint, status, body, request FROM answers WHERE key = ? AND answered_at > ?",
        (key, now - _KEPT_SECONDS),
    ).fetchone()
    if row is None:
        return None
    fingerprint, status, body, original = row
    if fingerprint != _fingerprint(request):
        raise StripeError(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            ErrorType.IDEMPOTENCY,
        )
    return Answer(status, body, {"Idempotent-Replayed": "true", "Original-Request": original})


def keep_answer(shelf: Shelf, key: str, request: Request, answer: Answer, now: int) -> None:
    """Keep an answer for the repetitions of its request."""
    shelf.db.execute(
        "INSERT OR REPLACE INTO answers (key, fingerprint, status, body, request, answered_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (key, _fingerprint(request), answer.status, answer.body, request.id, now),
    )


def _fingerprint(request: Request) -> str:
    said = f"{request.method} {request.path}?{request.query}\n".encode() + request.body
    return hashlib.sha256(said).hexdigest()
