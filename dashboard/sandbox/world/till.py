"""The till: takes one order through its attempts to its end."""

from random import Random

from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world.captures import Captures
from dashboard.sandbox.world.charges import Charges
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.debits import Debits
from dashboard.sandbox.world.declines import BLOCK, BLOCK_AFTER_APPROVAL, Decline, draw_decline
from dashboard.sandbox.world.intents import Intents
from dashboard.sandbox.world.orders import Order
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.stories import Fate, Scene, Story

_REFUSED_DEBITS = 0.04
_CANCELLATIONS = ("abandoned", "requested_by_customer", "duplicate", None)


class Till:
    """Takes payments for the sales and the invoices of one company."""

    def __init__(self, company: Company) -> None:
        """Take payments for ``company``."""
        self._company = company
        self._dice: Random = company.dice("till")
        self._charges = Charges(company)
        self._intents = Intents(company)
        self._debits = Debits(company, self._charges, self._intents)
        self._captures = Captures(company, self._charges, self._intents)

    def settle(self, order: Order, fate: Fate, story: Story) -> None:
        """Let ``order`` meet its ``fate`` and write all objects of it."""
        match fate:
            case Fate.SUCCEEDS:
                self.succeed(order, order.at, story)
            case Fate.SUCCEEDS_AFTER_DECLINES:
                self._succeed_after_declines(order, story)
            case Fate.DECLINED | Fate.BLOCKED | Fate.BLOCKED_AFTER_APPROVAL:
                self.refuse(order, [order.at], self._refusal(fate))
            case Fate.ABANDONED:
                self.wait(order)
            case Fate.AWAITS_ACTION:
                self._intents.write(order, "requires_action", next_action=_ask_bank())
            case Fate.CANCELED:
                self._cancel(order)
            case Fate.WITHOUT_INTENT:
                order.has_intent = False
                self._charges.take(order, order.at, story)
            case _:
                self._captures.authorise(order, fate, story)

    def play(self, order: Order, scene: Scene) -> None:
        """Let ``order`` go as ``scene`` prescribes."""
        if order.instrument.settles_later:
            self._debits.collect(order, scene.story, refused=scene.bank_refuses)
        else:
            self.settle(order, scene.fate, scene.story)

    def succeed(self, order: Order, at: int, story: Story) -> Json:
        """Pay ``order`` at ``at``, as far as its instrument pays at once. Return the intent."""
        if order.instrument.settles_later:
            refused = self._dice.random() < _REFUSED_DEBITS
            return self._debits.collect(order, story, refused=refused)
        return self._intents.paid(order, self._charges.take(order, at, story), at)

    def refuse(self, order: Order, attempts: list[int], decline: Decline) -> Json:
        """Decline ``order`` at each of ``attempts``, of which one at least. Return the intent."""
        charges = [self._decline(order, at, decline) for at in attempts]
        return self._intents.refused(order, charges[-1], decline)

    def decline(self, order: Order, at: int) -> str:
        """Write one failed attempt of ``order`` at ``at``; the intent is written later."""
        return self._decline(order, at, draw_decline(self._dice))

    def debit(self, order: Order, story: Story) -> Json:
        """Debit a bank account that pays in the end. Return the intent."""
        return self._debits.collect(order, story, refused=False)

    def wait(self, order: Order) -> Json:
        """Leave ``order`` to be paid later and return its open intent."""
        return self._intents.write(order, "requires_payment_method", payment_method=None)

    def void(self, order: Order, at: int, charge: str | None = None) -> Json:
        """Cancel ``order``, whose last attempt was ``charge``, with its invoice at ``at``."""
        return self._intents.canceled(
            order, at, "void_invoice", payment_method=None, latest_charge=charge
        )

    def draw_decline(self) -> Decline:
        """Return a reason for which an issuer declines."""
        return draw_decline(self._dice)

    def _decline(self, order: Order, at: int, decline: Decline) -> str:
        charge = self._charges.decline(order, at, decline)
        self._intents.tell_refused(order, at, charge, decline)
        return charge

    def _refusal(self, fate: Fate) -> Decline:
        if fate is Fate.DECLINED:
            return draw_decline(self._dice)
        return BLOCK if fate is Fate.BLOCKED else BLOCK_AFTER_APPROVAL

    def _succeed_after_declines(self, order: Order, story: Story) -> None:
        at = order.at
        for _ in range(self._dice.choice((1, 1, 1, 2, 3))):
            decline = draw_decline(self._dice)
            charge = self._decline(order, at, decline)
            at += self._dice.randrange(20, 900)
            if at > self._company.now:
                self._intents.refused(order, charge, decline)
                return
        self.succeed(order, at, story)

    def _cancel(self, order: Order) -> None:
        at = order.at + self._dice.randrange(600, DAY_SECONDS)
        if at > self._company.now:
            self.wait(order)
        else:
            reason = self._dice.choice(_CANCELLATIONS)
            self._intents.canceled(order, at, reason, payment_method=None)


def _ask_bank() -> Json:
    url = "https://hooks.stripe.com/3d_secure_2/hosted?merchant=acct_practice"
    return {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": url}}
