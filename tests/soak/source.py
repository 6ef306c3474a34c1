"""A source of truth that lives: objects are made, changed and deleted, and each change is told.

It answers over HTTP as Stripe would, in the time that the test has made.
"""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import orjson

from dashboard.core import clock
from dashboard.mirror.registry import KINDS
from tests.stripe_like import Asked, Json, Misfortune, StripeLike, page

VERSION, OLD_VERSION = "2026-10-28.endive", "2024-06-20"
SHOWN_LINES = 10
MISSING = orjson.dumps({"error": {"type": "invalid_request_error", "code": "resource_missing"}})
FAILING = Misfortune()

KIND_NAMES = ("customer", "charge", "invoice", "subscription", "coupon", "balance_transaction")
SAID = {"subscription": "customer.subscription"}
"""What events call a kind where that is not its name."""


class Source:
    """The objects of one account, and all events that tell what became of them.

    ``server`` answers for it. ``surprises`` happen one by one while somebody asks.
    """

    def __init__(self, account: str, server: StripeLike, dice: Random) -> None:
        self.account = account
        self.server = server
        self.things: dict[str, dict[str, Json]] = {name: {} for name in KIND_NAMES}
        self.gone: set[tuple[str, str]] = set()
        self.events: list[Json] = []
        self.surprises: list[Callable[[], None]] = []
        self.is_failing = False
        self._dice = dice
        self._count = 0
        server.meet = self._meet

    def change(self) -> None:
        """Let something happen to some object, now."""
        kind = self._dice.choice(KIND_NAMES)
        things = self.things[kind]
        if not things or (len(things) < 3 and self._dice.random() < 0.4):
            thing = self._made(kind)
            self._tell(kind, "created", thing)
        else:
            thing = things[self._dice.choice(sorted(things))]
            if kind in ("customer", "invoice", "coupon") and self._dice.random() < 0.2:
                self._delete(kind, thing)
            elif kind != "balance_transaction":
                self._vary(kind, thing)
                is_end = kind == "subscription" and thing["status"] == "canceled"
                self._tell(kind, "deleted" if is_end else "updated", thing)

    def body(self, event: Json, *, old: bool) -> bytes:
        """Return what is delivered of an event, as in an older API version if ``old``."""
        if not old:
            return orjson.dumps(event)
        strange = {**event["data"]["object"], "amount_of_old": 1}
        strange.pop("amount", None)
        told = {**event, "api_version": OLD_VERSION, "data": {"object": strange}}
        return orjson.dumps(told)

    def _made(self, kind: str) -> Json:
        self._count += 1
        name = f"{kind[:4]}_{self.account}{self._count}"
        thing: Json = {"id": name, "object": kind, "created": clock.seconds(), "currency": "usd"}
        thing |= getattr(self, f"_new_{kind}")(name)
        self.things[kind][name] = thing
        return thing

    def _new_customer(self, _name: str) -> Json:
        return {"name": "Ada", "email": "ada@example.com"}

    def _new_charge(self, _name: str) -> Json:
        amount = self._dice.randrange(100, 9_000)
        paid = {"status": "succeeded", "paid": True, "captured": True, "amount_captured": amount}
        return {"amount": amount, "amount_refunded": 0, **paid}

    def _new_balance_transaction(self, _name: str) -> Json:
        amount = self._dice.randrange(100, 9_000)
        whole = {"amount": amount, "fee": 10, "net": amount - 10}
        times = {"available_on": clock.seconds(), "status": "available"}
        return {"type": "charge", "reporting_category": "charge", **whole, **times}

    def _new_coupon(self, _name: str) -> Json:
        return {"name": "Spring", "percent_off": 10, "duration": "once", "valid": True}

    def _new_invoice(self, name: str) -> Json:
        lines = [self._line(name, number) for number in range(self._dice.choice((1, 2, 13)))]
        return {"status": "open", "total": 900, "amount_due": 900, "lines": lines, "payments": []}

    def _line(self, owner: str, number: int) -> Json:
        self._count += 1
        name = f"il_{self.account}{self._count}"
        return {"id": name, "object": "line_item", "amount": 10 * number, "invoice": owner}

    def _new_subscription(self, _name: str) -> Json:
        return {
            "status": "active",
            "customer": "cus_none",
            "start_date": clock.seconds(),
            "items": [self._item() for _ in range(self._dice.choice((1, 2)))],
            "discounts": [],
        }

    def _item(self) -> Json:
        self._count += 1
        return {
            "id": f"si_{self.account}{self._count}",
            "object": "subscription_item",
            "quantity": self._dice.randrange(1, 5),
            "price": {
                "id": f"price_{self.account}",
                "object": "price",
                "currency": "usd",
                "unit_amount": 500,
                "unit_amount_decimal": "500",
                "billing_scheme": "per_unit",
                "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
            },
        }

    def _vary(self, kind: str, thing: Json) -> None:
        match kind:
            case "customer" | "coupon":
                thing["name"] = f"Name {self._dice.randrange(10**6)}"
            case "charge":
                thing["amount_refunded"] = self._dice.randrange(thing["amount"] + 1)
            case "invoice":
                self._vary_members(thing["lines"], lambda: self._line(thing["id"], 7))
                thing["status"] = self._dice.choice(("open", "paid", "void"))
            case "subscription":
                self._vary_members(thing["items"], self._item)
                thing["status"] = self._dice.choice(("active", "past_due", "canceled"))

    def _vary_members(self, members: list[Json], made: Callable[[], Json]) -> None:
        if len(members) > 1 and self._dice.random() < 0.5:
            members.pop(self._dice.randrange(len(members)))
        else:
            members.append(made())

    def _delete(self, kind: str, thing: Json) -> None:
        del self.things[kind][thing["id"]]
        self.gone.add((kind, thing["id"]))
        self._tell(kind, "deleted", thing)

    def _tell(self, kind: str, verb: str, thing: Json) -> None:
        event = {
            "id": f"evt_{self.account}{len(self.events):05d}",
            "object": "event",
            "type": f"{SAID.get(kind, kind)}.{verb}",
            "created": clock.seconds(),
            "api_version": VERSION,
            "livemode": False,
            "data": {"object": self.shown(thing, in_event=True)},
        }
        self.events.append(event)

    def shown(self, thing: Json, *, in_event: bool = False) -> Json:
        """Return an object as Stripe writes it; events expand nothing."""
        told = deepcopy(thing)
        for field in ("lines", "items", "payments"):
            if isinstance(told.get(field), list):
                told[field] = _listed(told["id"], field, told[field])
        if told["object"] == "coupon" and not in_event:
            told["applies_to"] = {"products": ["prod_1"]}
        return told

    def _meet(self, asked: Asked) -> Misfortune | None:
        """Let the next surprise happen, and answer what the lists of the server do not know."""
        if self.surprises:
            self.surprises.pop()()
        if self.is_failing:
            return FAILING
        found = self._found(asked)
        if found is not None:
            return Misfortune(200, orjson.dumps(found))
        return Misfortune(404, MISSING)

    def _found(self, asked: Asked) -> Json | None:
        if asked.path in self.server.singles:
            return self.server.singles[asked.path]
        parts = "/".join(asked.path.split("/")[:3])
        kind = next((each for each in KINDS.values() if each.path == parts), None)
        if asked.path == "/v1/events":
            return page(self.events[::-1], asked)
        if kind is None or kind.name not in self.things:
            return {"object": "list", "data": [], "has_more": False, "url": asked.path}
        return self._of_kind(kind.name, asked)

    def _of_kind(self, kind: str, asked: Asked) -> Json | None:
        things = self.things[kind]
        name, _, rest = asked.path.removeprefix(str(KINDS[kind].path)).strip("/").partition("/")
        if not name:
            return page([self.shown(thing) for thing in things.values()], asked)
        if (kind, name) in self.gone and kind != "invoice":
            return {"id": name, "object": kind, "deleted": True}
        if name not in things:
            return None
        return _rest(things[name][rest], asked) if rest else self.shown(things[name])


def _rest(members: list[Json], asked: Asked) -> Json:
    """Return a page of the list inside an object, in its own order."""
    names = [member["id"] for member in members]
    cursor = asked.params.get("starting_after")
    start = names.index(cursor) + 1 if cursor in names else 0
    most = int(asked.params.get("limit", SHOWN_LINES))
    data = members[start : start + most]
    return {"object": "list", "data": data, "has_more": start + most < len(members), "url": ""}


def _listed(owner: str, field: str, members: list[Any]) -> Json:
    """Return a list inside an object, cut short where it is long."""
    return {
        "object": "list",
        "data": members[:SHOWN_LINES],
        "has_more": len(members) > SHOWN_LINES,
        "url": f"/v1/invoices/{owner}/{field}",
    }
