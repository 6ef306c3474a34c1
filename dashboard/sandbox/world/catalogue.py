"""What the company sells: goods for once, and their prices in every currency."""

from dataclasses import dataclass

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.tariff import Currency, price

#: Goods with their price in US cents; some names are there to be survived.
_GOODS = (
    ("Ceramic mug", 1_400),
    ("Linen notebook", 1_950),
    ("Brass desk lamp", 8_900),
    ("Walnut stool", 14_500),
    ("Wool blanket, 140 by 200 cm", 11_900),
    ("Gift card", 5_000),
    ("Café au lait bowl ☕", 2_200),
    ("お茶セット", 3_900),
    ("Tote bag “Ampers&nd”", 1_200),
    ("Workshop: wheel throwing <beginners>", 18_500),
    ("Poster ½ price", 900),
    ("Office chair", 42_000),
    ("Consulting, one day", 120_000),
    ("Sticker", 300),
)
#: What was put on the shelf lately, and how many days before now.
_NOVELTY, _NOVELTY_DAYS_AGO = ("Autumn glaze set 🍂", 6_400), 12

#: When products were made by mistake, in days before now; they were deleted within the hour.
_MISTAKES_DAYS_AGO = (400, 15)
_NOTICED_AFTER = 40 * 60

_DESCRIPTIONS_TO_SURVIVE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example","Refund")',
    "+49 151 00000000; order, with; separators\tand\ttabs",
)
_SURVIVE_EVERY = 211
_RETIRED_CENTS = 1_200


@dataclass(frozen=True, slots=True)
class Article:
    """One thing for sale: its product id, its name, and its price in each currency."""

    product: str
    name: str
    prices: dict[Currency, int]


class Goods:
    """The shop's shelf of things that are sold once."""

    def __init__(self, company: Company) -> None:
        """Put the goods on the shelf of ``company``, with a product and a price object for each."""
        self._company = company
        self._dice = company.dice("goods")
        self._sold = 0
        self._articles = [
            self._shelve(name, cents, company.opened_at + index * 37)
            for index, (name, cents) in enumerate(_GOODS)
        ]
        self._novelty_at = company.days_ago(_NOVELTY_DAYS_AGO)
        for days in _MISTAKES_DAYS_AGO:
            self._take_back(company.days_ago(days))

    def pick(self, currency: Currency, at: int) -> tuple[int, str]:
        """Return what is taken at ``at``: its amount in ``currency`` and its description."""
        self._sold += 1
        if self._novelty_at <= at and len(self._articles) == len(_GOODS):
            self._articles.append(self._shelve(*_NOVELTY, self._novelty_at))
        article = self._dice.choice(self._articles)
        quantity = 1 if self._dice.random() < 0.8 else self._dice.randrange(2, 6)
        amount = article.prices[currency] * quantity
        if self._sold % _SURVIVE_EVERY == 7:
            index = self._sold // _SURVIVE_EVERY % len(_DESCRIPTIONS_TO_SURVIVE)
            return amount, _DESCRIPTIONS_TO_SURVIVE[index]
        return amount, article.name if quantity == 1 else f"{quantity} x {article.name}"

    def _shelve(self, name: str, cents: int, at: int) -> Article:
        company = self._company
        product = company.ids.new("prod", at)
        prices = {currency: price(cents, currency) for currency in Currency}
        objects = [_once(company, product, amount, at, code) for code, amount in prices.items()]
        good = _good(product, name, objects[0]["id"], at, active=cents != _RETIRED_CENTS)
        for written in (good, *objects):
            company.emit(written)
            company.events.record(f"{written['object']}.created", at, written)
        return Article(product, name, prices)

    def _take_back(self, at: int) -> None:
        """Make a product at ``at`` that never gets a price, and delete it soon after."""
        company = self._company
        mistake = _good(company.ids.new("prod", at), "Untitled product", None, at, active=False)
        company.events.record("product.created", at, mistake | {"active": True})
        company.discard(mistake, at + _NOTICED_AFTER)


def _good(product: str, name: str, default_price: str | None, at: int, *, active: bool) -> Json:
    return build(
        "product",
        id=product,
        created=at,
        updated=at + 3 * DAY_SECONDS,
        name=name,
        active=active,
        default_price=default_price,
        description=f"{name}, made to last.",
        shippable=True,
        type="good",
    )


def _once(company: Company, product: str, amount: int, at: int, currency: Currency) -> Json:
    return build(
        "price",
        id=company.ids.new("price", at),
        created=at,
        currency=currency.value,
        product=product,
        type="one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
