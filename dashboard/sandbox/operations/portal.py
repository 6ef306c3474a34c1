"""The customer portal: how it looks, and the links by which customers enter it."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_CONFIGURATION = "billing_portal.configuration"
_CHANGED = (
    "customer_update(allowed_updates:words enabled:flag) invoice_history(enabled!:flag)"
    " payment_method_update(enabled!:flag payment_method_configuration) subscription_cancel("
    "cancellation_reason(enabled!:flag feedback_options:words options:words) enabled:flag"
    " mode=at_period_end|immediately proration_behavior=always_invoice|create_prorations|none)"
    " subscription_pause("
    "duration(interval_options:list type!=indefinite|interval_options) enabled:flag)"
    " subscription_update(billing_cycle_anchor=now|unchanged default_allowed_updates:words"
    " enabled:flag products:list proration_behavior=always_invoice|create_prorations|none"
    " schedule_at_period_end:map trial_update_behavior=continue_trial|end_trial)"
)
_MADE = (
    _CHANGED.replace(" enabled:flag", " enabled!:flag")
    .replace(" options:", " options!:")
    .replace("interval_options) enabled!:", "interval_options) enabled:")
)
_PROFILE = "business_profile(headline privacy_policy_url terms_of_service_url)"
_BOTH = f"{_PROFILE} default_return_url login_page(enabled!:flag) metadata name"
_SESSION = (
    "after_expiration(customer_login:map type!=customer_login) configuration customer"
    " customer_account flow_data:map locale on_behalf_of return_url"
)


@operation(
    "POST", "/v1/billing_portal/configurations", _CONFIGURATION, f"{_BOTH} features!({_MADE})"
)
def create_configuration(engine: Engine, params: Params) -> Json:
    """Make a portal; the first is the default one."""
    first = engine.shelf.count(_CONFIGURATION) == 0
    portal = engine.make(_CONFIGURATION, is_default=first, updated=engine.now)
    portal |= _changes(portal, params)
    engine.put(portal)
    engine.emit("billing_portal.configuration.created", portal)
    return portal


@operation(
    "POST",
    "/v1/billing_portal/configurations/{configuration}",
    _CONFIGURATION,
    f"{_BOTH} active:flag features({_CHANGED})",
)
def update_configuration(engine: Engine, params: Params, configuration: str) -> Json:
    """Change a portal."""
    found = engine.find(_CONFIGURATION, configuration)
    changes = _changes(found, params) | {"updated": engine.now}
    return engine.change(found, "billing_portal.configuration.updated", changes)


@operation("POST", "/v1/billing_portal/sessions", "billing_portal.session", _SESSION)
def create_portal_session(engine: Engine, params: Params) -> Json:
    """Make the link by which a customer enters the portal."""
    customer = params.needed_text("customer")
    engine.find("customer", customer, "customer")
    session = engine.make(
        "billing_portal.session",
        configuration=_configuration(engine, params),
        customer=customer,
        locale=params.text("locale"),
        on_behalf_of=params.text("on_behalf_of"),
        return_url=params.text("return_url"),
        url=f"https://billing.stripe.com/p/session/{new_id('test_', 32)}",
    )
    engine.put(session)
    engine.emit("billing_portal.session.created", session)
    return session


def _configuration(engine: Engine, params: Params) -> str:
    """Return the portal that is named, or the default one, which is made when there is none."""
    named = params.text("configuration")
    if named:
        return str(engine.find(_CONFIGURATION, named, "configuration")["id"])
    rows = engine.shelf.db.execute(
        f'SELECT id FROM "{_CONFIGURATION}" WHERE is_default = 1'  # noqa: S608 - a name of our own
    ).fetchone()
    if rows:
        return str(rows[0])
    portal = engine.put(engine.make(_CONFIGURATION, is_default=True, updated=engine.now))
    return str(portal["id"])


def _changes(portal: Json, params: Params) -> Json:
    given = params.values
    names = ("active", "default_return_url", "name")
    changes = metadata_of(portal, params) | {name: given[name] for name in names if name in given}
    if given.get("business_profile"):
        changes["business_profile"] = portal["business_profile"] | given["business_profile"]
    if given.get("features"):
        changes["features"] = {
            name: about | _shown(about, given["features"].get(name) or {})
            for name, about in portal["features"].items()
        }
    if given.get("login_page"):
        enabled = given["login_page"]["enabled"]
        url = f"https://billing.stripe.com/p/login/{new_id('test_', 18)}" if enabled else None
        changes["login_page"] = {"enabled": enabled, "url": url}
    return changes


def _shown(about: Json, given: Json) -> Json:
    """Return the changes of one feature, parts of its parts included."""
    return {
        name: about[name] | value if isinstance(about.get(name), dict) else value
        for name, value in given.items()
        if name in about and isinstance(value, type(about[name]))
    }
