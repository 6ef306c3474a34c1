"""What can be subscribed to: products with recurring prices in every currency."""

from dataclasses import dataclass
from fractions import Fraction

from dashboard.sandbox.reckoning.periods import moved
from dashboard.sandbox.reckoning.plans import plan_beside
from dashboard.sandbox.reckoning.pricing import Pricing, Tier
from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.tariff import Currency, price


@dataclass(frozen=True, slots=True)
class _Plan:
    """One line of the price list, in US cents."""

    key: str
    product: str
    cents: int = 0
    interval: str = "month"
    interval_count: int = 1
    tiers: tuple[tuple[int | None, int, int], ...] = ()
    tiers_mode: str | None = None
    metered: bool = False
    divide_by: int | None = None
    trial_days: int | None = None
    active: bool = True


_PLANS = (
    _Plan("studio_month", "Studio", 2_900),
    _Plan("studio_year", "Studio", 29_000, interval="year"),
    _Plan("studio_legacy", "Studio", 1_900, active=False),
    _Plan("team_month", "Team", 1_200, trial_days=14),
    _Plan("team_year", "Team", 12_000, interval="year"),
    _Plan("box_week", "Clay box", 900, interval="week"),
    _Plan("magazine_quarter", "Magazine", 2_400, interval_count=3),
    _Plan(
        "kiln_metered",
        "Kiln hours",
        tiers=((10, 0, 0), (100, 150, 0), (None, 90, 0)),
        tiers_mode="graduated",
        metered=True,
    ),
    _Plan(
        "storage_graduated",
        "Storage",
        tiers=((5, 500, 1_000), (50, 400, 0), (None, 250, 500)),
        tiers_mode="graduated",
    ),
    _Plan("shelf_volume", "Shelf space", tiers=((10, 900, 0), (None, 700, 0)), tiers_mode="volume"),
    _Plan("message_packs", "Messages", 500, divide_by=1_000),
    _Plan("community_free", "Community", 0),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One price in one currency, with its objects ready for subscription items."""

    key: str
    product: str
    product_name: str
    id: str
    currency: Currency
    interval: str
    interval_count: int
    pricing: Pricing
    metered: bool
    price: Json
    plan: Json

    def cost(self, quantity: int) -> int:
        """Return what ``quantity`` units cost for one period, in minor units."""
        return self.pricing.cost(quantity)

    def period_end(self, anchor: int, cycle: int) -> int:
        """Return the end of period number ``cycle`` (from 0) of a subscription of ``anchor``."""
        return moved(anchor, self.interval, (cycle + 1) * self.interval_count)

    @property
    def counts_seats(self) -> bool:
        """Whether customers take several units, and change how many."""
        return not self.metered and self.product_name != "Studio"


class PriceList:
    """The recurring prices of one company by their key and currency."""

    def __init__(self, company: Company) -> None:
        """Write the products and prices of ``company`` and remember the offers made of them."""
        self._offers: dict[tuple[str, Currency], Offer] = {}
        self.products: dict[str, str] = {}
        for index, plan in enumerate(_PLANS):
            at = company.opened_at + 900 + index * 61
            if plan.product not in self.products:
                self.products[plan.product] = company.ids.new("prod", at)
            for currency in Currency:
                offer = _offer(company, plan, self.products[plan.product], currency, at)
                self._offers[plan.key, currency] = offer
        self._emit_products(company)

    def offer(self, key: str, currency: Currency) -> Offer:
        """Return the offer ``key`` in ``currency``."""
        return self._offers[key, currency]

    def _emit_products(self, company: Company) -> None:
        for index, (name, product) in enumerate(self.products.items()):
            default = next(
                offer
                for offer in self._offers.values()
                if offer.product == product and offer.currency is Currency.USD
            )
            company.emit(
                build(
                    "product",
                    id=product,
                    created=company.opened_at + 900 + index * 61,
                    updated=company.opened_at + 1_900 + index * 61,
                    name=name,
                    default_price=default.id,
                    description=f"{name}: subscribe & save.",
                    marketing_features=[{"name": "Cancel at any time"}],
                    unit_label="seat" if name == "Team" else None,
                )
            )


def _offer(company: Company, plan: _Plan, product: str, currency: Currency, at: int) -> Offer:
    tiers = tuple(
        Tier(up_to, Fraction(_scaled(unit, currency)), Fraction(_scaled(flat, currency)))
        for up_to, unit, flat in plan.tiers
    )
    listed = _price(company, plan, product, currency, at, tiers)
    company.emit(listed)
    embedded = {name: value for name, value in listed.items() if name != "tiers"}
    old_style = plan_beside(embedded)
    company.emit(old_style | {name: listed[name] for name in ("tiers",) if name in listed})
    return Offer(
        key=plan.key,
        product=product,
        product_name=plan.product,
        id=listed["id"],
        currency=currency,
        interval=plan.interval,
        interval_count=plan.interval_count,
        pricing=Pricing(
            currency=currency,
            unit=Fraction(_scaled(plan.cents, currency)),
            tiers=tiers,
            tiers_mode=plan.tiers_mode,
            divide_by=plan.divide_by,
        ),
        metered=plan.metered,
        price=embedded,
        plan=old_style,
    )


def _scaled(cents: int, currency: Currency) -> int:
    return price(cents, currency) if cents else 0


def _price(
    company: Company,
    plan: _Plan,
    product: str,
    currency: Currency,
    at: int,
    tiers: tuple[Tier, ...],
) -> Json:
    fields: Json = {
        "active": plan.active,
        "lookup_key": f"{plan.key}_{currency}",
        "nickname": plan.key.replace("_", " ").capitalize(),
        "recurring": part(
            "recurring",
            interval=plan.interval,
            interval_count=plan.interval_count,
            meter=company.ids.new("mtr_test", at) if plan.metered else None,
            trial_period_days=plan.trial_days,
            usage_type="metered" if plan.metered else "licensed",
        ),
    }
    if tiers:
        fields |= {"billing_scheme": "tiered", "tiers_mode": plan.tiers_mode}
        fields["tiers"] = [_tier(tier) for tier in tiers]
    else:
        amount = _scaled(plan.cents, currency)
        fields |= {"unit_amount": amount, "unit_amount_decimal": str(amount)}
    if plan.divide_by:
        fields["transform_quantity"] = part(
            "transform_quantity", divide_by=plan.divide_by, round="up"
        )
    return build(
        "price",
        id=company.ids.new("price", at),
        created=at,
        currency=currency.value,
        product=product,
        **fields,
    )


def _tier(tier: Tier) -> Json:
    return part(
        "tier",
        up_to=tier.up_to,
        unit_amount=int(tier.unit),
        unit_amount_decimal=str(tier.unit),
        flat_amount=int(tier.flat) or None,
        flat_amount_decimal=str(tier.flat) if tier.flat else None,
    )
