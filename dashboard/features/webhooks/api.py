"""Where Stripe delivers its events."""

from flask import Blueprint, Response, request

from dashboard.features.webhooks import actions
from dashboard.web import context
from dashboard.web.context import Furniture
from dashboard.web.door import REASON

api = Blueprint("webhooks_api", __name__)

PATHS = ("/api/v1/stripe/webhooks", "/api/stripe/webhook")
"""The address that pages show, and its alias."""

SIGNATURE = "Stripe-Signature"
TAKEN = b'{"ignored":false,"received":true}\n'
IGNORED = b'{"ignored":true,"received":true}\n'


# Nearest to the view stands the address that pages show.
@api.post(PATHS[1])
@api.post(PATHS[0])
def receive() -> Response:
    """Take a delivery in, or say why not; most are taken in before they get here (``web.door``)."""
    if reason := request.environ.get(REASON):
        raise reason
    body, signature = request.get_data(cache=False), request.headers.get(SIGNATURE, "")
    return Response(take(context.furniture(), body, signature), mimetype="application/json")


def take(furniture: Furniture, body: bytes, signature: str) -> bytes:
    """Take a delivery in: verified, kept; handled later. Return what acknowledges it.

    Raises:
        DashboardError: it cannot be taken.
    """
    if not actions.receive(furniture.engine, furniture.settings, body, signature):
        return IGNORED
    # Where nobody opens a page, deliveries alone must bring the workers of the process to life.
    furniture.jobs.start()
    furniture.jobs.ring(actions.TASK)
    return TAKEN
