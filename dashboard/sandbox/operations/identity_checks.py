"""Identity checks: begun, canceled, redacted."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_KIND = "identity.verification_session"
_PATH = "/v1/identity/verification_sessions"
_CREATE = (
    "client_reference_id metadata options(document(allowed_types:words require_id_number:flag"
    " require_live_capture:flag require_matching_selfie:flag)) provided_details(email phone)"
    " related_customer related_customer_account related_person(account! person!) return_url"
    " type=document|id_number verification_flow"
)


@operation("POST", _PATH, _KIND, _CREATE)
def create_verification_session(engine: Engine, params: Params) -> Json:
    """Begin to check who somebody is."""
    given = params.values
    session = engine.make(
        _KIND,
        client_reference_id=given.get("client_reference_id"),
        metadata=params.mapping("metadata") or {},
        options=given.get("options") or {},
        related_customer=given.get("related_customer"),
        type=given.get("type") or "document",
    )
    session["client_secret"] = f"{session['id']}_secret_{new_id('', 25)}"
    session["url"] = f"https://verify.stripe.com/start/{new_id('test_', 32)}"
    engine.put(session)
    engine.emit("identity.verification_session.created", session)
    return session


@operation(
    "POST",
    f"{_PATH}/{{session}}",
    _KIND,
    "metadata options(document(allowed_types:words require_id_number:flag require_live_capture:flag"
    " require_matching_selfie:flag)) provided_details(email phone) type=document|id_number",
)
def update_verification_session(engine: Engine, params: Params, session: str) -> Json:
    """Change a check that nobody has begun; nothing is told of it."""
    found = engine.find(_KIND, session)
    changes = metadata_of(found, params)
    changes |= {
        name: params.values[name] for name in ("options", "type") if params.values.get(name)
    }
    return engine.put(found | changes)


@operation("POST", f"{_PATH}/{{session}}/cancel", _KIND)
def cancel_verification_session(engine: Engine, params: Params, session: str) -> Json:  # noqa: ARG001
    """Give a check up."""
    found = engine.find(_KIND, session)
    if found["status"] != "requires_input":
        raise invalid_request(
            f"The session {session} is {found['status']}: only one that requires input can be "
            "canceled."
        )
    canceled = engine.put(found | {"client_secret": None, "status": "canceled", "url": None})
    engine.emit("identity.verification_session.canceled", canceled)
    return canceled


@operation("POST", f"{_PATH}/{{session}}/redact", _KIND)
def redact_verification_session(engine: Engine, params: Params, session: str) -> Json:  # noqa: ARG001
    """Blot out what a check has learnt."""
    found = engine.find(_KIND, session)
    blotted = {"client_secret": None, "redaction": {"status": "redacted"}, "url": None}
    redacted = engine.put(found | blotted)
    engine.emit("identity.verification_session.redacted", redacted)
    return redacted
