"""The dashboard in the portal's frame: two sites over TLS, in a browser that blocks third parties.

The portal is the one of ``flask demo-portal``: what is tested is what anybody can try.
"""

import json
import logging
import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect
from pydantic import SecretStr
from sqlalchemy import Engine, select
from werkzeug.serving import make_server

from dashboard.app import create_app
from dashboard.cli import demo_portal
from dashboard.cli.demo_portal import Signer
from dashboard.core import clock, db
from dashboard.core.config import Settings
from dashboard.store.portal_sessions import portal_sessions
from tests.browsers import CHROMIUM, Quiet, heard, violations
from tests.journeys.worlds import fill

SECRET = b"s" * 32
KEYS = "demo=hs256:" + "c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M="
ACCOUNT = "acct_practiceAlpha1"
HOST = "dash.test"
BLOCKING: dict[str, Any] = {"cookie_controls_mode": 1, "block_third_party_cookies": True}
# Chromium keeps partitioned cookies whenever it blocks others; a rule for both sites blocks all.
NOT_EVEN_PARTITIONED = {
    "content_settings": {"exceptions": {"cookies": {"[*.]dash.test,[*.]atom.test": {"setting": 2}}}}
}
HOSTS = ", ".join(f"MAP {host} 127.0.0.1" for host in ("dash.test", "atom.test", "evil.test"))
ARGUMENTS = ["--no-sandbox", "--ignore-certificate-errors", f"--host-resolver-rules={HOSTS}"]


@dataclass(frozen=True, slots=True)
class Sites:
    """The dashboard, its portal, and another site that frames it too."""

    dashboard: str
    portal: str
    stranger: str
    engine: Engine
    signer: Signer


@pytest.fixture(scope="module")
def sites(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Serve all three over TLS, each on a site of its own."""
    folder = tmp_path_factory.mktemp("portal")
    context = _tls(folder)
    path = folder / "dashboard.sqlite"
    shutil.copyfile(_sqlite_template, path)
    with _portal("atom.test", context) as portal, _portal("evil.test", context) as stranger:
        settings = Settings(
            _env_file=None,
            environment="test",
            database_url=f"sqlite:///{path}",
            secret_key="p" * 40,
            atom_embed_origins=portal.signer.origin,
            atom_embed_keys=SecretStr(KEYS),
        )
        app = create_app(settings)
        logging.disable(logging.INFO)
        engine: Engine = app.extensions["dashboard"].engine
        fill(engine, ACCOUNT, "Alder & Finch", seed=7, payments=60)
        server = make_server(
            "127.0.0.1", 0, app, threaded=True, request_handler=Quiet, ssl_context=context
        )
        dashboard = f"https://dash.test:{server.port}"
        portal.show(dashboard)
        stranger.show(dashboard)
        with _running(server):
            yield Sites(
                dashboard, portal.signer.origin, stranger.signer.origin, engine, portal.signer
            )
        engine.dispose()


class _Portal:
    """A demo portal whose dashboard becomes known after it has an address itself."""

    def __init__(self, host: str, tls: ssl.SSLContext) -> None:
        self.signer = Signer(SECRET, "", "analyst", [ACCOUNT])
        self.server = demo_portal.serve(self.signer, "", 0)
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.signer.origin = f"https://{host}:{self.server.server_address[1]}"

    def show(self, dashboard: str) -> None:
        demo_portal.show(self.server, self.signer, dashboard)


@contextmanager
def _portal(host: str, tls: ssl.SSLContext) -> Iterator[_Portal]:
    portal = _Portal(host, tls)
    with _running(portal.server):
        yield portal


@contextmanager
def _running(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


Open = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def profile(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Open a browser profile that blocks cookies of third parties."""
    opened: list[BrowserContext] = []

    def open_profile(**rules: Any) -> BrowserContext:
        folder = tmp_path_factory.mktemp("profile")
        (folder / "Default").mkdir()
        (folder / "Default" / "Preferences").write_text(
            json.dumps({"profile": {**BLOCKING, **rules}})
        )
        context = chromium.browser_type.launch_persistent_context(
            folder,
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            ignore_https_errors=True,
            viewport={"width": 1280, "height": 900},
        )
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_profile
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def blocking(profile: Open) -> BrowserContext:
    """A browser that blocks cookies of third parties and keeps partitioned ones."""
    return profile()


@pytest.fixture
def page(blocking: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """A new tab, without cookies."""
    blocking.clear_cookies()
    page = blocking.new_page()
    heard(page, complaints)
    yield page
    page.close()


def inside(page: Page, heading: str) -> Frame:
    """Return the frame once it shows a page with this heading."""
    locator = page.frame_locator("#dashboard")
    expect(locator.get_by_role("heading", name=heading, level=1)).to_be_visible(timeout=15_000)
    frame = page.frame(name="dashboard")
    assert frame
    # Its script listens by then.
    frame.wait_for_load_state("load")
    return frame


def test_a_morning_in_the_portal(page: Page, sites: Sites, complaints: list[str]) -> None:
    page.goto(f"{sites.portal}/#/payments")
    frame = inside(page, "Payments")
    assert frame.url == f"{sites.dashboard}/embed/payments"
    assert "token" not in frame.url
    (cookie,) = page.context.cookies(sites.dashboard)
    assert cookie["name"] == "__Host-embed"
    assert cookie.get("partitionKey")
    # A filter, by the page's own controls.
    frame.goto(f"{sites.dashboard}/embed/payments?status=succeeded")
    expect(page.locator("#route")).to_have_text("/payments?status=succeeded")
    with page.expect_download() as download:
        frame.evaluate("document.querySelector('a[download]').click()")
    assert download.value.suggested_filename.startswith("payments-")
    frame.locator("table.list a.row-link").first.click()
    expect(page.locator("#route")).to_contain_text("/payments/")
    # From page to page, by the slim bar.
    page.frame_locator("#dashboard").get_by_role("link", name="Customers").click()
    inside(page, "Customers")
    assert page.evaluate("document.getElementById('dashboard').style.height") != ""
    assert complaints == []


def test_the_portal_opens_paths_of_ours_alone(page: Page, sites: Sites) -> None:
    page.goto(f"{sites.portal}/#/customers")
    frame = inside(page, "Customers")
    for path in ("//evil.test/", "https://evil.test/", "/../login", "javascript:alert(1)", 7):
        page.evaluate("path => say({type: 'dashboard:open', path})", path)
    page.evaluate("say({type: 'dashboard:open', path: '/payouts'})")
    inside(page, "Payouts")
    # A message from anybody but the portal is nothing to us.
    frame.evaluate("window.postMessage({type: 'dashboard:open', path: '/customers'}, '*')")
    page.wait_for_timeout(300)
    assert frame.url == f"{sites.dashboard}/embed/payouts"


def test_a_session_goes_on_without_losing_the_page(page: Page, sites: Sites) -> None:
    page.goto(f"{sites.portal}/#/payments")
    frame = inside(page, "Payments")
    frame.evaluate("document.getElementById('main').dataset.kept = 'yes'")
    _end_sessions(sites.engine, seconds_ago=60)
    # The session ended while the page was open; a filter asks and is refused, then renews.
    frame.evaluate("htmx.ajax('GET', location.pathname, {target: '#main', swap: 'none'})")
    expect(page.locator("#messages")).to_contain_text("dashboard:renewed")
    assert frame.evaluate("document.getElementById('main').dataset.kept") == "yes"
    answer = frame.evaluate("fetch(location.href).then(answer => answer.status)")
    assert answer == 200


def test_a_page_that_is_about_to_end_asks_by_itself(page: Page, sites: Sites) -> None:
    page.goto(f"{sites.portal}/#/payments")
    inside(page, "Payments")
    _end_sessions(sites.engine, seconds_ago=-2)
    page.evaluate("say({type: 'dashboard:open', path: '/customers'})")
    frame = inside(page, "Customers")
    expect(page.locator("#messages")).to_contain_text("dashboard:renewed")
    assert frame.url.endswith("/embed/customers")


def test_where_nobody_answers_the_page_stays_and_says_so(page: Page, sites: Sites) -> None:
    page.goto(f"{sites.portal}/#/payments")
    frame = inside(page, "Payments")
    page.select_option("[name=person]", "")
    page.evaluate("say({type: 'dashboard:token', token: 'nonsense'})")
    _end_sessions(sites.engine, seconds_ago=60)
    frame.evaluate("htmx.ajax('GET', location.pathname, {target: '#main', swap: 'none'})")
    notice = page.frame_locator("#dashboard").get_by_text("Open it again from ATOM")
    expect(notice).to_be_visible(timeout=15_000)
    assert frame.locator("table.list a.row-link").count() > 0


def test_a_theme_follows_the_portal(page: Page, sites: Sites) -> None:
    page.goto(f"{sites.portal}/#/payments")
    inside(page, "Payments")
    root = page.frame_locator("#dashboard").locator("html")
    for theme in ("dark", "light"):
        page.select_option("[name=theme]", theme)
        expect(root).to_have_attribute("data-bs-theme", theme)


def test_another_site_shows_nothing(page: Page, sites: Sites) -> None:
    page.goto(f"{sites.stranger}/#/payments")
    with page.expect_event("console", lambda said: "frame-ancestors" in said.text):
        page.reload()
    assert not page.frames[-1].url.startswith(sites.dashboard)
    with db.reading(sites.engine) as connection:
        known = set(connection.scalars(select(portal_sessions.c.origin)))
    assert sites.stranger not in known


def test_a_token_that_was_seen_lets_nobody_in_again(page: Page, sites: Sites) -> None:
    token = sites.signer.token("mia", {"path": "/payments"})
    page.goto(f"{sites.portal}/#/customers")
    inside(page, "Customers")
    page.evaluate("token => post(token)", token)
    inside(page, "Payments")
    page.context.clear_cookies()
    page.evaluate("token => post(token)", token)
    inside(page, "Not allowed")


def test_a_window_of_its_own_has_a_sign_in_of_its_own(page: Page, sites: Sites) -> None:
    page.goto(f"{sites.portal}/#/payments")
    frame = inside(page, "Payments")
    with page.context.expect_page() as opened:
        frame.locator(".slim-bar [data-own-window]").click()
    window = opened.value
    expect(window.get_by_role("heading", name="Payments", level=1)).to_be_visible()
    assert window.url == f"{sites.dashboard}/embed/payments"
    assert violations(window) == []
    window.close()


def test_where_frames_keep_no_cookie_a_window_of_its_own_does(profile: Open, sites: Sites) -> None:
    context = profile(**NOT_EVEN_PARTITIONED)
    page = context.new_page()
    page.goto(f"{sites.portal}/#/payments")
    inside(page, "Open it in a window of its own")
    assert context.cookies(sites.dashboard) == []
    with context.expect_page() as opened:
        page.frame_locator("#dashboard").get_by_role("button", name="Open in a new window").click()
    window = opened.value
    expect(window.get_by_role("heading", name="Payments", level=1)).to_be_visible()
    assert window.url == f"{sites.dashboard}/embed/payments"


def _end_sessions(engine: Engine, seconds_ago: int) -> None:
    with db.writing(engine) as connection:
        connection.execute(
            portal_sessions.update().values(expires_at=clock.seconds() - seconds_ago)
        )


def _tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))
    return context


def _certificate(folder: Path) -> Path:
    """Return a file with a new key and a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(hours=1))
        .not_valid_after(clock.now() + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "portal.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.touch(mode=0o600)
    path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return path
