"""The lives of subscriptions: drawn at random, and a script that leaves none of them out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from random import Random


class Turn(Enum):
    """What a customer does within one billing period."""

    CANCEL_NOW = auto()
    CANCEL_AT_PERIOD_END = auto()
    LEAVE = auto()
    MORE_SEATS = auto()
    FEWER_SEATS = auto()
    SWITCH_PLAN = auto()
    PAUSE_VOID = auto()
    PAUSE_DRAFT = auto()
    PAUSE_UNCOLLECTIBLE = auto()


class Payment(Enum):
    """How the invoice of one period is paid."""

    AT_ONCE = auto()
    RECOVERED = auto()
    LOST_CANCELED = auto()
    LOST_UNPAID = auto()
    LOST_PAST_DUE = auto()
    BEFORE_DUE = auto()
    AFTER_DUE = auto()
    NOT_YET = auto()
    WRITTEN_OFF = auto()
    VOIDED = auto()
    NEVER_STARTED = auto()


@dataclass(frozen=True, slots=True)
class Career:
    """A subscription's life: what is bought, and what happens in which of its periods.

    Periods count from 0; a trial is period 0. A scripted career runs smoothly where it says
    nothing; other careers draw their turns and payments.
    """

    offer: str
    country: str | None = None
    quantity: int = 1
    addon: str | None = None
    coupon: str | None = None
    trial_days: int = 0
    sends_invoice: bool = False
    bank_debit: bool = False
    no_card: bool = False
    scripted: bool = False
    turns: Mapping[int, Turn] = field(default_factory=dict)
    payments: Mapping[int, Payment] = field(default_factory=dict)

    @property
    def leaves(self) -> bool:
        """Whether the customer is deleted in the end, and the subscription with them."""
        return Turn.LEAVE in self.turns.values()


_act = partial(Career, scripted=True)

#: Days before now at which each of these subscriptions begins.
CAREERS: tuple[tuple[float, Career], ...] = (
    (700, _act("studio_month", coupon="LOYAL12")),
    (690, _act("team_year", quantity=8)),
    (655, _act("studio_legacy", country="JP")),
    (640, _act("studio_month", country="DE", bank_debit=True)),
    (610, _act("box_week", country="GB", turns={30: Turn.CANCEL_AT_PERIOD_END})),
    (600, _act("team_month", quantity=3, turns={4: Turn.MORE_SEATS, 9: Turn.FEWER_SEATS})),
    (570, _act("studio_month", country="FR", turns={6: Turn.LEAVE})),
    (560, _act("studio_month", turns={5: Turn.SWITCH_PLAN})),
    (540, _act("kiln_metered", country="US")),
    (520, _act("storage_graduated", quantity=64, country="FR")),
    (500, _act("shelf_volume", quantity=14)),
    (480, _act("message_packs", quantity=2_500)),
    (470, _act("magazine_quarter", country="US")),
    (460, _act("studio_month", payments={3: Payment.RECOVERED, 8: Payment.LOST_CANCELED})),
    (430, _act("team_month", quantity=5, payments={6: Payment.LOST_UNPAID})),
    (425, _act("studio_month", payments={9: Payment.LOST_PAST_DUE})),
    (410, _act("community_free")),
    (400, _act("studio_month", coupon="FRIENDS100")),
    (390, _act("studio_year", country="KW")),
    (380, _act("studio_month", coupon="WELCOME20", turns={3: Turn.CANCEL_NOW})),
    (370, _act("studio_month", coupon="SPRING25", country="GB")),
    (350, _act("team_month", quantity=4, coupon="TEAM15", trial_days=14)),
    (345, _act("team_month", quantity=3, coupon="EARLYBIRD")),
    (340, _act("studio_month", coupon="ZEHN", country="DE")),
    (330, _act("team_month", quantity=2, trial_days=14, turns={0: Turn.CANCEL_NOW})),
    (325, _act("studio_month", addon="storage_graduated", coupon="LOYAL12")),
    (322, _act("team_month", quantity=4, addon="kiln_metered", country="DE")),
    (320, _act("studio_month", turns={4: Turn.PAUSE_VOID})),
    (310, _act("studio_month", payments={0: Payment.NEVER_STARTED})),
    (300, _act("studio_month", country="US", sends_invoice=True, payments={2: Payment.AFTER_DUE})),
    (290, _act("team_year", quantity=20, country="DE", sends_invoice=True)),
    (280, _act("studio_month", country="KW", coupon="WELCOME20")),
    (150, _act("studio_month", turns={3: Turn.PAUSE_UNCOLLECTIBLE})),
    (130, _act("team_month", country="US", sends_invoice=True, payments={1: Payment.WRITTEN_OFF})),
    (125, _act("studio_month", country="GB", sends_invoice=True, payments={2: Payment.VOIDED})),
    (118, _act("box_week", coupon="SUMMER30")),
    (115, _act("studio_month", coupon="FIVEOFF", country="US")),
    (108, _act("team_month", quantity=6, turns={3: Turn.MORE_SEATS})),
    (105, _act("studio_month", turns={3: Turn.CANCEL_AT_PERIOD_END})),
    (100, _act("studio_month", country="US", sends_invoice=True, payments={2: Payment.NOT_YET})),
    (95, _act("team_month", quantity=9, payments={3: Payment.LOST_PAST_DUE})),
    (70, _act("studio_month", turns={1: Turn.PAUSE_DRAFT})),
    (66, _act("studio_month", turns={1: Turn.PAUSE_VOID})),
    (62, _act("team_month", quantity=2, trial_days=14, no_card=True)),
    (44, _act("studio_month", turns={1: Turn.LEAVE})),
    (40, _act("studio_month", country="US", sends_invoice=True, payments={1: Payment.NOT_YET})),
    (35, _act("studio_month", payments={1: Payment.RECOVERED})),
    (33, _act("studio_month", country="FR", bank_debit=True)),
    (32, _act("studio_month", payments={1: Payment.LOST_CANCELED})),
    (25, _act("box_week", coupon="LOYAL12")),
    (21, _act("team_month", quantity=7, turns={0: Turn.MORE_SEATS})),
    (12, _act("team_month", quantity=3, trial_days=30)),
    (9, _act("team_month", quantity=1, trial_days=14, coupon="SPRING25")),
    (8, _act("studio_month", payments={0: Payment.NEVER_STARTED})),
    (13, _act("studio_month", turns={0: Turn.CANCEL_NOW})),
    (3, _act("studio_month", country="DE", bank_debit=True)),
    (0.4, _act("studio_month", payments={0: Payment.NEVER_STARTED})),
)

_OFFERS = {
    "studio_month": 34,
    "studio_year": 10,
    "team_month": 20,
    "team_year": 6,
    "box_week": 7,
    "magazine_quarter": 5,
    "kiln_metered": 5,
    "storage_graduated": 4,
    "shelf_volume": 3,
    "message_packs": 3,
    "community_free": 3,
}
_OFFER_LIST, _OFFER_SHARES = tuple(_OFFERS), tuple(_OFFERS.values())
_COUPON_LIST = (None,) * 15 + ("WELCOME20", "SPRING25", "LOYAL12", "TEAM15")
_TURNS = {
    Turn.CANCEL_NOW: 10,
    Turn.CANCEL_AT_PERIOD_END: 20,
    Turn.MORE_SEATS: 12,
    Turn.FEWER_SEATS: 6,
    Turn.SWITCH_PLAN: 6,
    Turn.PAUSE_VOID: 3,
    Turn.PAUSE_DRAFT: 1,
}
_TURN_LIST, _TURN_SHARES = tuple(_TURNS), tuple(_TURNS.values())
_RESTLESS = {"week": 0.04, "month": 0.075, "year": 0.4}
_QUANTITIES = {"storage_graduated": 120, "shelf_volume": 30, "message_packs": 9_000}


def draw_career(dice: Random) -> Career:
    """Return the life of an ordinary subscription, its turns and payments still to be drawn."""
    offer = dice.choices(_OFFER_LIST, _OFFER_SHARES)[0]
    sends_invoice = dice.random() < 0.06
    return Career(
        offer,
        quantity=_quantity(offer, dice),
        coupon=dice.choice(_COUPON_LIST),
        trial_days=14 if offer == "team_month" and dice.random() < 0.6 else 0,
        sends_invoice=sends_invoice,
        addon="storage_graduated" if offer == "studio_month" and dice.random() < 0.1 else None,
    )


def draw_turn(dice: Random, interval: str) -> Turn | None:
    """Return what the customer does in one period of ``interval``: mostly nothing."""
    if dice.random() > _RESTLESS[interval]:
        return None
    return dice.choices(_TURN_LIST, _TURN_SHARES)[0]


def draw_payment(dice: Random, *, sends_invoice: bool) -> Payment:
    """Return how an ordinary invoice is paid: mostly at once, or before it is due."""
    luck = dice.random()
    if sends_invoice:
        return _draw_sent(luck)
    if luck < 0.935:
        return Payment.AT_ONCE
    if luck < 0.98:
        return Payment.RECOVERED
    return Payment.LOST_CANCELED if luck < 0.996 else Payment.LOST_UNPAID


def _draw_sent(luck: float) -> Payment:
    if luck < 0.7:
        return Payment.BEFORE_DUE
    if luck < 0.93:
        return Payment.AFTER_DUE
    if luck < 0.96:
        return Payment.NOT_YET
    return Payment.WRITTEN_OFF if luck < 0.985 else Payment.VOIDED


def _quantity(offer: str, dice: Random) -> int:
    if offer.startswith("team"):
        return int(dice.expovariate(1 / 4)) + 1
    return dice.randrange(1, _QUANTITIES[offer]) if offer in _QUANTITIES else 1
