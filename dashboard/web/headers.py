"""What every answer says about itself: security policy, caching, request id, and a log line."""

import secrets
import time
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, request

from dashboard.core.log import logger
from dashboard.web import context, embedding

# The hash is of the empty string: Plotly makes empty style elements and fills them later.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; "
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
POLICIES = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT_TRANSPORT = "max-age=63072000; includeSubDomains"
IMMUTABLE = "public, max-age=31536000, immutable"

log = logger("web")


def register(app: Flask) -> None:
    """Give each request an id, and each answer its headers and its line in the log."""
    app.before_request(_begin)
    app.after_request(_finish)


def request_id() -> str:
    """Return the id that the answer, its log lines and its error page carry."""
    if "request_id" not in g:
        g.request_id = f"req_{secrets.token_hex(8)}"
    found: str = g.request_id
    return found


def _begin() -> None:
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _finish(response: Response) -> Response:
    response.headers.update(POLICIES | embedding.policies(CONTENT_SECURITY_POLICY))
    response.headers["X-Request-Id"] = request_id()
    if not context.settings().is_local:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    _say_how_to_cache(response)
    _write_line(response)
    return response


def _say_how_to_cache(response: Response) -> None:
    """Let nobody keep a page; a view that answers 304 has said so itself (``web.htmx``)."""
    if request.endpoint == "static" and response.status_code < HTTPStatus.BAD_REQUEST:
        versioned = "v" in request.args or request.path.startswith("/static/vendor/")
        response.headers["Cache-Control"] = IMMUTABLE if versioned else "public, no-cache"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"


def _write_line(response: Response) -> None:
    if request.endpoint == "static":
        return
    began = g.get("began", time.perf_counter())
    log.info(
        "request",
        method=request.method,
        # Without the query string: it may hold a buyer's e-mail address.
        path=request.path,
        status=response.status_code,
        milliseconds=round((time.perf_counter() - began) * 1_000, 1),
    )
