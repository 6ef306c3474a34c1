"""The overview's figures as cards: value, change against the period before, and its rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import url_for

from dashboard.core.money import written
from dashboard.features.overview.forms import View
from dashboard.mirror.kinds.dispute import OPEN
from dashboard.mirror.measures.flow import GROSS, Volume
from dashboard.mirror.measures.mrr import COUNTING
from dashboard.mirror.measures.overview import Overview, Pair
from dashboard.mirror.payments import SUCCESSFUL


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved; see templates/ui/README.md."""

    direction: str
    text: str
    tone: str
    against: str


@dataclass(frozen=True, slots=True)
class Card:
    """One figure of the first page; ``href`` leads to the rows that sum to it."""

    label: str
    value: str
    change: Change | None
    href: str
    spark: Sequence[int] = ()
    note: str = ""


def cards(figures: Overview, view: View, flows: Sequence[Volume]) -> list[Card]:
    """Return the six cards of the page, money in the currency of the view."""
    days: dict[str, Any] = {
        "created_from": view.period.start.isoformat(),
        "created_to": view.period.end.isoformat(),
    }
    return [
        *_volume_cards(figures, view, flows, days),
        Card(
            "Successful payments",
            _count(figures.successful_payments.now),
            change(figures.successful_payments, view, _count),
            url_for("payments.index", status=SUCCESSFUL, **days),
            [flow.payments for flow in flows],
        ),
        Card(
            "New customers",
            _count(figures.new_customers.now),
            change(figures.new_customers, view, _count),
            url_for("customers.index", **days),
        ),
        _recurring_card(figures, view),
        Card(
            "Open disputes",
            _count(figures.open_disputes),
            change(figures.opened_disputes, view, _count, good="down"),
            url_for("disputes.index", status=OPEN),
            note=f"{figures.opened_disputes.now:,} opened in this period",
        ),
    ]


def _volume_cards(
    figures: Overview, view: View, flows: Sequence[Volume], days: dict[str, Any]
) -> Iterator[Card]:
    pair = figures.volume.get(view.currency) or Pair(Volume(), Volume())
    gross, net = Pair(pair.now.gross, pair.before.gross), Pair(pair.now.net, pair.before.net)
    amount = _money(view.currency)
    rows = url_for("balance.index", category=sorted(GROSS), currency=view.currency, **days)
    spark = [flow.gross for flow in flows]
    yield Card("Gross volume", amount(gross.now), change(gross, view, amount), rows, spark)
    rows = url_for("balance.summary", **days)
    spark = [flow.net for flow in flows]
    yield Card("Net volume", amount(net.now), change(net, view, amount), rows, spark)


def _recurring_card(figures: Overview, view: View) -> Card:
    pair = Pair(
        figures.mrr.now.by_currency.get(view.currency, 0),
        figures.mrr.before.by_currency.get(view.currency, 0),
    )
    amount = _money(view.currency)
    rows = url_for("subscriptions.index", status=sorted(COUNTING), currency=view.currency)
    note = "rebuilt in part" if figures.mrr.before.approximate else ""
    return Card("MRR", amount(pair.now), change(pair, view, amount), rows, note=note)


def change(
    pair: Pair[int], view: View, words: Callable[[int], str], *, good: str = "up"
) -> Change | None:
    """Return how a figure moved against the period before; ``None`` when both are nothing."""
    if not pair.now and not pair.before:
        return None
    against = f"vs. {words(pair.before)} the {view.period.days} days before"
    if pair.now == pair.before:
        return Change("flat", "0%", "neutral", against)
    direction = "up" if pair.now > pair.before else "down"
    tone = "good" if direction == good else "bad"
    if pair.before <= 0:
        return Change(direction, "new" if pair.now > 0 else words(pair.now), tone, against)
    return Change(direction, _percent(pair), tone, against)


def _percent(pair: Pair[int]) -> str:
    """Return the size of a change as a share of what was, one decimal."""
    share = abs(Decimal(pair.now - pair.before) / pair.before).scaleb(2)
    return f"{share.quantize(Decimal('0.1'), ROUND_HALF_UP):,}%"


def _count(number: int) -> str:
    return f"{number:,}"


def _money(currency: str) -> Callable[[int], str]:
    return lambda amount_minor: written(amount_minor, currency)
