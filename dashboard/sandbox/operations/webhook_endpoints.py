"""Webhook endpoints: where events are to be sent, and the secret that signs them."""

from __future__ import annotations

from dashboard.sandbox.deliveries import endpoints
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_BOTH = "description metadata"


@operation(
    "POST",
    "/v1/webhook_endpoints",
    "webhook_endpoint",
    f"{_BOTH} api_version connect:flag enabled_events!:words url!",
)
def create_webhook_endpoint(engine: Engine, params: Params) -> Json:
    """Keep an endpoint; only this answer shows its secret."""
    endpoint = engine.make(
        "webhook_endpoint",
        api_version=params.text("api_version"),
        description=params.text("description"),
        enabled_events=params.values["enabled_events"],
        metadata=params.mapping("metadata") or {},
        url=_url(params),
    )
    secret = endpoints.new_secret()
    connect = bool(params.values.get("connect"))
    endpoints.keep(engine.shelf, endpoint, secret, connect=connect)
    return endpoint | {"secret": secret}


@operation(
    "POST",
    "/v1/webhook_endpoints/{webhook_endpoint}",
    "webhook_endpoint",
    f"{_BOTH} disabled:flag enabled_events:words url",
)
def update_webhook_endpoint(engine: Engine, params: Params, webhook_endpoint: str) -> Json:
    """Change an endpoint; `disabled` rests it."""
    found = engine.find("webhook_endpoint", webhook_endpoint)
    changes = metadata_of(found, params)
    if "description" in params.tree:
        changes["description"] = params.text("description")
    if params.values.get("enabled_events"):
        changes["enabled_events"] = params.values["enabled_events"]
    if "url" in params.tree:
        changes["url"] = _url(params)
    if "disabled" in params.tree:
        changes["status"] = "disabled" if params.values["disabled"] else "enabled"
    return engine.put(found | changes)


@operation("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}", "webhook_endpoint")
def delete_webhook_endpoint(engine: Engine, params: Params, webhook_endpoint: str) -> Json:  # noqa: ARG001
    """Forget an endpoint."""
    return engine.shelf.remove(engine.find("webhook_endpoint", webhook_endpoint))


def _url(params: Params) -> str:
    url = params.needed_text("url")
    if not url.startswith(("http://", "https://")):
        raise invalid_request(
            f"Invalid URL: {url}. It must begin with https:// (or, for practice, http://).",
            code="url_invalid",
            param="url",
        )
    return url
