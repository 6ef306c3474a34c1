"""``flask demo-portal``: a portal on another site that shows the dashboard in a frame.

It is both halves of what docs/embed.md describes: a host page, and a back end that signs.
"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any

import click
import jwt

from dashboard.core import clock
from dashboard.core.config import INSTANCE
from dashboard.core.db import connect, reading
from dashboard.core.errors import NotFoundError, SettingsError
from dashboard.store import books, portal
from dashboard.store.roles import Role

PAGES = Path(__file__).parent / "portal_page"
FILE = "demo-portal.json"
SECRET_BYTES = 32
PORT = 9000
ORIGIN = f"http://localhost:{PORT}"
"""Another site than 127.0.0.1, and one whose cookies browsers take without TLS."""

KEY_ID = "demo"
LIFE_SECONDS = 60
PEOPLE = {"mia": ("Mia Anders", "mia@atom.example"), "tom": ("Tom Berg", "tom@atom.example")}
MOST_BYTES = 10_000


def prepare(dashboard: str, database_url: str) -> dict[str, str]:
    """Return the settings with which a dashboard on this machine lets the demo portal frame it.

    Where that is, and the secret that both share, is kept where only we can read it.
    """
    secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    file = INSTANCE / FILE
    file.touch(mode=0o600)
    told = {"dashboard": dashboard, "database_url": database_url, "secret": secret}
    file.write_text(json.dumps(told))
    return {
        "ATOM_EMBED_ORIGINS": ORIGIN,
        "ATOM_EMBED_KEYS": f"{KEY_ID}={portal.SHARED}{secret}",
    }


@click.command("demo-portal")
@click.option("--role", type=click.Choice(list(Role)), default=Role.ANALYST, show_default=True)
@click.option("--account", "accounts", multiple=True, help="May be seen; by default all may.")
def command(role: Role, accounts: tuple[str, ...]) -> None:
    """Serve a portal on another site, beside `make run`, until Ctrl-C."""
    told = _told()
    secret = base64.b64decode(told["secret"])
    signer = Signer(secret, ORIGIN, role, accounts or _connected(told["database_url"]))
    server = serve(signer, told["dashboard"], PORT)
    click.secho(f"\n  The portal runs at {ORIGIN}", bold=True)
    click.echo(f"  It shows {told['dashboard']} in a frame. Ctrl-C stops it.\n")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("\nStopping.")
    finally:
        server.server_close()


class Signer:
    """The portal's back end, as far as the dashboard needs it: it says who is signed in."""

    def __init__(self, secret: bytes, origin: str, role: str, accounts: Sequence[str]) -> None:
        self._secret = secret
        self.origin = origin
        self._role = role
        self._accounts = accounts

    def token(self, person: str, wishes: Mapping[str, str]) -> str:
        """Return a token for a person, who wishes a theme, a language and a path."""
        name, email = PEOPLE.get(person) or PEOPLE["mia"]
        now = clock.seconds()
        claims: dict[str, Any] = {
            "iss": "atom",
            "aud": "stripe-dashboard",
            "sub": f"atom-{person}",
            "name": name,
            "email": email,
            "role": self._role,
            "accounts": list(self._accounts),
            "origin": self.origin,
            "iat": now,
            "nbf": now,
            "exp": now + LIFE_SECONDS,
            "jti": secrets.token_urlsafe(24),
            **{name: wishes[name] for name in ("theme", "language", "path") if wishes.get(name)},
        }
        return jwt.encode(claims, self._secret, "HS256", {"kid": KEY_ID})


def serve(signer: Signer, dashboard: str, port: int) -> ThreadingHTTPServer:
    """Return a server of the portal's pages, which show the dashboard at this address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    show(server, signer, dashboard)
    return server


def show(server: ThreadingHTTPServer, signer: Signer, dashboard: str) -> None:
    """Let the portal show the dashboard at this address."""

    class Handler(_Handler):
        pages: Mapping[str, tuple[str, bytes]] = {
            "/": ("text/html; charset=utf-8", _page(dashboard)),
            "/portal.js": ("text/javascript; charset=utf-8", _file("portal.js")),
            "/portal.css": ("text/css; charset=utf-8", _file("portal.css")),
        }
        back_end = signer
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            f"frame-src {dashboard}; form-action {dashboard}; base-uri 'none'"
        )

    server.RequestHandlerClass = Handler


class _Handler(BaseHTTPRequestHandler):
    """Answers for the pages, and signs tokens for those that the portal's own page asks for."""

    pages: Mapping[str, tuple[str, bytes]]
    back_end: Signer
    policy: str

    def do_GET(self) -> None:
        """Serve the host page and its script."""
        found = self.pages.get(self.path.partition("?")[0])
        if found:
            self._answer(HTTPStatus.OK, *found)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"Not found.")

    def do_POST(self) -> None:
        """Sign a token for whoever is signed in here: a real portal asks its own session."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.headers.get("Origin") != self.back_end.origin or length > MOST_BYTES:
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", b"Not from here.")
            return
        wishes = json.loads(self.rfile.read(length) or b"{}")
        body = {"token": self.back_end.token(str(wishes.get("person", "mia")), wishes)}
        self._answer(HTTPStatus.OK, "application/json", json.dumps(body).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing for each request."""

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self.policy)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def _page(dashboard: str) -> bytes:
    return Template(_file("portal.html").decode()).substitute(dashboard=dashboard).encode()


def _file(name: str) -> bytes:
    return (PAGES / name).read_bytes()


def _told() -> dict[str, str]:
    """Return what `demo` has told us.

    Raises:
        SettingsError: it has not run yet.
    """
    file = INSTANCE / FILE
    if not file.exists():
        raise SettingsError(
            "is not there yet.", field=str(file), remedy="Start the dashboard first: make run"
        )
    found: dict[str, str] = json.loads(file.read_text())
    return found


def _connected(database_url: str) -> list[str]:
    """Return the accounts that are connected, all of which the demo's people may see.

    Raises:
        NotFoundError: there are none yet.
    """
    engine = connect(database_url)
    with reading(engine) as db:
        found = sorted({book.account_id for book in books.every(db)})
    engine.dispose()
    if not found:
        raise NotFoundError(
            "No account is connected yet.", remedy="Wait for the first sync, or use --account."
        )
    return found
