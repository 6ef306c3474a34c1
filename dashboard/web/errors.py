"""Refusals and faults as a page, as a part of a page or as JSON: one handler for all of them."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

from flask import (
    Flask,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from dashboard.core import clock
from dashboard.core.errors import (
    DashboardError,
    NotConfirmedError,
    NotSignedInError,
    SecondFactorMissingError,
    TooManyRequestsError,
    with_remedy,
)
from dashboard.core.log import logger
from dashboard.web import access, context, embedding, htmx, nav
from dashboard.web.headers import request_id

SERVICE = "stripe"
FIRST: dict[type[DashboardError], str] = {
    NotSignedInError: "signin.index",
    NotConfirmedError: "signin.confirm",
    SecondFactorMissingError: "second_factor.index",
}
"""Where people are sent who lack something, and from where they come back."""

log = logger("web")


@dataclass(frozen=True, slots=True)
class Report:
    """An error as people and machines read it; without a message its status speaks for it."""

    status: int
    code: str
    message: str | None = None
    remedy: str | None = None


def register(app: Flask) -> None:
    """Answer every exception of ``app`` here."""
    app.register_error_handler(DashboardError, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _declined)
    app.register_error_handler(Exception, _failed)


def wants_json() -> bool:
    """Return whether the caller reads JSON: by the path, or because it accepts nothing else."""
    return (
        request.path.startswith(("/api/", "/stripe/"))
        or request.path.endswith(".json")
        or request.accept_mimetypes.best == "application/json"
    )


def _refused(error: DashboardError) -> Response:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("unavailable", code=error.code, message=str(error))
    if type(error) in FIRST and not wants_json():
        return _ended() if embedding.is_framed() else _send_to(FIRST[type(error)])
    response = _answer(Report(error.status, error.code, error.fault, error.remedy))
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _forged(_error: CSRFError) -> Response:
    return _answer(
        Report(
            400,
            "csrf_failed",
            "This form is out of date or does not come from this site.",
            "Go back, reload the page and send the form again.",
        )
    )


def _declined(error: HTTPException) -> Response:
    """Answer what Flask itself declines, keeping headers such as ``Allow``; redirects pass."""
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    response = _answer(Report(status, HTTPStatus(status).phrase.lower().replace(" ", "_")))
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _failed(error: Exception) -> Response:
    """Log a bug with its traceback and tell the visitor nothing of it but the request id."""
    log.error("fault", endpoint=request.endpoint, exc_info=error)
    context.give_up_reading()
    return _answer(Report(500, "internal_error"))


def _ended() -> Response:
    """Say in the frame that the portal's session has ended; what is shown there stays."""
    if htmx.is_htmx():
        return make_response("", HTTPStatus.UNAUTHORIZED, {"HX-Reswap": "none"})
    return make_response(render_template("embed/ended.html"), HTTPStatus.UNAUTHORIZED)


def _send_to(endpoint: str) -> Response:
    """Send the visitor there and back: to the page they are on, never to a part or a POST."""
    target = _current_path()
    url = url_for(endpoint, next=target) if target != "/" else url_for(endpoint)
    if htmx.is_htmx():
        response = make_response("", HTTPStatus.UNAUTHORIZED)
        response.headers["HX-Redirect"] = url
        return response
    return make_response(redirect(url, HTTPStatus.SEE_OTHER))


def _current_path() -> str:
    if htmx.is_htmx():
        return _path_here(request.headers.get("HX-Current-URL"))
    if request.method not in ("GET", "HEAD"):
        return _path_here(request.referrer)
    return access.local_path(request.full_path.rstrip("?"))


def _path_here(url: str | None) -> str:
    """Return the path and query of a URL of this site, else ``/``."""
    shown = urlsplit(url or "")
    is_ours = shown.netloc == request.host
    return access.local_path(urlunsplit(("", "", *shown[2:4], "")) if is_ours else None)


def _answer(report: Report) -> Response:
    if wants_json():
        return _as_json(report)
    try:
        return make_response(_as_page(report), report.status)
    except Exception:  # The page of an error must not fail like its cause.
        log.exception("error_page_failed")
        response = make_response(f"{HTTPStatus(report.status).phrase} ({request_id()})")
        response.status_code, response.mimetype = report.status, "text/plain"
        return response


def _as_page(report: Report) -> str:
    context.close_book()
    partial = htmx.is_htmx()
    return render_template(
        "errors/_error.html" if partial else "errors/error.html",
        status=report.status,
        message=report.message,
        advice=report.remedy,
        request_id=request_id(),
        partial=partial,
        **_way_back(),
    )


def _way_back() -> dict[str, str]:
    """Return the way to the list at which the visitor was, for pages that need a sign-in."""
    url = nav.room_url() if access.NEEDS.get(request.endpoint or "") else None
    return {"back_url": url, "back_text": f"Back to {request.blueprint}"} if url else {}


def _as_json(report: Report) -> Response:
    fault = report.message or f"{HTTPStatus(report.status).phrase}."
    message = with_remedy(fault, report.remedy)
    body = {
        "ok": False,
        "error": {"code": report.code, "message": message, "service": SERVICE},
        "timestamp": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
    }
    return make_response(jsonify(body), report.status)
