import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, update

from dashboard.core import db
from dashboard.core.config import Settings
from dashboard.mirror.measures.daily import daily_customers
from dashboard.mirror.registry import KINDS
from tests.cli.terminal import flask
from tests.stripe_like import Misfortune, StripeLike

CUSTOMERS = KINDS["customer"].table


class Terminal:
    """Runs commands against one database and one server."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, *arguments: str) -> Result:
        return flask(self.app, *arguments)

    def told(self, *arguments: str) -> tuple[int, dict[str, object]]:
        """Return the exit status of ``reconcile --json`` and what its last line says."""
        result = self("reconcile", "--json", *arguments)
        return result.exit_code, json.loads(result.stdout.splitlines()[-1])

    def lose(self, *names: str) -> None:
        """Delete rows of customers."""
        with db.writing(self.app.extensions["dashboard"].engine) as connection:
            connection.execute(delete(CUSTOMERS).where(CUSTOMERS.c.id.in_(names)))


@pytest.fixture
def terminal(
    make_app: Callable[[Settings], Flask],
    point_at: Callable[..., Settings],
    stripe_like: StripeLike,
) -> Terminal:
    """A terminal at a mirror that was synced."""
    made = Terminal(make_app(point_at(stripe_like)))
    assert made("sync").exit_code == 0
    return made


def test_an_equal_mirror_ends_with_status_0_and_one_json_object(terminal: Terminal) -> None:
    status, told = terminal.told()
    assert status == 0
    assert set(told) == {
        "account",
        "mode",
        "complete",
        "seconds",
        "objects",
        "missing",
        "extra",
        "stale",
        "repaired",
        "differences",
        "differences_left_out",
        "sums",
        "errors",
    }
    assert (told["account"], told["mode"], told["complete"]) == ("acct_like", "test", True)
    assert (told["missing"], told["extra"], told["stale"], told["repaired"]) == (0, 0, 0, 0)
    assert told["differences"] == told["errors"] == []


def test_differences_end_with_status_3_until_they_are_repaired(
    terminal: Terminal, stripe_like: StripeLike
) -> None:
    terminal.lose("cus_007")
    stripe_like.lists["/v1/customers"][50]["name"] = "New"
    del stripe_like.lists["/v1/customers"][100]
    status, told = terminal.told("--account", "acct_like")
    assert status == 3
    assert (told["missing"], told["extra"], told["stale"], told["repaired"]) == (1, 1, 1, 0)
    assert {"kind": "customer", "id": "cus_050", "what": "stale", "fields": ["name"]} in list(
        told["differences"]  # type: ignore[call-overload]
    )
    words = terminal("reconcile")
    assert words.exit_code == 3
    assert "customer cus_007 is missing here." in words.stdout
    assert "customer cus_050 differs in name." in words.stdout
    assert "customer cus_100 is no longer at Stripe." in words.stdout
    status, told = terminal.told("--repair")
    assert (status, told["repaired"], told["missing"]) == (0, 3, 1)
    assert terminal.told()[0] == 0


def test_a_broken_sum_ends_with_status_3_until_it_is_repaired(terminal: Terminal) -> None:
    with db.writing(terminal.app.extensions["dashboard"].engine) as connection:
        connection.execute(update(daily_customers.table).values(count=7))
    result = terminal("reconcile")
    assert result.exit_code == 3
    assert "are not what their rows add up to: daily_customers" in result.stdout
    assert terminal("reconcile", "--repair").exit_code == 0
    assert terminal("summaries", "check").exit_code == 0


def test_what_cannot_be_compared_ends_with_status_1(
    terminal: Terminal, stripe_like: StripeLike
) -> None:
    stripe_like.meet = lambda asked: Misfortune(403) if "payouts" in asked.path else None
    status, told = terminal.told()
    assert (status, told["complete"]) == (1, False)
    assert str(told["errors"]).startswith("['payout: ")
    terminal.lose("cus_007")
    assert terminal.told()[0] == 3


def test_a_wrong_key_and_an_unknown_account_end_with_status_1(
    terminal: Terminal, stripe_like: StripeLike
) -> None:
    status, told = terminal.told("--account", "acct_other")
    assert status == 1
    assert "acct_other" in str(told["errors"])
    stripe_like.meet = lambda _asked: Misfortune(401)
    status, told = terminal.told()
    assert status == 1
    assert "STRIPE_SECRET_KEY" in str(told["errors"])


def test_a_slice_does_nothing_while_nothing_is_due(
    terminal: Terminal, stripe_like: StripeLike
) -> None:
    assert terminal.told("--slice")[0] == 0
    stripe_like.log.clear()
    assert terminal.told("--slice")[0] == 0
    assert not [asked for asked in stripe_like.log if asked.path != "/v1/account"]
