"""A gallery of the page furniture: every macro and layout with made-up values, served to tests."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, get_template_attribute, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader
from wtforms import BooleanField, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from dashboard.core.money import written

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 10, 32, tzinfo=UTC)
STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PLACES = (
    ("Overview", "home", None),
    ("Payments", "credit-card", "2,847"),
    ("Customers", "users", None),
    ("Products", "package", None),
    ("Subscriptions", "repeat", None),
    ("Invoices", "receipt", None),
    ("Disputes", "scale", "6"),
    ("Balance", "wallet", None),
    ("Payouts", "building-bank", None),
)
PAYMENTS = (
    (249900, "usd", "succeeded", "Northwind Traders", "Subscription update", "visa", "4242", 180),
    (
        249900,
        "eur",
        "failed",
        "Acme Robotics GmbH",
        "Invoice 0F31-0042",
        "mastercard",
        "4444",
        1740,
    ),
    (2900, "usd", "needs_response", "Blue Harbor Coffee", "Order #8831", "amex", "0005", 3300),
    (
        2900,
        "usd",
        "succeeded",
        "Kestrel Analytics",
        "Growth plan, monthly",
        "sepa_debit",
        "3000",
        3900,
    ),
    (98000, "jpy", "partially_refunded", "Osaka Denki KK", "Metered usage", "ideal", "", 39960),
    (
        12_345_678,
        "kwd",
        "processing",
        "Gulf Trading & Sons for Electronics W.L.L.",
        None,
        "visa",
        "1",
        8e5,
    ),
    (
        8_500_00,
        "usd",
        "requires_quantum_step",
        "Zażółć Gęślą",
        "Annual renewal",
        "visa",
        "1881",
        9e5,
    ),
)


class GalleryForm(FlaskForm):  # type: ignore[misc]
    """One field of each sort."""

    email = StringField("E-mail", [DataRequired()], render_kw={"type": "email"})
    password = PasswordField("Password", [DataRequired(), Length(min=12)])
    role = SelectField(
        "Role", choices=[SelectChoice("viewer", "Viewer"), SelectChoice("finance", "Finance")]
    )
    remember = BooleanField("Stay signed in on this device")


def create_gallery() -> Flask:
    """Make an application that shows the furniture and nothing else of the product."""
    app = Flask("gallery", root_path=str(ROOT), static_folder="static")
    app.secret_key = "gallery"
    app.config["WTF_CSRF_ENABLED"] = False
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(ROOT / "templates"), FileSystemLoader(Path(__file__).parent / "gallery")]
    )
    app.jinja_env.filters.update(money=written, ago=_ago, moment=_moment, day=_day, iso=_iso)
    app.jinja_env.globals.update(csrf_token=lambda: "token", names_accounts=lambda: False)
    app.context_processor(_context)
    app.after_request(_with_policy)
    app.add_url_rule("/payments", view_func=_payments)
    app.add_url_rule("/payments/<id>", view_func=_payment)
    app.add_url_rule("/revenue.json", view_func=_revenue)
    app.add_url_rule("/freshness", view_func=_freshness)
    app.add_url_rule("/beside/<id>", view_func=_beside)
    app.add_url_rule("/broken", view_func=_broken)
    app.add_url_rule("/form", view_func=_form, methods=["GET", "POST"])
    app.add_url_rule("/error/<int:status>", view_func=_error)
    app.add_url_rule("/<page>", view_func=_page)
    return app


def _context() -> dict[str, Any]:
    book = {"name": "Acme Holdings", "account_id": "acct_1M2xQz8sT09fQ", "livemode": False}
    book["title"] = book["name"]
    other = book | {"name": "Acme Europe", "livemode": True, "current": False, "url": "/payments"}
    return {
        "nav": [_place(*place) for place in PLACES],
        "book": book,
        "shelf": {"books": [book], "livemode": False},
        "books": [book | {"current": True, "url": "/payments"}, other],
        "user": {"email": "ann@acme.example", "role": "finance"},
        "freshness": {"state": "ok", "synced_at": _second(40), "text": "Synced 40 s ago"},
        "freshness_url": "/freshness",
        "sync_url": "/payments",
        "search_url": "/payments",
        "now": NOW,
        "theme": request.args.get("theme"),
    }


def _place(label: str, icon: str, count: str | None) -> dict[str, Any]:
    url = f"/{label.lower()}"
    return {
        "label": label,
        "url": url,
        "icon": icon,
        "count": count,
        "current": request.path.startswith(url),
    }


def _with_policy(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = STRICT_POLICY
    return response


def _payments() -> ResponseReturnValue:
    part = request.headers.get("HX-Request-Type") == "partial"
    template = "_list.html" if part else "list.html"
    return render_template(template, filters=_filters(), page=_list_page(), spark=_course())


def _list_page() -> SimpleNamespace:
    query = request.args.get("q", "").lower()
    rows = [_row(n, *payment) for n, payment in enumerate(PAYMENTS)]
    return SimpleNamespace(
        rows=[row for row in rows if query in row["name"].lower()] if query != "nobody" else [],
        newer_url=None,
        older_url="/payments?before=pi_7",
        count_text="1 to 50 of 2,847",
        sort="created",
        direction="desc",
        sort_urls={"amount": "/payments?sort=amount", "created": "/payments?sort=created"},
    )


def _row(
    number: int,
    amount: int,
    currency: str,
    status: str,
    name: str,
    description: str | None,
    brand: str,
    last4: str,
    age: float,
) -> dict[str, Any]:
    return {
        "id": f"pi_3QaRMD5NubeKxLw{number}Zq",
        "url": f"/payments/pi_{number}",
        "amount_minor": amount,
        "currency": currency,
        "status": status,
        "name": name,
        "email": f"ap@{name.split(maxsplit=1)[0].lower()}.example",
        "description": description,
        "brand": brand,
        "last4": last4,
        "created_at": _second(int(age)),
    }


def _filters() -> dict[str, Any]:
    chosen = request.args.getlist("status")
    bad = request.args.get("amount_min") == "x"
    keep = [("q", request.args["q"])] if "q" in request.args else []
    return {
        "action": "/payments",
        "clear_url": "/payments",
        "fields": [
            _filter(
                "created",
                "Created",
                "date_range",
                choices=[("30d", "Last 30 days"), ("qtd", "QTD")],
            )
            | {
                "active": True,
                "value": "30d",
                "text": "Last 30 days",
                "remove_url": "/payments?created=",
            },
            _filter("amount", "Amount", "amount_range")
            | ({"error": "“x” is not an amount", "value": {"min": "x"}} if bad else {}),
            _filter("status", "Status", "multi", [("succeeded", "Succeeded"), ("failed", "Failed")])
            | {
                "active": bool(chosen),
                "value": chosen,
                "text": ", ".join(chosen).capitalize(),
                "remove_url": "/payments",
                "hidden": keep,
            },
            _filter("currency", "Currency", "choice", [("usd", "USD"), ("eur", "EUR")]),
            _filter("method", "Method", "text"),
        ],
    }


def _filter(
    name: str, label: str, kind: str, choices: list[tuple[str, str]] | None = None
) -> dict[str, Any]:
    blank: dict[str, Any] = {"value": None, "text": "", "active": False, "remove_url": None}
    return blank | {
        "name": name,
        "label": label,
        "kind": kind,
        "choices": choices or [],
        "hidden": [],
        "error": None,
    }


def _payment(id: str) -> str:
    return render_template("detail.html", id=id, at=_second(3900))


def _beside(id: str) -> str:
    head = get_template_attribute("ui/kit.html", "beside_head")
    return str(head(f"Refund {id}", f"/beside/{id}", "/beside"))


def _revenue() -> ResponseReturnValue:
    return jsonify(revenue_spec())


def revenue_spec() -> dict[str, Any]:
    """Return a month of gross and net, the last day unfinished, and the month before."""
    days = [f"2026-10-{day:02}" for day in range(20, 32)] + [
        f"2026-11-{n:02}" for n in range(1, 21)
    ]
    gross = [5000 + 70 * n + 900 * ((n * 7) % 5) for n in range(len(days))]
    return {
        "data": [
            _line("Gross", "gross", days[:-1], gross[:-1])
            | {"meta": {"role": "gross", "fill": True}},
            _line("Gross", "gross", days[-2:], gross[-2:])
            | {"line": {"dash": "dot"}, "showlegend": False},
            _line("Net", "net", days, [round(value * 0.93) for value in gross]),
            _line("30 days before", "prior", days, [value * 0.9 for value in gross])
            | {"line": {"dash": "dot", "width": 1.5}},
        ],
        "layout": {"yaxis": {"tickprefix": "$", "tickformat": "~s", "rangemode": "tozero"}},
    }


def _line(name: str, role: str, x: list[str], y: list[Any]) -> dict[str, Any]:
    hover = "$%{y:,.2f}"
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "meta": {"role": role},
        "hovertemplate": hover,
    }


def _course() -> list[int]:
    return [5, 7, 6, 8, 8, 9, 7, 10, 12, 11, 13, 12, 14]


def _freshness() -> str:
    fresh = {"state": "stale", "synced_at": _second(4000), "text": "Synced 1 h ago"}
    return render_template("ui/_freshness.html", freshness=fresh)


def _broken() -> ResponseReturnValue:
    return "<p>broken</p>", 500


def _form() -> ResponseReturnValue:
    form = GalleryForm()
    status = 200 if form.validate_on_submit() or request.method == "GET" else 422
    return render_template("form.html", form=form), status


def _error(status: int) -> ResponseReturnValue:
    values: dict[str, Any] = {
        "status": status,
        "request_id": "req_0123456789abcdef",
        "back_url": "/list",
        "back_text": "Back to the list",
    }
    return render_template("errors/error.html", **values), status


def _page(page: str) -> str:
    return render_template(
        f"{page}.html", spark=_course(), at=_second(500), spec=json.dumps(revenue_spec())
    )


def _second(age: int) -> int:
    return int(NOW.timestamp()) - age


def _ago(seconds: int) -> str:
    minutes = (int(NOW.timestamp()) - seconds) // 60
    return f"{minutes} minutes ago" if minutes < 60 else f"{minutes // 60} hours ago"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%b %d, %Y, %H:%M}"


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%b %d, %Y}"


def _iso(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
