"""The lives of payments: which are drawn at random, and a script that leaves none of them out."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from itertools import accumulate
from random import Random

from dashboard.sandbox.world.tariff import Method


class Fate(Enum):
    """How a payment intent ends."""

    SUCCEEDS = auto()
    SUCCEEDS_AFTER_DECLINES = auto()
    DECLINED = auto()
    BLOCKED = auto()
    BLOCKED_AFTER_APPROVAL = auto()
    ABANDONED = auto()
    AWAITS_ACTION = auto()
    CANCELED = auto()
    AWAITS_CAPTURE = auto()
    CAPTURED_LATER = auto()
    PARTLY_CAPTURED = auto()
    PARTLY_REVERSED = auto()
    RELEASED = auto()
    WITHOUT_INTENT = auto()


class Story(Enum):
    """What becomes of money that was taken."""

    KEPT = auto()
    REFUNDED = auto()
    PARTLY_REFUNDED = auto()
    REFUNDED_IN_PARTS = auto()
    REFUND_FAILED = auto()
    DISPUTED = auto()
    DISPUTE_WON = auto()
    DISPUTE_PARTLY_WON = auto()
    DISPUTE_LOST = auto()
    DISPUTE_DUE_SOON = auto()
    DISPUTE_OPEN = auto()
    DISPUTE_UNDER_REVIEW = auto()
    INQUIRY = auto()
    INQUIRY_DUE_SOON = auto()


_FATES = {
    Fate.SUCCEEDS: 8_640,
    Fate.SUCCEEDS_AFTER_DECLINES: 380,
    Fate.DECLINED: 420,
    Fate.BLOCKED: 80,
    Fate.BLOCKED_AFTER_APPROVAL: 20,
    Fate.ABANDONED: 190,
    Fate.AWAITS_ACTION: 40,
    Fate.CANCELED: 80,
    Fate.CAPTURED_LATER: 80,
    Fate.PARTLY_CAPTURED: 40,
    Fate.PARTLY_REVERSED: 10,
    Fate.RELEASED: 20,
    Fate.WITHOUT_INTENT: 20,
}
_STORIES = {
    Story.KEPT: 9_400,
    Story.REFUNDED: 300,
    Story.PARTLY_REFUNDED: 150,
    Story.REFUNDED_IN_PARTS: 40,
    Story.REFUND_FAILED: 20,
    Story.DISPUTED: 78,
    Story.INQUIRY: 12,
}
_FATE_LIST, _FATE_SHARES = tuple(_FATES), tuple(accumulate(_FATES.values()))
_STORY_LIST, _STORY_SHARES = tuple(_STORIES), tuple(accumulate(_STORIES.values()))


@dataclass(frozen=True, slots=True)
class Scene:
    """A life that must happen: to the first suitable sale from ``days_ago`` before now on."""

    days_ago: float
    fate: Fate = Fate.SUCCEEDS
    story: Story = Story.KEPT
    country: str | None = None
    method: Method | None = None
    bank_refuses: bool = False


_SCENES = (
    Scene(720, Fate.WITHOUT_INTENT),
    Scene(700, Fate.WITHOUT_INTENT, Story.REFUNDED),
    Scene(640, country="KW", story=Story.REFUNDED),
    Scene(600, story=Story.DISPUTE_WON),
    Scene(560, country="KW", story=Story.PARTLY_REFUNDED),
    Scene(520, story=Story.DISPUTE_LOST),
    Scene(510, country="JP", story=Story.PARTLY_REFUNDED),
    Scene(480, Fate.PARTLY_CAPTURED),
    Scene(450, story=Story.REFUND_FAILED),
    Scene(440, country="US", method=Method.BANK_TRANSFER),
    Scene(420, story=Story.INQUIRY),
    Scene(400, Fate.BLOCKED_AFTER_APPROVAL),
    Scene(380, story=Story.DISPUTE_PARTLY_WON),
    Scene(360, Fate.PARTLY_REVERSED),
    Scene(340, country="DE", method=Method.SEPA_DEBIT, bank_refuses=True),
    Scene(320, country="US", method=Method.US_BANK_ACCOUNT, bank_refuses=True),
    Scene(300, story=Story.REFUNDED_IN_PARTS),
    Scene(260, Fate.RELEASED),
    Scene(240, country="KW", story=Story.DISPUTE_LOST),
    Scene(120, story=Story.DISPUTE_WON, country="GB"),
    Scene(60, story=Story.REFUND_FAILED, country="DE", method=Method.SEPA_DEBIT),
    Scene(40, story=Story.DISPUTE_UNDER_REVIEW),
    Scene(28, story=Story.DISPUTE_DUE_SOON),
    Scene(26, story=Story.DISPUTE_OPEN, country="DE"),
    Scene(24, story=Story.DISPUTE_DUE_SOON, country="GB"),
    Scene(22, story=Story.INQUIRY_DUE_SOON),
    Scene(20, story=Story.REFUNDED),
    Scene(16, story=Story.PARTLY_REFUNDED),
    Scene(12, Fate.SUCCEEDS_AFTER_DECLINES),
    Scene(10, Fate.BLOCKED),
    Scene(9, story=Story.DISPUTE_OPEN),
    Scene(5, Fate.AWAITS_CAPTURE),
    Scene(4, Fate.AWAITS_ACTION),
    Scene(3.5, Fate.ABANDONED),
    Scene(3, Fate.AWAITS_CAPTURE),
    Scene(2.8, Fate.DECLINED),
    Scene(2.5, country="DE", method=Method.SEPA_DEBIT),
    Scene(2, country="US", method=Method.US_BANK_ACCOUNT),
    Scene(1.5, Fate.CANCELED),
)


class Script:
    """Hands out the scenes that must happen, each when its day has come."""

    def __init__(self, days_ago: Callable[[float], int]) -> None:
        """Prepare all scenes; ``days_ago`` turns their days into UTC seconds."""
        self._scenes = deque((days_ago(scene.days_ago), scene) for scene in _SCENES)

    def next_scene(self, at: int) -> Scene | None:
        """Return the scene that is due at ``at`` and was not given yet, if there is one."""
        if not self._scenes or self._scenes[0][0] > at:
            return None
        return self._scenes.popleft()[1]


def draw_fate(dice: Random) -> Fate:
    """Return how an ordinary intent ends: most succeed."""
    return dice.choices(_FATE_LIST, cum_weights=_FATE_SHARES)[0]


def draw_story(dice: Random) -> Story:
    """Return what becomes of ordinary money: most is kept."""
    return dice.choices(_STORY_LIST, cum_weights=_STORY_SHARES)[0]
