"""Payment intents: the objects in the state that their attempts left them in."""

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.declines import Decline
from dashboard.sandbox.world.instruments import payment_method_object
from dashboard.sandbox.world.orders import Order

#: What an intent was before its first attempt.
_BEGUN = {
    "status": "requires_payment_method",
    "latest_charge": None,
    "amount_capturable": 0,
    "amount_received": 0,
    "canceled_at": None,
    "cancellation_reason": None,
    "last_payment_error": None,
    "next_action": None,
}


class Intents:
    """Writes the payment intents of one company, one for each order."""

    def __init__(self, company: Company) -> None:
        """Write intents for ``company``."""
        self._company = company

    def paid(self, order: Order, charge: Json, at: int) -> Json:
        """Write and return the intent that ``charge`` paid at ``at``."""
        intent = self.write(
            order,
            "succeeded",
            amount_received=charge["amount_captured"],
            latest_charge=charge["id"],
        )
        self._company.events.record("payment_intent.succeeded", at, intent, sale=True)
        return intent

    def refused(self, order: Order, charge: str, decline: Decline) -> Json:
        """Write and return the intent whose last attempt, ``charge``, ended in ``decline``."""
        return self.write(order, "requires_payment_method", **_failure(order, charge, decline))

    def tell_refused(self, order: Order, at: int, charge: str, decline: Decline) -> None:
        """Write the event of an attempt, ``charge``, that ended in ``decline`` at ``at``."""
        events = self._company.events
        if at >= events.sales_since:
            failure = _failure(order, charge, decline)
            intent = self._object(order, "requires_payment_method", failure)
            events.record("payment_intent.payment_failed", at, intent, sale=True)

    def canceled(self, order: Order, at: int, reason: str | None, **fields: object) -> Json:
        """Write and return the intent that was canceled at ``at``."""
        intent = self.write(order, "canceled", canceled_at=at, cancellation_reason=reason, **fields)
        self._company.events.record("payment_intent.canceled", at, intent, sale=True)
        return intent

    def write(self, order: Order, status: str, **fields: object) -> Json:
        """Write and return the intent of ``order``, ``fields`` over what the order tells."""
        intent = self._object(order, status, fields)
        events = self._company.events
        if order.at >= events.sales_since:
            events.record("payment_intent.created", order.at, intent | _BEGUN, sale=True)
        self._company.emit(intent)
        return intent

    def _object(self, order: Order, status: str, fields: Json) -> Json:
        details: Json = {
            "amount_details": {"tip": {}},
            "capture_method": "manual" if order.manual_capture else "automatic_async",
            "client_secret": f"{order.intent}_secret_{order.intent[-12:]}",
            "customer": order.customer,
            "description": order.description,
            "metadata": order.metadata,
            "payment_method": order.instrument.id,
            "payment_method_types": [order.instrument.method.value],
            "receipt_email": order.email,
            "setup_future_usage": "off_session" if order.off_session else None,
        }
        details.update(fields)
        return build(
            "payment_intent",
            id=order.intent,
            created=order.at,
            amount=order.amount,
            currency=order.currency.value,
            status=status,
            **details,
        )


def _failure(order: Order, charge: str, decline: Decline) -> Json:
    payment_method = payment_method_object(order.instrument, order.buyer)
    return {
        "latest_charge": charge,
        "payment_method": None,
        "last_payment_error": decline.error(charge, payment_method),
    }
