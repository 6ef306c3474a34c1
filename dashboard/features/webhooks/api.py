"""Where Stripe delivers its events."""

from flask import Blueprint, Response, jsonify, request

from dashboard.features.webhooks import actions
from dashboard.web import context

api = Blueprint("webhooks_api", __name__)


@api.post("/api/stripe/webhook")
# Nearest to the view: this is the address that pages show.
@api.post("/api/v1/stripe/webhooks")
def receive() -> Response:
    """Take a delivery in: verified, kept, acknowledged; handled later."""
    is_ours = actions.receive(
        context.engine(),
        context.settings(),
        request.get_data(cache=False),
        request.headers.get("Stripe-Signature", ""),
    )
    if is_ours:
        context.jobs().ring(actions.TASK)
    return jsonify(received=True, ignored=not is_ours)
