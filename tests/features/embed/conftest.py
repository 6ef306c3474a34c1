"""A dashboard with a portal, and browsers in the portal's frame."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from dashboard.core.config import Settings
from tests.clients import CheckedClient, signed_out
from tests.portals import PORTAL, token, with_portal

OURS = "https://dash.test"


class Frame:
    """A browser in the portal's frame: it says where its requests come from, as browsers do."""

    def __init__(self, app: Flask) -> None:
        self.client: CheckedClient = signed_out(app)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.client.get(f"/embed{path}", base_url=OURS, **kwargs)

    def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        origin: str | None = OURS,
        **kwargs: Any,
    ) -> TestResponse:
        headers = {"Referer": f"{OURS}/embed/", **kwargs.pop("headers", {})}
        headers |= {"Origin": origin} if origin is not None else {}
        return self.client.post(
            f"/embed{path}", base_url=OURS, data=data or {}, headers=headers, **kwargs
        )

    def launch(self, origin: str | None = PORTAL, path: str = "", **changes: Any) -> TestResponse:
        """Post a good token, but for ``changes``, as the portal's page does."""
        data = {"token": token(**changes)} | ({"path": path} if path else {})
        return self.post("/launch", data, origin)

    def csrf_token(self) -> str:
        """Return the token of this frame's session, by reading a page."""
        return self.get("/sync").text.partition('"X-CSRFToken": "')[2].partition('"')[0]

    def renew(self, **changes: Any) -> TestResponse:
        """Post another token in the background, as the frame's script does."""
        headers = {"X-CSRFToken": self.csrf_token(), "Accept": "application/json"}
        return self.post("/renew", {"token": token(**changes)}, headers=headers)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a portal."""
    return with_portal(settings)


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    return found


@pytest.fixture
def frame(app: Flask, make: Any) -> Frame:
    """A frame in which nobody is known yet; an account is connected."""
    return Frame(app)


@pytest.fixture
def mia(frame: Frame) -> Frame:
    """Mia, an analyst who comes from the portal."""
    frame.get("/arrive")
    assert frame.launch().status_code == 303
    return frame


@pytest.fixture
def another_frame(app: Flask) -> Callable[[], Frame]:
    """Open one more browser."""
    return lambda: Frame(app)
