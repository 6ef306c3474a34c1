"""Structured logs as JSON lines, with everything that looks like a secret taken out."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET = re.compile(
    r"\b(?:sk|rk|pk|whsec|ac|rt)_(?:test_|live_)?[A-Za-z0-9_]{6,}|\bBearer\s+\S+|gAAAAA[\w-]{20,}"
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
)
SECRET_NAMES = re.compile(r"secret|password|token|authorization|cookie|api_?key", re.IGNORECASE)


def redact(text: str) -> str:
    """Return ``text`` without Stripe keys, webhook secrets, tokens and sealed values."""
    return SECRET.sub("[secret]", text)


def redacted(value: Any) -> Any:
    """Return ``value`` with no secret in any of its texts, nor under any name that tells of one."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {
            name: "[secret]" if SECRET_NAMES.search(str(name)) else redacted(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    return value


def _without_secrets(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    cleaned: dict[str, Any] = redacted(dict(entry))
    return cleaned


def configure(*, debug: bool = False) -> None:
    """Send JSON lines to standard error, from ``info`` up, or from ``debug`` up."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if debug else logging.INFO
        ),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger(room: str) -> structlog.stdlib.BoundLogger:
    """Return a logger that names its ``room`` in every line."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(room=room)
    return bound
