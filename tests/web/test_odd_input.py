"""Nothing that anybody sends to the furniture is answered with a fault."""

from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients import CheckedClient, signed_out

odd_text = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "\0",
            "'",
            "%",
            "../../etc/passwd",
            "{{7*7}}",
            "9" * 40,
            "-1",
            "NaN",
            "<script>",
            "a" * 9_000,
        ]
    ),
)
fields = st.dictionaries(
    st.one_of(st.sampled_from(["email", "password", "next", "account", "mode", "v"]), odd_text),
    odd_text,
    max_size=4,
)
header_text = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
headers = st.dictionaries(
    st.sampled_from(
        [
            "Accept",
            "Cookie",
            "HX-Current-URL",
            "HX-Request",
            "HX-Request-Type",
            "If-None-Match",
            "If-Modified-Since",
            "Range",
            "User-Agent",
            "X-CSRFToken",
            "X-Forwarded-For",
        ]
    ),
    header_text,
    max_size=4,
)
paths = st.one_of(
    st.sampled_from(
        [
            "/login",
            "/logout",
            "/account",
            "/account/switch",
            "/account/password",
            "/static/css/base.css",
        ]
    ),
    odd_text.map(lambda text: "/" + quote(text)),
    odd_text.map(lambda text: f"/account/sessions/{quote(text, safe='')}/revoke"),
    odd_text.map(lambda text: f"/static/{quote(text)}"),
)


@pytest.mark.parametrize("is_signed_in", [False, True])
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    path=paths,
    query=fields,
    form=fields,
    headers=headers,
)
def test_odd_input_is_no_fault(
    app: Flask,
    ann: CheckedClient,
    method: str,
    path: str,
    query: dict[str, str],
    form: dict[str, str],
    headers: dict[str, str],
    *,
    is_signed_in: bool,
) -> None:
    client = ann if is_signed_in else signed_out(app)
    token = {"csrf_token": client.csrf_token()}
    sent: dict[str, Any] = {"query_string": _storable(query), "headers": headers}
    if method in ("POST", "PUT", "DELETE"):
        sent["data"] = {**_storable(form), **token}
    assert client.open(path, method=method, **sent).status_code < 500


def _storable(values: dict[str, str]) -> dict[str, str]:
    """Return the values as a browser can send them: in UTF-8, which has no halves of characters."""
    return {
        name.encode("utf-8", "replace").decode(): text.encode("utf-8", "replace").decode()
        for name, text in values.items()
    }
