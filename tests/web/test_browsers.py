"""Browsers are named as their owners know them."""

import pytest

from dashboard.web.browsers import described

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (WINDOWS + "Chrome/142.0.0.0 Safari/537.36", "Chrome on Windows"),
        (WINDOWS + "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0",
            "Firefox on Linux",
        ),
        ("curl/8.14.1", "curl"),
        ("", "Unknown"),
    ],
)
def test_a_browser_is_named_by_its_mark(agent: str, words: str) -> None:
    assert described(agent) == words
