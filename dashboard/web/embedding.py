"""Pages in the portal's frame: a path prefix, a session, an origin check and headers of their own.

Outside of ``/embed`` nothing may frame us. Without ATOM_EMBED_ORIGINS there is no ``/embed``.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from flask import Flask, Request, Response, current_app, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import current_user

from dashboard.core.errors import ForbiddenError, NotFoundError
from dashboard.store.portal import Portal
from dashboard.store.portal_sessions import PortalSession

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/embed"
FRAMED = "dashboard.framed"
EXTENSION = "portal"
COOKIE = "__Host-embed"
ROOM = "embed"
SHOWN = frozenset(
    {
        ROOM,
        "static",
        *("overview", "payments", "customers", "products", "coupons", "subscriptions"),
        *("invoices", "disputes", "balance", "payouts", "events", "sync", "checks"),
    }
)
"""The blueprints whose pages are shown in a frame; what is not named here is not."""

KEPT_OUT = frozenset(
    {
        *("signin", "second_factor", "people", "connections", "oauth", "audit"),
        *("jobs", "webhooks", "webhooks_api", "health"),
    }
)
"""Those that are not: whoever runs the dashboard signs in there themselves."""

FROM_THE_PORTAL = "embed.launch"
"""The one endpoint to which the portal's own pages post."""

FRAMED_BY_NOBODY = "frame-ancestors 'none'"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Prefix:
    """Moves ``/embed`` from the path into SCRIPT_NAME, so that every URL that is built keeps it."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request, marked as one of a frame where its path says so."""
        path = environ["PATH_INFO"]
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            environ = {
                **environ,
                "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + PREFIX,
                "PATH_INFO": path.removeprefix(PREFIX) or "/",
                FRAMED: True,
            }
        return self._application(environ, start_response)


class FramedSession(SecureCookieSession):
    """What the cookie of a frame carries."""


class FrameCookies(SecureCookieSessionInterface):
    """A cookie that a browser keeps apart for each site that frames us.

    https://developer.mozilla.org/docs/Web/Privacy/Guides/Privacy_sandbox/Partitioned_cookies
    """

    # Neither cookie passes for the other, though one key signs both.
    salt = "embed-session"
    session_class = FramedSession

    def get_cookie_name(self, _app: Flask) -> str:
        """Return a name with which browsers take a cookie from this host alone, over TLS."""
        return COOKIE

    def get_cookie_path(self, _app: Flask) -> str:
        """Return the path that the name demands."""
        return "/"

    def get_cookie_secure(self, _app: Flask) -> bool:
        """Browsers take it over TLS, and from this machine without."""
        return True

    def get_cookie_httponly(self, _app: Flask) -> bool:
        """No script reads it."""
        return True

    def get_cookie_samesite(self, _app: Flask) -> str:
        """It comes with requests of a frame on another site."""
        return "None"

    def get_cookie_partitioned(self, _app: Flask) -> bool:
        """Browsers that block cookies of third parties keep it nevertheless."""
        return True


class Cookies(SecureCookieSessionInterface):
    """Keeps the sessions of frames and of pages in cookies of their own."""

    def __init__(self) -> None:
        self._of_frames = FrameCookies()

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie of the kind that the request is of."""
        if FRAMED in request.environ:
            return self._of_frames.open_session(app, request)
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie of the kind that the session is of."""
        if isinstance(session, FramedSession):
            self._of_frames.save_session(app, session, response)
        else:
            super().save_session(app, session, response)


def install(app: Flask, portal: Portal | None) -> None:
    """Open ``/embed`` for the pages of ``app``, if there is a portal."""
    app.extensions[EXTENSION] = portal
    app.session_interface = Cookies()
    if portal:
        app.wsgi_app = Prefix(app.wsgi_app)  # type: ignore[method-assign]


def register(app: Flask) -> None:
    """Refuse in a frame what is not for frames, and tell the templates that they are in one."""
    app.before_request(_guard)
    app.context_processor(_values)


def portal() -> Portal:
    """Return the portal of the settings, which is there wherever a request is one of a frame."""
    found: Portal = current_app.extensions[EXTENSION]
    return found


def is_framed() -> bool:
    """Return whether the request is one of the frame, or of a window that was opened from it."""
    return FRAMED in request.environ


def shows(endpoint: str) -> bool:
    """Return whether the endpoint can be reached where we are."""
    room = endpoint.partition(".")[0]
    return room in SHOWN if is_framed() else room != ROOM


def visitor_session() -> PortalSession | None:
    """Return the session of the portal's visitor, ``None`` where nobody is known."""
    found: PortalSession | None = getattr(current_user, "portal", None)
    return found


def own_origin() -> str:
    """Return our origin as browsers write it."""
    return request.host_url.rstrip("/")


def inside(path: str | None) -> str:
    """Return the URL within the frame of a path such as ``/payments``, else that of the start."""
    start = f"{request.script_root}/"
    parts = urlsplit(path or "")
    is_local = (
        path
        and path.isprintable()
        and path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        # Browsers resolve dots, also where they are escaped, before they ask us.
        and not {".", ".."} & set(unquote(unquote(parts.path)).split("/"))
    )
    is_way_in = parts.path.startswith(("/launch", "/arrive", "/renew", "/leave"))
    return f"{request.script_root}{path}" if is_local and not is_way_in else start


def policies(content_security_policy: str) -> dict[str, str]:
    """Return the headers by which an answer in a frame differs from others."""
    if not is_framed():
        return {}
    ancestors = f"frame-ancestors {' '.join(portal().origins)}"
    changed = {
        "Content-Security-Policy": content_security_policy.replace(FRAMED_BY_NOBODY, ancestors),
        # A portal that isolates itself frames only who does the same.
        "Cross-Origin-Embedder-Policy": "require-corp",
    }
    if request.headers.get("Sec-Fetch-Dest") == "iframe":
        changed["Cross-Origin-Resource-Policy"] = "cross-origin"
    return changed


def _guard() -> None:
    if request.endpoint and not shows(request.endpoint):
        raise NotFoundError("There is no such page here.")
    if is_framed() and request.method not in SAFE_METHODS:
        _check_origin()


def _check_origin() -> None:
    """Let only our own pages change anything, and the portal's begin a session."""
    allowed = {own_origin()}
    if request.endpoint == FROM_THE_PORTAL:
        allowed.update(portal().origins)
    if request.headers.get("Origin") not in allowed:
        raise ForbiddenError(
            "This request does not come from a page of ours.",
            remedy="Open the dashboard again from the portal.",
        )


def _values() -> dict[str, Any]:
    """Return what templates know of the frame; a page of our own knows of none."""
    if not is_framed():
        return {"embedded": False}
    session = visitor_session()
    values: dict[str, Any] = {
        "embedded": True,
        "portals": [session.origin] if session else list(portal().origins),
        "seconds_left": session.seconds_left if session else 0,
        "launch_url": url_for("embed.launch"),
        "renew_url": url_for("embed.renew"),
        "leave_url": url_for("embed.leave"),
    }
    if session and session.theme != "system":
        values["theme"] = session.theme
    return values
