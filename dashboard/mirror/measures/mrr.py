"""Monthly recurring revenue of one subscription at one moment: pure functions, exact fractions.

Definitions: docs/metrics.md, "MRR in detail", after
https://docs.stripe.com/billing/subscriptions/analytics/glossary
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from dashboard.core import money
from dashboard.mirror.measures.terms import Discount, Duration, Item, Price, Terms


class DiscountRule(StrEnum):
    """Which discounts lower MRR."""

    NONE = "none"
    FOREVER = "forever"
    RECURRING = "recurring"
    ALL = "all"

    def counts(self, discount: Discount) -> bool:
        """Whether a discount in force lowers MRR under this rule."""
        return discount.duration in LOWERING[self]


LOWERING: dict[DiscountRule, frozenset[Duration]] = {
    DiscountRule.NONE: frozenset(),
    DiscountRule.FOREVER: frozenset((Duration.FOREVER,)),
    DiscountRule.RECURRING: frozenset((Duration.FOREVER, Duration.REPEATING)),
    DiscountRule.ALL: frozenset(Duration),
}


class ChurnTiming(StrEnum):
    """When a subscription that is going to be canceled leaves MRR: when it ends, or when asked."""

    ENDED = "ended"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Rules:
    """The account's choices among the ways to count MRR."""

    discounts: DiscountRule = DiscountRule.RECURRING
    churn: ChurnTiming = ChurnTiming.ENDED


DEFAULT = Rules()
COUNTING = frozenset(("active", "past_due"))
MONTHS_IN_A_YEAR = 12
TIMES_A_MONTH = {
    "month": Fraction(1),
    "year": Fraction(1, MONTHS_IN_A_YEAR),
    "week": Fraction(52, MONTHS_IN_A_YEAR),
    "day": Fraction(365, MONTHS_IN_A_YEAR),
}
"""How often an interval falls into a month: 52 weeks and 365 days a year."""
PERCENT = 100


def monthly_minor(terms: Terms, at: int, rules: Rules = DEFAULT) -> int:
    """Return the subscription's MRR at ``at`` in minor units, rounded once, half away from zero."""
    return money.rounded(monthly(terms, at, rules)) if counts(terms, at, rules) else 0


def counts(terms: Terms, at: int, rules: Rules = DEFAULT) -> bool:
    """Whether the subscription counts at ``at``, whatever its amount."""
    if terms.status not in COUNTING or (terms.ended_at is not None and terms.ended_at <= at):
        return False
    if terms.paused and (terms.resumes_at is None or at < terms.resumes_at):
        return False
    return rules.churn is ChurnTiming.ENDED or not _asked_to_leave(terms, at)


def _asked_to_leave(terms: Terms, at: int) -> bool:
    return terms.cancels and (terms.canceled_at is None or terms.canceled_at <= at)


def monthly(terms: Terms, at: int, rules: Rules = DEFAULT) -> Fraction:
    """Return the exact monthly amount of all licensed items after discounts, without tax.

    Item discounts come first, then the subscription's in list order, each on what is left; a
    customer's discount counts only when none of the subscription is in force.
    """
    running = [monthly_item(item) for item in terms.items]
    for index, item in enumerate(terms.items):
        for discount in item.discounts:
            if discount.in_force(at) and rules.discounts.counts(discount):
                _take_off(discount, terms, running, [index])
    shared = [discount for discount in terms.discounts if discount.in_force(at)]
    for discount in shared or [d for d in terms.customer_discounts if d.in_force(at)]:
        if rules.discounts.counts(discount):
            _take_off(discount, terms, running, range(len(running)))
    return sum(running, Fraction(0))


def monthly_item(item: Item) -> Fraction:
    """Return an item's exact monthly amount before discounts, without inclusive tax."""
    if item.price.metered:
        return Fraction(0)
    amount = amount_of_period(item.price, item.quantity) * times_a_month(item.price)
    return amount / (1 + item.inclusive_percent / PERCENT)


def times_a_month(price: Price) -> Fraction:
    """Return how often the price is due in a month; 0 for what does not recur."""
    return TIMES_A_MONTH.get(price.interval, Fraction(0)) / price.interval_count


def amount_of_period(price: Price, quantity: int) -> Fraction:
    """Return what ``quantity`` units cost for one period, in minor units."""
    units = _packages(price, quantity)
    if not price.tiers:
        return units * price.unit
    return _graduated(price, units) if price.graduated else _by_volume(price, units)


def _packages(price: Price, quantity: int) -> int:
    whole, rest = divmod(quantity, price.divide_by)
    return whole + 1 if rest and price.round_up else whole


def _by_volume(price: Price, units: int) -> Fraction:
    """All units at the tier that contains them, and its flat amount."""
    for tier in price.tiers:
        if tier.up_to is None or units <= tier.up_to:
            return units * tier.unit + tier.flat
    last = price.tiers[-1]
    return units * last.unit + last.flat


def _graduated(price: Price, units: int) -> Fraction:
    """Each tier's units at its price, and the flat amount of every tier reached."""
    total, counted = Fraction(0), 0
    for tier in price.tiers:
        upto = units if tier.up_to is None else min(units, tier.up_to)
        total += (upto - counted) * tier.unit + tier.flat
        counted = upto
        if counted >= units:
            break
    return total


def _take_off(
    discount: Discount, terms: Terms, running: list[Fraction], indexes: Sequence[int]
) -> None:
    """Lower the running amounts of the items that the discount applies to."""
    eligible = [
        index
        for index in indexes
        if running[index] > 0
        and (not discount.products or terms.items[index].price.product in discount.products)
    ]
    if discount.percent is not None:
        for index in eligible:
            running[index] *= max(1 - discount.percent / PERCENT, Fraction(0))
    elif discount.amount is not None and discount.currency in (None, terms.currency):
        _spread(discount.amount, terms, running, eligible)


def _spread(
    amount: Fraction, terms: Terms, running: list[Fraction], eligible: Sequence[int]
) -> None:
    """Take an amount off each invoice of the shortest interval, in proportion, never below 0."""
    if not eligible:
        return
    often = {index: times_a_month(terms.items[index].price) for index in eligible}
    most = max(often.values())
    shortest = [index for index in eligible if often[index] == most]
    total = sum((running[index] for index in shortest), Fraction(0))
    left = max(1 - amount * most / total, Fraction(0))
    for index in shortest:
        running[index] *= left
