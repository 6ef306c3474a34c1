"""The gallery of the furniture to look at in a real browser."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from tests.browser.gallery_app import create_gallery
from tests.browsers import Quiet, heard

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The URL of a running gallery."""
    server = make_server("127.0.0.1", 0, create_gallery(), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium: Browser, gallery: str, complaints: list[str]) -> Iterator[Visit]:
    """Open a path of the gallery in a fresh browser profile; keywords go to the profile."""
    contexts: list[BrowserContext] = []

    def open_page(path: str, width: int = 1440, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        heard(page, complaints)
        page.goto(gallery + path, wait_until="networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
