"""A short way in for machines, past all that only people's browsers need.

What is right is answered at once. Everything else goes on to the application as it came: it
refuses in its own words, logs and counts as ever.
"""

from collections.abc import Callable, Collection, Iterable
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REASON = "dashboard.door"

Take = Callable[[bytes, str], bytes]
"""Takes in a body and its signature, and returns the JSON that acknowledges it."""


class Door:
    """Answers signed POSTs to ``paths`` before ``application`` is asked.

    What ``take`` raises is left to a view of the application, which tells the sender why: it finds
    the exception under ``REASON`` in the environment of WSGI and need not wait for it once more.
    ``signature`` is the header that holds it.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        paths: Collection[str],
        take: Take,
        *,
        signature: str,
        most_bytes: int,
    ) -> None:
        self._application = application
        self._paths = frozenset(paths)
        self._take = take
        self._signature = f"HTTP_{signature.upper().replace('-', '_')}"
        self._most_bytes = most_bytes

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        if environ["PATH_INFO"] not in self._paths or environ["REQUEST_METHOD"] != "POST":
            return self._application(environ, start_response)
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) > self._most_bytes:
            return self._application(environ, start_response)
        body = environ["wsgi.input"].read(int(length))
        try:
            answer = self._take(body, environ.get(self._signature, ""))
        except Exception as error:  # noqa: BLE001  (the application says and logs what is wrong)
            handed_on = {**environ, "wsgi.input": BytesIO(body), REASON: error}
            return self._application(handed_on, start_response)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response("200 OK", headers)
        return [answer]
