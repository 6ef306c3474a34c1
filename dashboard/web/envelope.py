"""The envelope of every answer of the JSON API."""

from typing import Any

from flask import Response, jsonify

from dashboard.core import clock

SERVICE = "stripe"


def success(data: Any) -> Response:
    """Return ``data`` as a good answer."""
    return jsonify({"ok": True, "data": data, "service": SERVICE, "timestamp": stamp()})


def stamp() -> str:
    """Return the present moment as the envelope writes it."""
    return f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
