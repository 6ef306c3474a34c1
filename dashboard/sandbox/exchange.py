"""One HTTP exchange as the practice Stripe sees it: what was asked, what is answered."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP

import orjson

from dashboard.sandbox.errors import StripeError
from dashboard.sandbox.identity import opening
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24, at: int | None = None) -> str:
    """Return a fresh id in Stripe's manner; of objects it tells the moment `at`, UTC seconds."""
    start = prefix if at is None else opening(prefix, length, at)
    rest = len(prefix) + length - len(start)
    return start + "".join(secrets.choice(_ALPHABET) for _ in range(rest))


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked; header names are lower-case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    id: str = field(default_factory=lambda: new_id("req_", 14))

    def params(self) -> Params:
        """Return the parameters of the query and of the form body.

        Raises Stripe's 400 when the body is not text.
        """
        if self.headers.get("content-type", "").startswith("multipart/form-data"):
            return Params(_parts(self.headers["content-type"], self.body))
        try:
            form = self.body.decode()
        except UnicodeDecodeError:
            raise StripeError(400, "Invalid request body.") from None
        return Params.decode("&".join(part for part in (self.query, form) if part))


def _parts(content_type: str, body: bytes) -> Json:
    """Return the parameters of a multipart form; of a file its name and its size in bytes."""
    whole = b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    tree: Json = {}
    for part in message_from_bytes(whole, policy=HTTP).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        size = len(content) if isinstance(content, bytes) else 0
        file = part.get_filename()
        if file is None:
            tree[name] = content.decode(errors="replace") if isinstance(content, bytes) else ""
        else:
            tree[name] = {"name": file, "size": str(size)}
    return tree


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @classmethod
    def of(cls, thing: Json, status: int = 200) -> Answer:
        """Answer with JSON."""
        return cls(status, orjson.dumps(thing))

    @classmethod
    def refusal(cls, error: StripeError) -> Answer:
        """Answer with Stripe's error envelope."""
        return cls(error.status, orjson.dumps(error.envelope()), dict(error.headers))
