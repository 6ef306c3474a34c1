"""``flask analytics`` and ``flask summaries``: one line of JSON, or a refusal that says why."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine

from dashboard.core import db
from dashboard.mirror.apply import apply
from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from tests.cli.terminal import flask
from tests.mirror.measures.make import event, ledger, line, subscription, told

MARCH = json.dumps({"start": "2026-03-01", "end": "2026-03-31"})


def compute(app: Flask, metric: str, args: str = "{}", *words: str) -> Result:
    return flask(app, "analytics", "compute", "--metric", metric, "--args", args, *words)


def fill(engine: Engine, *accounts: str) -> None:
    with db.writing(engine) as connection:
        for number, name in enumerate(accounts, 1):
            book = books.open_book(connection, name, livemode=False)
            lines = [line("charge", 100 * number, "2026-03-02")]
            apply(connection, book, KINDS["balance_transaction"], lines, seen_at=0)


def test_a_figure_of_the_mirror_is_one_line_of_json(app: Flask, sqlite_engine: Engine) -> None:
    fill(sqlite_engine, "acct_1")
    result = compute(app, "volume", MARCH)
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert json.loads(result.stdout)["usd"]["gross"] == 100


def test_an_account_is_chosen_by_its_name(app: Flask, sqlite_engine: Engine) -> None:
    fill(sqlite_engine, "acct_1", "acct_2")
    chosen = compute(app, "volume", MARCH, "--account", "acct_2")
    assert json.loads(chosen.stdout)["usd"]["gross"] == 200
    undecided = compute(app, "volume", MARCH)
    assert (undecided.exit_code, undecided.stdout) == (2, "")
    assert "acct_1, acct_2" in undecided.stderr


def test_a_figure_of_a_file_needs_no_mirror(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps(told(event("created", "2026-01-01", subscription()))))
    result = compute(app, "mrr", '{"date": "2026-01-31"}', "--dataset", str(path))
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "by_currency": {"usd": 1000},
        "total": 1000,
        "currency": "usd",
    }


@pytest.mark.parametrize(
    ("metric", "args", "field"),
    [
        ("mrr", "{", "args"),
        ("mrr", "[]", "args"),
        ("mrr", "{}", "date"),
        ("mrr", '{"date": "31.1.2026"}', "date"),
        ("volume", '{"start": "2026-02-01", "end": "2026-01-01"}', "start"),
        ("payout_reconciliation", '{"payout": "po_nobody"}', "payout"),
    ],
)
def test_a_refusal_names_the_field_and_prints_no_figure(
    app: Flask, sqlite_engine: Engine, metric: str, args: str, field: str
) -> None:
    fill(sqlite_engine, "acct_1")
    result = compute(app, metric, args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {field}: ")


def test_an_unknown_metric_is_refused_with_the_known_ones_before_anything_is_read(
    app: Flask,
) -> None:
    result = compute(app, "profit", "{}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--metric" in result.stderr
    assert "balance_summary" in result.stderr


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_file_that_is_no_dataset_is_refused(
    app: Flask, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "dataset.json"
    if content is not None:
        path.write_text(content)
    result = compute(app, "volume", MARCH, "--dataset", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: dataset: ")


def test_without_any_account_it_says_what_to_do(app: Flask) -> None:
    result = compute(app, "volume", MARCH)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "flask --app wsgi sync" in result.stderr


def test_a_dataset_is_read_without_touching_the_mirror(
    app: Flask, sqlite_engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps(ledger([line("charge", 7, "2026-03-02")])))
    compute(app, "volume", MARCH, "--dataset", str(path))
    with db.reading(sqlite_engine) as connection:
        assert books.every(connection) == []


def test_summaries_that_differ_are_printed_and_summed_anew(
    app: Flask, sqlite_engine: Engine
) -> None:
    fill(sqlite_engine, "acct_1")
    assert flask(app, "summaries", "check").exit_code == 0
    with db.writing(sqlite_engine) as connection:
        connection.execute(daily_balance.table.update().values(net_minor=1))
    broken = flask(app, "summaries", "check")
    assert broken.exit_code == 3
    assert "daily_balance 2026-03-02 usd charge" in broken.stdout
    assert flask(app, "summaries", "rebuild", "--account", "acct_1").exit_code == 0
    assert flask(app, "summaries", "check").exit_code == 0


def test_an_unknown_account_has_no_summaries(app: Flask) -> None:
    result = flask(app, "summaries", "check", "--account", "acct_nobody")
    assert result.exit_code == 1
    assert "acct_nobody" in result.output
