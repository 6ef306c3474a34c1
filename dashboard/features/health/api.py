"""Health as JSON, open to everybody: it says nothing about anybody."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, Response, jsonify

from dashboard.features.health import queries
from dashboard.features.health.queries import NEEDED, OK, Check
from dashboard.web import context

api = Blueprint("health", __name__, url_prefix="/health")


@api.get("/live")
def live() -> Response:
    """Say that this process answers, whatever else is wrong: to be restarted where it does not."""
    return jsonify(status=OK)


@api.get("/ready")
def ready() -> Response:
    """Say whether pages can be answered here; what runs beside them is told and is no reason."""
    found = queries.ready(context.engine(), context.jobs())
    return _answer(found, is_well=all(found.get(check) == OK for check in NEEDED))


@api.get("/deep")
def deep() -> Response:
    """Say whether all is well, for alarms: also jobs, deliveries, and the mirror's age."""
    stale_after_seconds = context.settings().stale_after_minutes * 60
    found = queries.deep(context.engine(), context.jobs(), stale_after_seconds=stale_after_seconds)
    return _answer(found, is_well=set(found.values()) == {OK})


def _answer(found: Mapping[Check, str], *, is_well: bool) -> Response:
    status = OK if set(found.values()) == {OK} else "degraded" if is_well else "failing"
    response = jsonify(status=status, checks=found)
    response.status_code = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return response
