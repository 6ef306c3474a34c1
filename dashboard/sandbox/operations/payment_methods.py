"""Making payment methods, and giving them to customers."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import (
    ErrorType,
    StripeError,
    invalid_request,
    missing_parameter,
)
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.addresses import ADDRESS
from dashboard.sandbox.operations.cards import (
    PracticeCard,
    card_behind,
    card_named,
    card_numbered,
)
from dashboard.sandbox.operations.debits import bank_fingerprint
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params, integer_of
from dashboard.sandbox.shapes import Json, part

_YEARS_VALID = 4
_YEAR_SECONDS = 31_556_952
_BILLING_DETAILS = f"billing_details(address{ADDRESS} email name phone tax_id)"
_BANKS = (
    "us_bank_account(account_holder_type=company|individual account_number"
    " account_type=checking|savings financial_connections_account routing_number)"
)
_OTHERS = (
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit"
    " bancontact billie bizum blik boleto cashapp crypto custom eps fpx giropay grabpay ideal"
    " interac_present kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay"
    " nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay"
    " radar_options revolut_pay samsung_pay satispay scalapay sequra sofort sunbit swish twint"
    " upi wechat_pay zip"
)
_CREATE = (
    f"{_OTHERS} allow_redisplay=always|limited|unspecified {_BILLING_DETAILS}"
    " card(cvc exp_month:integer exp_year:integer networks number token) customer"
    f" customer_balance metadata payment_method sepa_debit(iban!) type {_BANKS}"
)
_UPDATE = (
    f"allow_redisplay=always|limited|unspecified {_BILLING_DETAILS} card(exp_month:integer"
    " exp_year:integer networks) metadata us_bank_account(account_holder_type=company|individual"
    " account_type=checking|savings)"
)
_CONTACTS = ("email", "name", "phone", "tax_id")


@operation("POST", "/v1/payment_methods", "payment_method", _CREATE)
def create_payment_method(engine: Engine, params: Params) -> Json:
    """Make a payment method that belongs to nobody yet."""
    method = engine.make(
        "payment_method",
        billing_details=_billing_details(part("billing_details"), params, ""),
        **_means(engine, params, ""),
    )
    method |= _facts(method, params)
    return engine.put(method)


@operation("POST", "/v1/payment_methods/{payment_method}", "payment_method", _UPDATE)
def update_payment_method(engine: Engine, params: Params, payment_method: str) -> Json:
    """Change what the parameters name of a method that a customer has."""
    method = engine.find("payment_method", payment_method)
    if method["customer"] is None:
        raise invalid_request("You must save this PaymentMethod to a customer before updating it.")
    changes = _facts(method, params)
    if "billing_details" in params.values:
        changes["billing_details"] = _billing_details(method["billing_details"], params, "")
    for kind in ("card", "us_bank_account"):
        if params.values.get(kind) and kind in method:
            changes[kind] = method[kind] | params.values[kind]
    return engine.change(method, "payment_method.updated", changes)


@operation(
    "POST",
    "/v1/payment_methods/{payment_method}/attach",
    "payment_method",
    "customer customer_account",
)
def attach_payment_method(engine: Engine, params: Params, payment_method: str) -> Json:
    """Give a method to a customer; the bank is asked whether it is good."""
    customer = params.needed_text("customer")
    engine.find("customer", customer, "customer")
    method = _existing(engine, payment_method)
    if method["customer"] == customer:
        return method
    if method["customer"]:
        raise invalid_request(
            "The payment method you provided has already been attached to a customer.",
            param="payment_method",
        )
    card = card_behind(method)
    refusal = card.refusal()
    if refusal and not card.only_payments_fail:
        raise refusal
    return attach(engine, method, customer)


@operation("POST", "/v1/payment_methods/{payment_method}/detach", "payment_method")
def detach_payment_method(engine: Engine, params: Params, payment_method: str) -> Json:  # noqa: ARG001
    """Take a method from its customer for good."""
    method = engine.find("payment_method", payment_method)
    if method["customer"] is None:
        raise invalid_request(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
    customer = engine.find("customer", method["customer"])
    settings = customer["invoice_settings"]
    if settings["default_payment_method"] == method["id"]:
        changes = {"invoice_settings": settings | {"default_payment_method": None}}
        engine.change(customer, "customer.updated", changes)
    return engine.change(method, "payment_method.detached", {"customer": None})


def attach(engine: Engine, method: Json, customer: str) -> Json:
    """Give a method to a customer and tell of it."""
    method = engine.put(method | {"customer": customer})
    engine.emit("payment_method.attached", method)
    return method


def payment_method_for(engine: Engine, name: str, customer: str | None) -> Json:
    """Return the payment method of this id, or make one of a test name such as `pm_card_visa`.

    One that is made belongs to the customer. Raises Stripe's 400 for a name that nothing answers
    to, or for a method of another customer.
    """
    card = card_named(name)
    if card is None:
        return engine.find("payment_method", name, "payment_method")
    method = engine.put(
        engine.make("payment_method", type="card", card=card_details(engine, card, {}))
    )
    return attach(engine, method, customer) if customer else method


def payment_method_from(engine: Engine, params: Params, customer: str | None) -> Json | None:
    """Return the payment method that the parameters name or describe, None without one.

    Raises Stripe's 400 for a method of another customer.
    """
    name = params.text("payment_method")
    if name:
        method = payment_method_for(engine, name, None)
        _refuse_others(method, customer)
        return method
    if not params.mapping("payment_method_data"):
        return None
    return engine.put(
        engine.make(
            "payment_method",
            billing_details=_billing_details(
                part("billing_details"), params, "payment_method_data"
            ),
            **_means(engine, params, "payment_method_data"),
        )
    )


def card_details(engine: Engine, card: PracticeCard, given: Json) -> Json:
    """Return what a payment method shows of a card, valid as `given` says, else for years."""
    years = engine.now // _YEAR_SECONDS + 1970
    return part(
        "card",
        brand=card.brand,
        country=card.country,
        display_brand=card.brand,
        exp_month=given.get("exp_month") or 12,
        exp_year=given.get("exp_year") or years + _YEARS_VALID,
        fingerprint=card.fingerprint,
        funding=card.funding,
        last4=card.number[-4:],
        networks={"available": [card.brand], "preferred": None},
    )


def checked_card(engine: Engine, given: Json, param: str) -> tuple[PracticeCard, Json]:
    """Return the card that a number or token names, with its month and year.

    Raises Stripe's card error for a number that is no test card, and for dates that are past.
    """
    if given.get("token"):
        return card_of_token(engine, str(given["token"]), f"{param}[token]"), {}
    for name in ("number", "exp_month", "exp_year"):
        if not given.get(name):
            raise missing_parameter(f"{param}[{name}]")
    card = card_numbered(str(given["number"]))
    month = integer_of(f"{param}[exp_month]", given["exp_month"])
    year = integer_of(f"{param}[exp_year]", given["exp_year"])
    year += 2000 if year < 100 else 0
    if not 1 <= month <= 12:
        raise _amiss("month", "invalid_expiry_month", "exp_month")
    if year < engine.now // _YEAR_SECONDS + 1970:
        raise _amiss("year", "invalid_expiry_year", "exp_year")
    return card, {"exp_month": month, "exp_year": year}


def card_of_token(engine: Engine, token: str, param: str) -> PracticeCard:
    """Return the card behind a token; one that was made is used up by it."""
    card = card_named(token)
    if card:
        return card
    found = engine.find("token", token, param)
    if found["used"]:
        raise invalid_request(
            f"You cannot use a Stripe token more than once: {token}.",
            code="token_already_used",
            param=param,
        )
    engine.put(found | {"used": True})
    return card_behind(found["card"])


def _existing(engine: Engine, name: str) -> Json:
    return (
        payment_method_for(engine, name, None)
        if card_named(name)
        else engine.find("payment_method", name)
    )


def _refuse_others(method: Json, customer: str | None) -> None:
    owner = method["customer"]
    if owner and owner != customer:
        raise invalid_request(
            f"The PaymentMethod {method['id']} belongs to another Customer, or to one that you did "
            "not name. Give that Customer in the `customer` parameter.",
            param="payment_method",
        )


def _facts(method: Json, params: Params) -> Json:
    changes: Json = {}
    if params.values.get("allow_redisplay"):
        changes["allow_redisplay"] = params.values["allow_redisplay"]
    return changes | metadata_of(method, params)


def _billing_details(old: Json, params: Params, outer: str) -> Json:
    name = f"{outer}[billing_details]" if outer else "billing_details"
    given = params.mapping(name) or {}
    changes: Json = {one: params.text(f"{name}[{one}]") for one in _CONTACTS if one in given}
    if given.get("address"):
        lines = {line: str(value) for line, value in dict(given["address"]).items()}
        changes["address"] = part("address", **lines)
    return old | changes


def _means(engine: Engine, params: Params, outer: str) -> Json:
    """Return the type of a new method, with what it shows of the card or the bank account."""
    name = f"{outer}[{{}}]".format if outer else "{}".format
    kind = params.needed_text(name("type"))
    given = params.mapping(name(kind)) or {}
    match kind:
        case "card":
            card, dates = checked_card(engine, given, name("card"))
            return {"type": kind, kind: card_details(engine, card, dates)}
        case "sepa_debit":
            return {"type": kind, kind: _sepa_debit(params.needed_text(f"{name(kind)}[iban]"))}
        case "us_bank_account":
            return {"type": kind, kind: _us_bank_account(given)}
        case "customer_balance" | "link":
            return {"type": kind, kind: {}}
    raise invalid_request(
        f"The practice Stripe has no payment methods of type {kind}: use card, customer_balance, "
        "link, sepa_debit or us_bank_account.",
        param=name("type"),
    )


def _sepa_debit(iban: str) -> Json:
    iban = iban.replace(" ", "").upper()
    if len(iban) < 15 or not iban[:2].isalpha():
        raise invalid_request(
            f"The IBAN {iban} is not valid.", code="invalid_bank_account_iban", param="iban"
        )
    return part(
        "sepa_debit",
        bank_code=iban[4:12],
        branch_code="",
        country=iban[:2],
        fingerprint=bank_fingerprint(iban),
        generated_from={"charge": None, "setup_attempt": None},
        last4=iban[-4:],
    )


def _us_bank_account(given: Json) -> Json:
    number = str(given.get("account_number") or "000123456789")
    return part(
        "us_bank_account",
        account_holder_type=given.get("account_holder_type") or "individual",
        account_type=given.get("account_type") or "checking",
        bank_name="STRIPE TEST BANK",
        fingerprint=bank_fingerprint(number),
        last4=number[-4:],
        networks={"preferred": "ach", "supported": ["ach"]},
        routing_number=given.get("routing_number") or "110000000",
    )


def _amiss(what: str, code: str, param: str) -> StripeError:
    return StripeError(
        402, f"Your card's expiration {what} is invalid.", ErrorType.CARD, code, param
    )


def new_mandate(engine: Engine, method: Json) -> str:
    """Keep the consent to debit a bank account, and return its id."""
    kind = method["type"]
    sepa = {"reference": new_id("", 16).upper(), "url": "https://payments.stripe.com/mandate"}
    mandate = engine.make(
        "mandate",
        customer_acceptance={"accepted_at": engine.now, "offline": {}, "type": "offline"},
        multi_use={},
        payment_method=method["id"],
        payment_method_details={"type": kind, kind: sepa if kind == "sepa_debit" else {}},
    )
    return str(engine.put(mandate)["id"])
