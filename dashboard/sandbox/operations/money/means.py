"""What people pay with: cards by number or token, bank accounts, and how they are shown."""

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
from dashboard.sandbox.operations.money.cards import (
    PracticeCard,
    card_behind,
    card_named,
    card_numbered,
)
from dashboard.sandbox.operations.money.debits import bank_fingerprint
from dashboard.sandbox.params import Params, integer_of
from dashboard.sandbox.shapes import Json, part

BILLING_DETAILS = f"billing_details(address{ADDRESS} email name phone tax_id)"
BANK_ACCOUNT = (
    "us_bank_account(account_holder_type=company|individual account_number"
    " account_type=checking|savings financial_connections_account routing_number)"
)
_WAY_NAMES = (
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit"
    " bancontact billie bizum blik boleto cashapp crypto eps fpx giropay grabpay ideal"
    " interac_present kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay"
    " nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay"
    " radar_options revolut_pay samsung_pay satispay scalapay sequra sofort sunbit swish twint"
    " upi wechat_pay zip"
)
WAYS = " ".join(f"{name}:map" for name in _WAY_NAMES.split())
METHOD_DATA = (
    f"payment_method_data({WAYS} allow_redisplay=always|limited|unspecified {BILLING_DETAILS}"
    " card~(cvc exp_month exp_year networks:map number token) customer_balance:map metadata"
    " sepa_debit(iban!) type! us_bank_account:map)"
)
"""The parameters that describe a payment method within others."""

_YEARS_VALID = 4
_YEAR_SECONDS = 31_556_952
_CONTACTS = ("email", "name", "phone", "tax_id")


def means(engine: Engine, params: Params, outer: str) -> Json:
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


def billing_details(old: Json, params: Params, outer: str) -> Json:
    """Return billing details after the changes that the parameters, those in `outer`, ask for."""
    name = f"{outer}[billing_details]" if outer else "billing_details"
    given = params.mapping(name) or {}
    changes: Json = {one: params.text(f"{name}[{one}]") for one in _CONTACTS if one in given}
    if given.get("address"):
        lines = {line: str(value) for line, value in dict(given["address"]).items()}
        changes["address"] = part("address", **lines)
    return old | changes


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
