"""Where a company sits: its Stripe account, its time zone, its banks, what Stripe asks of it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dashboard.sandbox.shapes import Json, build, list_object, part
from dashboard.sandbox.world.seasons import DAY_SECONDS, TIMEZONE
from dashboard.sandbox.world.tariff import SETTLEMENT, Currency

if TYPE_CHECKING:
    from dashboard.sandbox.world.company import Company

_DEADLINE_DAYS = 21
_BANK_OF = {
    Currency.USD: ("STRIPE TEST BANK", "US", "6789", "110000000"),
    Currency.EUR: ("Berliner Sparkasse", "DE", "3000", None),
    Currency.GBP: ("Barclays", "GB", "1234", "200000"),
    Currency.JPY: ("三菱UFJ銀行", "JP", "4567", "0005123"),
}
"""The bank of a currency: its name, country, the last digits of the account, the routing number."""


@dataclass(frozen=True, slots=True)
class Premises:
    """What tells one company from another at Stripe."""

    name: str
    host: str
    """The domain of its shop and its e-mail."""
    country: str
    currency: Currency
    """The account's default currency."""
    timezone: str
    type: str = "standard"
    mcc: str = "5719"
    capabilities: dict[str, str] = field(default_factory=dict)
    """Those beside cards and transfers, with their status."""
    schedule: Json = field(default_factory=lambda: {"delay_days": 2, "interval": "daily"})
    """When Stripe pays out."""
    currently_due: tuple[str, ...] = ()
    """What Stripe asks of it within three weeks."""
    past_due: tuple[str, ...] = ()
    """What it should have told Stripe already: payouts rest until it does."""
    pending_verification: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The address of its shop."""
        return f"https://{self.host}"

    @property
    def descriptor(self) -> str:
        """What its bank statements say of payouts."""
        return self.host.partition(".")[0].upper()


HEADQUARTERS = Premises(
    name="Northwind Pottery & Co.",
    host="northwind.example",
    country="US",
    currency=Currency.USD,
    timezone=TIMEZONE,
)

_BRANCHES = (
    Premises(
        name="Sakura Tea さくら茶房",
        host="sakura-tea.example",
        country="JP",
        currency=Currency.JPY,
        timezone="Asia/Tokyo",
        type="express",
        mcc="5499",
        capabilities={"jcb_payments": "active", "konbini_payments": "pending"},
        schedule={"delay_days": 4, "interval": "weekly", "weekly_anchor": "friday"}
        | {"weekly_payout_days": ["friday"]},
        pending_verification=("company.verification.document",),
    ),
    Premises(
        name="Müller Fahrräder GmbH",
        host="mueller-fahrraeder.example",
        country="DE",
        currency=Currency.EUR,
        timezone="Europe/Berlin",
        mcc="5940",
        capabilities={"sepa_debit_payments": "active", "klarna_payments": "pending"},
        schedule={"delay_days": 7, "interval": "monthly", "monthly_anchor": 1}
        | {"monthly_payout_days": [1]},
        currently_due=("company.verification.document", "representative.dob.day"),
    ),
    Premises(
        name="Harbour Books Ltd",
        host="harbour-books.example",
        country="GB",
        currency=Currency.GBP,
        timezone="Europe/London",
        mcc="5942",
        capabilities={"bacs_debit_payments": "inactive"},
        schedule={"delay_days": 7, "interval": "manual"},
        past_due=("company.tax_id", "representative.verification.document"),
    ),
    Premises(
        name="Maison Lefèvre",
        host="maison-lefevre.example",
        country="FR",
        currency=Currency.EUR,
        timezone="Europe/Paris",
        type="express",
        mcc="5651",
        capabilities={"cartes_bancaires_payments": "active"},
    ),
    Premises(
        name="Austin Coffee Roasters",
        host="austin-coffee.example",
        country="US",
        currency=Currency.USD,
        timezone="America/Chicago",
        mcc="5499",
        capabilities={"us_bank_account_ach_payments": "active"},
    ),
)


def branch(number: int) -> Premises:
    """Return the premises of the connected account ``number``, counted from 1; they come again."""
    return _BRANCHES[(number - 1) % len(_BRANCHES)]


def account(company: "Company") -> Json:
    """Return the account object of ``company``, with its bank accounts."""
    home = company.premises
    at = company.opened_at - 30 * DAY_SECONDS
    identity = company.ids.account(at)
    own_first = sorted(SETTLEMENT, key=lambda currency: currency is not home.currency)
    banks = [_bank_account(company, identity, currency) for currency in own_first]
    settings = part(
        "account_settings", dashboard={"display_name": home.name, "timezone": home.timezone}
    )
    settings["payouts"]["schedule"] = dict(home.schedule)
    return build(
        "account",
        id=identity,
        created=at,
        business_profile=part(
            "business_profile",
            mcc=home.mcc,
            name=home.name,
            support_email=f"help@{home.host}",
            url=home.url,
        ),
        business_type="company",
        capabilities={"card_payments": "active", "transfers": "active"} | home.capabilities,
        controller=_controller(home),
        country=home.country,
        default_currency=home.currency.value,
        email=f"finance@{home.host}",
        external_accounts=list_object(f"/v1/accounts/{identity}/external_accounts", banks),
        future_requirements=part("requirements"),
        payouts_enabled=not home.past_due,
        requirements=_requirements(home, company.now),
        settings=settings,
        type=home.type,
    )


def _controller(home: Premises) -> Json:
    """Return who answers for the account: the platform for an Express account, else itself."""
    if home.type != "express":
        return {"type": "account"}
    return {
        "type": "application",
        "is_controller": True,
        "fees": {"payer": "application_express"},
        "losses": {"payments": "application"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "express"},
    }


def _requirements(home: Premises, now: int) -> Json:
    due = [*home.past_due, *home.currently_due]
    return part(
        "requirements",
        current_deadline=now + _DEADLINE_DAYS * DAY_SECONDS if home.currently_due else None,
        currently_due=due,
        disabled_reason="requirements.past_due" if home.past_due else None,
        eventually_due=due,
        past_due=list(home.past_due),
        pending_verification=list(home.pending_verification),
    )


def _bank_account(company: "Company", holder: str, currency: Currency) -> Json:
    home = company.premises
    bank, country, last4, routing = _BANK_OF[currency]
    return build(
        "bank_account",
        id=company.banks[currency],
        account=holder,
        account_holder_name=home.name,
        account_holder_type="company",
        available_payout_methods=["standard"],
        bank_name=bank,
        country=country,
        currency=currency.value,
        default_for_currency=True,
        last4=last4,
        routing_number=routing,
    )
