"""Connected accounts: made, changed, let go."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import missing_parameter
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

APPLICATION = {"id": "ca_practice", "name": "Practice", "object": "application"}
"""The application that accounts connect to: the platform's."""

_BOTH = (
    "account_token business_profile(annual_revenue:map estimated_worker_count:integer mcc"
    " minority_owned_business_designation:words monthly_estimated_revenue:map name"
    " product_description"
    " specified_commercial_transactions_act_url support_address:map support_email support_phone"
    " support_url url) business_type=company|government_entity|individual|non_profit"
    " capabilities:map company:map default_currency documents:map email external_account:any"
    " groups(payments_pricing) individual:map metadata settings:map tos_acceptance(date:integer ip"
    " service_agreement user_agent)"
)
_CREATE = (
    f"{_BOTH} controller(fees:map losses:map requirement_collection=application|stripe"
    " stripe_dashboard:map)"
    " country type=custom|express|standard"
)
_EXTERNAL = "default_for_currency:flag external_account!:any metadata"
_PLAIN = ("business_type", "country", "default_currency", "email")


@operation("POST", "/v1/accounts", "account", _CREATE)
def create_account(engine: Engine, params: Params) -> Json:
    """Connect a new account; in practice it is ready to take and send money at once."""
    account = engine.make("account", type=params.text("type") or "standard")
    account["external_accounts"]["url"] = f"/v1/accounts/{account['id']}/external_accounts"
    account |= _changes(account, params)
    engine.put(account)
    if params.mapping("external_account"):
        _add_bank_account(engine, account, params)
    return account


@operation("POST", "/v1/accounts/{account}", "account", _BOTH)
def update_account(engine: Engine, params: Params, account: str) -> Json:
    """Change what the parameters name of an account."""
    found = engine.find("account", account)
    return engine.change(found, "account.updated", _changes(found, params))


@operation("DELETE", "/v1/accounts/{account}", "account")
def delete_account(engine: Engine, params: Params, account: str) -> Json:  # noqa: ARG001
    """Let a connected account go."""
    gone = engine.shelf.remove(engine.find("account", account))
    engine.emit("account.application.deauthorized", APPLICATION)
    return gone


@operation("POST", "/v1/accounts/{account}/external_accounts", "bank_account", _EXTERNAL)
def create_external_account(engine: Engine, params: Params, account: str) -> Json:
    """Give an account a bank account to be paid out to."""
    return _add_bank_account(engine, engine.find("account", account), params)


def _add_bank_account(engine: Engine, account: Json, params: Params) -> Json:
    given = params.mapping("external_account") or {}
    for name in ("account_number", "country", "currency"):
        if not given.get(name):
            raise missing_parameter(f"external_account[{name}]")
    bank = engine.make(
        "bank_account",
        account=account["id"],
        account_holder_name=given.get("account_holder_name"),
        account_holder_type=given.get("account_holder_type"),
        bank_name="STRIPE TEST BANK",
        country=given["country"].upper(),
        currency=given["currency"].lower(),
        default_for_currency=True,
        last4=str(given["account_number"])[-4:],
        metadata=params.mapping("metadata") or {},
        routing_number=given.get("routing_number"),
    )
    held = account["external_accounts"]
    engine.put(account | {"external_accounts": held | {"data": [*held["data"], bank]}})
    engine.emit("account.external_account.created", bank)
    return bank


def _changes(account: Json, params: Params) -> Json:
    """Return the fields that the parameters set, as the account shows them."""
    given = params.values
    changes = metadata_of(account, params)
    changes |= {name: given[name] for name in _PLAIN if given.get(name)}
    profile = given.get("business_profile")
    if profile:
        old = account["business_profile"] or part("business_profile")
        changes["business_profile"] = old | {
            name: value for name, value in profile.items() if name in old
        }
    capabilities = given.get("capabilities")
    if capabilities:
        asked = {
            name: "active"
            if params.text(f"capabilities[{name}][requested]") == "true"
            else "inactive"
            for name in capabilities
        }
        changes["capabilities"] = account["capabilities"] | asked
    consent = given.get("tos_acceptance")
    if consent:
        changes["tos_acceptance"] = {"date": None, "ip": None, "user_agent": None} | consent
    return changes
