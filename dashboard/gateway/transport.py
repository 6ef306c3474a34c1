"""HTTP under the SDK: kept-alive connections, and bodies that are not parsed twice."""

import ssl
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import stripe
import urllib3
from urllib3 import HTTPHeaderDict

from dashboard.core.errors import SettingsError
from dashboard.gateway.address import is_loopback
from dashboard.gateway.errors import ReadOnlyError

CONNECTIONS = 64
"""As many as there may be requests in flight at once; more wait for a free one."""

NOTHING = b"{}"


class Answer(HTTPHeaderDict):
    """The headers of an answer, with its ``body`` as it came."""

    body: bytes = NOTHING


class Transport(stripe.HTTPClient):
    """Sends the SDK's requests through one pool that all threads share.

    The SDK would turn a page of 100 objects into its own objects, which takes fifty times as long
    as reading the JSON. So it is shown an empty object, and the body of a good answer travels
    beside it, in the headers. Bad answers go the SDK's own way and become its errors.
    """

    name = "urllib3"

    def __init__(
        self,
        base: str,
        timeout_seconds: int,
        *,
        read_only: bool = False,
        bodies_beside: bool = True,
    ) -> None:
        """With ``read_only`` nothing but a GET leaves this machine.

        Without ``bodies_beside`` the SDK reads good answers, too.
        """
        super().__init__()
        self._read_only = read_only
        self._bodies_beside = bodies_beside
        settings: dict[str, Any] = {
            "num_pools": 4,
            "maxsize": CONNECTIONS,
            "block": True,
            "retries": False,
            "timeout": urllib3.Timeout(connect=min(timeout_seconds, 10), read=timeout_seconds),
            "ssl_context": ssl.create_default_context(cafile=stripe.ca_bundle_path),
        }
        # Between two programs of one machine compressing costs more than it saves.
        self._encoding = "identity" if is_loopback(base) else "gzip"
        proxy = _proxy_for(base)
        self._pool = (
            urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings)
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: str | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request.

        Raises:
            ReadOnlyError: it might change something, and that is not allowed.
            stripe.APIConnectionError: no answer, or one that broke off.
        """
        if self._read_only and method.upper() != "GET":
            raise ReadOnlyError(
                "This account is connected for reading only.",
                remedy="Connect it again with leave to write, if it should be changed from here.",
            )
        try:
            response = self._pool.request(
                method.upper(),
                url,
                headers={**(headers or {}), "Accept-Encoding": self._encoding},
                body=post_data,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                f"No answer from {urlsplit(url).netloc}: {error}", should_retry=True
            ) from error
        answer = Answer(response.headers)
        if response.status != HTTPStatus.OK or not self._bodies_beside:
            return response.data.decode("utf-8", "replace"), response.status, answer
        answer.body = response.data
        return NOTHING.decode(), response.status, answer

    def close(self) -> None:
        """Close the connections that are kept alive."""
        self._pool.clear()


def _proxy_for(base: str) -> str | None:
    """Return the proxy that the environment asks for, such as ``HTTPS_PROXY``."""
    parts = urlsplit(base)
    if not parts.hostname:
        raise SettingsError(
            "is no URL such as https://api.stripe.com.", field="STRIPE_API_BASE", remedy=None
        )
    if urllib.request.proxy_bypass(parts.hostname):
        return None
    return urllib.request.getproxies().get(parts.scheme)
