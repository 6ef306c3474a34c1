"""Pages and their parts: which of them a request wants, and 304 when it has the same already."""

import hashlib
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request

VARY = ("HX-Request", "HX-Request-Type", "HX-History-Restore-Request")
ETAG_BYTES = 16


def is_htmx() -> bool:
    """Return whether the request comes from htmx rather than from the address bar or a form."""
    return request.headers.get("HX-Request") == "true"


def wants_part() -> bool:
    """Return whether a part of the page is to be swapped in; history restores the whole page."""
    return (
        is_htmx()
        and request.headers.get("HX-Request-Type") == "partial"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def render(page_template: str, part_template: str, status: int = 200, **values: object) -> Response:
    """Return the page, or the part that htmx asks for; 304 where the browser has the same."""
    template = part_template if wants_part() else page_template
    response = make_response(render_template(template, **values), status)
    response.vary.update(VARY)
    return revalidated(response)


def detail(template: str, **values: object) -> Response:
    """Return a detail as its own page, or to stand beside its list when htmx asks for it there.

    ``template`` extends ``layout``.
    """
    layout = "layouts/beside.html" if wants_part() else "layouts/page.html"
    response = make_response(render_template(template, layout=layout, **values))
    response.vary.update(VARY)
    return revalidated(response)


def revalidated(response: Response) -> Response:
    """Let the browser keep the answer and ask each time whether it still holds (ETag and 304)."""
    if response.status_code != HTTPStatus.OK:
        return response
    response.cache_control.private = True
    response.cache_control.no_cache = True
    digest = hashlib.blake2b(response.get_data(), digest_size=ETAG_BYTES).hexdigest()
    response.set_etag(digest, weak=True)
    response.make_conditional(request)
    return response


def go(url: str) -> Response:
    """Send the browser to ``url``, also when htmx asked for a part of the page it is on."""
    if not is_htmx():
        return make_response(redirect(url, HTTPStatus.SEE_OTHER))
    return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": url})
