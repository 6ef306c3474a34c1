"""The pages that the practice Stripe shows to people: each stands alone in one template."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, Template

from dashboard.sandbox.exchange import Answer


def page(name: str, *, status: int = 200, **values: Any) -> Answer:
    """Answer the page `name`, a template of the sandbox, with these values in it."""
    body = _template(name).render(**values).encode()
    return Answer(status, body, content_type="text/html; charset=utf-8")


@cache
def _template(name: str) -> Template:
    source = files("dashboard.sandbox").joinpath(name).read_text(encoding="utf-8")
    return Environment(autoescape=True).from_string(source)
