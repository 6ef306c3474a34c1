"""What a subscription says that decides its monthly amount, read from any API version."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeAlias

from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import decimal, dig, members, moment, number, ref, text


class Duration(StrEnum):
    """How long a coupon lasts."""

    FOREVER = "forever"
    REPEATING = "repeating"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Tier:
    """A price of units until ``up_to`` inclusive (``None``: without end), in minor units."""

    up_to: int | None
    unit: Fraction
    flat: Fraction


@dataclass(frozen=True, slots=True)
class Price:
    """What one period of an item costs, in minor units."""

    unit: Fraction
    interval: str
    interval_count: int
    metered: bool
    product: str | None
    tiers: tuple[Tier, ...] = ()
    graduated: bool = False
    divide_by: int = 1
    round_up: bool = False


@dataclass(frozen=True, slots=True)
class Discount:
    """Something taken off from ``start`` until before ``end`` (UTC seconds).

    Either ``percent`` or ``amount`` (minor units an invoice) is set. ``products`` limits it where
    it is not empty. A once-discount ends with the period that it falls in.
    """

    duration: Duration
    percent: Fraction | None
    amount: Fraction | None
    currency: str | None
    products: frozenset[str]
    start: int
    end: int | None

    def in_force(self, at: int) -> bool:
        """Whether it is taken off at the moment ``at``."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Item:
    """A price, how many of it, and what is taken off and in it."""

    price: Price
    quantity: int
    discounts: tuple[Discount, ...]
    inclusive_percent: Fraction


@dataclass(frozen=True, slots=True)
class Terms:
    """A subscription as it stood from one moment on; times in UTC seconds."""

    status: str
    customer: str | None
    currency: str
    items: tuple[Item, ...]
    discounts: tuple[Discount, ...]
    customer_discounts: tuple[Discount, ...]
    cancels: bool
    canceled_at: int | None
    ended_at: int | None
    paused: bool
    resumes_at: int | None
    start: int
    trial_end: int | None
    period_start: int | None


Lookup: TypeAlias = Callable[[str], Raw | None]


@dataclass(frozen=True, slots=True)
class Library:
    """Finds what Stripe names by id only where it was not expanded."""

    price: Lookup
    coupon: Lookup
    discount: Lookup
    customer_discount: Lookup


def _nothing(_id: str) -> Raw | None:
    return None


NO_LIBRARY = Library(_nothing, _nothing, _nothing, _nothing)
PAUSES_THAT_STOP = frozenset(("void", "mark_uncollectible"))
"""``keep_as_draft`` only delays collection."""


def read(raw: Raw, library: Library = NO_LIBRARY) -> Terms:
    """Return the terms of a subscription object; what is missing is taken as not agreed."""
    items = list(members(raw.get("items"))) or ([raw] if raw.get("plan") else [])
    currency = text(raw.get("currency")) or _currency_of(items)
    period = _Period.of(raw, items)
    customer = ref(raw.get("customer"))
    return Terms(
        status=text(raw.get("status")) or "",
        customer=customer,
        currency=currency,
        items=tuple(_item(item, raw, period, currency, library) for item in items),
        discounts=tuple(_discounts(_listed(raw), period, library)),
        customer_discounts=tuple(_of_customer(raw, period, library)),
        cancels=raw.get("cancel_at_period_end") is True or moment(raw.get("cancel_at")) is not None,
        canceled_at=moment(raw.get("canceled_at")),
        ended_at=moment(raw.get("ended_at")),
        paused=text(dig(raw, "pause_collection", "behavior")) in PAUSES_THAT_STOP,
        resumes_at=moment(dig(raw, "pause_collection", "resumes_at")),
        start=moment(raw.get("start_date"))
        or moment(raw.get("start"))
        or moment(raw.get("created"))
        or 0,
        trial_end=moment(raw.get("trial_end")),
        period_start=period.start,
    )


@dataclass(frozen=True, slots=True)
class _Period:
    """The running period: on the items since 2025-03-31, on the subscription before."""

    start: int | None
    end: int | None

    @classmethod
    def of(cls, raw: Raw, items: list[Raw]) -> "_Period":
        for holder in (raw, *items):
            start = moment(holder.get("current_period_start"))
            end = moment(holder.get("current_period_end"))
            if start is not None or end is not None:
                return cls(start, end)
        return cls(None, None)


def _currency_of(items: list[Raw]) -> str:
    found = (text(dig(item, key, "currency")) for item in items for key in ("price", "plan"))
    return next((currency for currency in found if currency), "")


def _item(raw: Raw, subscription: Raw, period: _Period, currency: str, library: Library) -> Item:
    own = _Period.of(raw, [])
    rates = raw.get("tax_rates") or subscription.get("default_tax_rates")
    quantity = number(raw.get("quantity"))
    return Item(
        price=_price(raw.get("price") or raw.get("plan"), currency, library),
        quantity=1 if quantity is None else quantity,
        discounts=tuple(
            _discounts(raw.get("discounts"), own if own.end is not None else period, library)
        )
        if raw is not subscription
        else (),
        inclusive_percent=sum(
            (exact(rate.get("percentage")) for rate in members(rates) if rate.get("inclusive")),
            Fraction(0),
        ),
    )


def _price(given: Any, currency: str, library: Library) -> Price:
    """Read a price, or a plan of older versions; tiers may have to be looked up."""
    raw: Raw = given if isinstance(given, Mapping) else library.price(text(given) or "") or {}
    amounts = _in_currency(raw, currency)
    tiers = amounts.get("tiers")
    if raw.get("billing_scheme") == "tiered" and not tiers:
        known = library.price(ref(raw) or "") or {}
        tiers = _in_currency(known, currency).get("tiers")
    interval = dig(raw, "recurring", "interval") or raw.get("interval")
    count = number(dig(raw, "recurring", "interval_count")) or number(raw.get("interval_count"))
    usage = dig(raw, "recurring", "usage_type") or raw.get("usage_type")
    transform = raw.get("transform_quantity") or raw.get("transform_usage")
    return Price(
        unit=_amount(amounts, "unit_amount") or _amount(amounts, "amount"),
        interval=text(interval) or "",
        interval_count=max(count or 1, 1),
        metered=usage == "metered",
        product=ref(raw.get("product")),
        tiers=tuple(_tier(tier) for tier in members(tiers))
        if raw.get("billing_scheme") == "tiered"
        else (),
        graduated=raw.get("tiers_mode") == "graduated",
        divide_by=max(number(dig(transform, "divide_by")) or 1, 1),
        round_up=dig(transform, "round") == "up",
    )


def _in_currency(price: Raw, currency: str) -> Raw:
    """A price of several currencies has its amounts in the subscription's one elsewhere."""
    if not currency or price.get("currency") in (None, currency):
        return price
    option = dig(price, "currency_options", currency)
    return option if isinstance(option, Mapping) else price


def _tier(raw: Raw) -> Tier:
    return Tier(
        number(raw.get("up_to")),
        _amount(raw, "unit_amount") or _amount(raw, "amount"),
        _amount(raw, "flat_amount"),
    )


def _amount(raw: Raw, name: str) -> Fraction:
    """Return ``name_decimal`` where it is told, else ``name``, in minor units."""
    told = raw.get(f"{name}_decimal")
    return exact(told if told is not None else raw.get(name))


def exact(value: Any) -> Fraction:
    """Return a number that Stripe wrote as text or as JSON number; 0 for anything else."""
    try:
        return Fraction(decimal(value) or 0)
    except (ValueError, ZeroDivisionError):
        return Fraction(0)


def _listed(raw: Raw) -> Any:
    """Before ``discounts`` there was one ``discount``; for a while both told the same."""
    return raw.get("discounts") or [raw.get("discount")]


def _of_customer(raw: Raw, period: _Period, library: Library) -> Iterator[Discount]:
    customer = raw.get("customer")
    given = dig(customer, "discount") or library.customer_discount(ref(customer) or "")
    return _discounts([given], period, library)


def _discounts(listed: Any, period: _Period, library: Library) -> Iterator[Discount]:
    for given in listed if isinstance(listed, list) else ():
        raw = library.discount(given) if isinstance(given, str) else given
        if isinstance(raw, Mapping) and (found := _discount(raw, period, library)):
            yield found


def _discount(raw: Raw, period: _Period, library: Library) -> Discount | None:
    """Read a discount; its coupon has moved into ``source`` since 2025-09-30."""
    given = raw.get("coupon") or dig(raw, "source", "coupon")
    coupon = library.coupon(given) if isinstance(given, str) else given
    if not isinstance(coupon, Mapping):
        return None
    duration = text(coupon.get("duration")) or Duration.FOREVER
    if duration not in set(Duration):
        return None
    start, end = moment(raw.get("start")) or 0, moment(raw.get("end"))
    if duration == Duration.ONCE and end is None:
        end = _end_of_once(start, period)
    percent, amount = coupon.get("percent_off"), coupon.get("amount_off")
    products = dig(coupon, "applies_to", "products")
    return Discount(
        duration=Duration(duration),
        percent=None if percent is None else exact(percent),
        amount=None if amount is None else exact(amount),
        currency=text(coupon.get("currency")),
        products=frozenset(filter(None, map(ref, products if isinstance(products, list) else ()))),
        start=start,
        end=end,
    )


def _end_of_once(start: int, period: _Period) -> int | None:
    """Return the end of the period that contains ``start``; an earlier one is over already."""
    if period.start is not None and start < period.start:
        return period.start
    return period.end if period.end is not None and start < period.end else None
