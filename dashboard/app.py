"""The application: the one place that knows every room and puts them together."""

import secrets
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import Connection, Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import cli
from dashboard.core import config, db, log
from dashboard.core.clock import DAY_SECONDS, HOUR_SECONDS
from dashboard.core.config import Settings
from dashboard.core.errors import SettingsError
from dashboard.features.audit import actions as auditing
from dashboard.features.audit import views as audit
from dashboard.features.balance import views as balance
from dashboard.features.checks import actions as checking
from dashboard.features.checks import views as checks
from dashboard.features.connections import api as oauth
from dashboard.features.connections import views as connections
from dashboard.features.coupons import views as coupons
from dashboard.features.customers import views as customers
from dashboard.features.disputes import views as disputes
from dashboard.features.embed import views as embed
from dashboard.features.events import views as events
from dashboard.features.health import api as health
from dashboard.features.invoices import views as invoices
from dashboard.features.jobs import actions as clearing
from dashboard.features.jobs import views as jobs
from dashboard.features.overview import views as overview
from dashboard.features.payments import views as payments
from dashboard.features.payouts import views as payouts
from dashboard.features.people import views as people
from dashboard.features.products import views as products
from dashboard.features.second_factor import views as second_factor
from dashboard.features.signin import views as signin
from dashboard.features.subscriptions import views as subscriptions
from dashboard.features.sync import actions as syncing
from dashboard.features.sync import views as sync
from dashboard.features.sync.reactions import on_money_moved, on_told_otherwise
from dashboard.features.webhooks import api as webhooks_api
from dashboard.features.webhooks import views as webhooks
from dashboard.features.webhooks.reactions import on_account_deauthorized
from dashboard.jobs.office import Office
from dashboard.jobs.tasks import Schedule, Tasks, lazily
from dashboard.mirror.certificate import certificate
from dashboard.mirror.freshness import Freshness, freshness_of
from dashboard.mirror.live.reactions import TOLD_OTHERWISE, Reactions
from dashboard.store import audit_keys, portal
from dashboard.store.books import Book
from dashboard.web import (
    access,
    assets,
    context,
    csrf,
    embedding,
    errors,
    formats,
    headers,
    intake,
    layout,
)
from dashboard.web.door import Door

ROOT = Path(__file__).parent.parent
CHECK_SECONDS = 600
LARGEST_BODY_BYTES = 1024 * 1024
SHORTEST_SECRET_KEY = 32
RENEWAL_SECONDS = 60
SWEEP_SECONDS = 5
"""A delivery that is to be tried again, or whose bell was not heard, waits no longer than this."""

MONEY_MOVED = (
    *("charge.succeeded", "charge.captured", "charge.refunded", "charge.updated"),
    *("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"),
    *("charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"),
    *("refund.created", "refund.updated", "refund.failed"),
    *("payout.created", "payout.paid", "payout.failed", "payout.canceled"),
    "payout.reconciliation_completed",
    *("topup.succeeded", "topup.reversed", "transfer.created", "transfer.reversed"),
    *("application_fee.created", "application_fee.refunded", "balance.available"),
)
REACTIONS: Reactions = {
    **dict.fromkeys(MONEY_MOVED, (on_money_moved,)),
    "account.application.deauthorized": (on_account_deauthorized,),
    TOLD_OTHERWISE: (on_told_otherwise,),
}
"""What we do about Stripe's events, beyond keeping what they tell, by their type."""

BLUEPRINTS = (
    health.api,
    webhooks_api.api,
    signin.pages,
    people.pages,
    second_factor.pages,
    payments.pages,
    overview.pages,
    disputes.pages,
    balance.pages,
    payouts.pages,
    customers.pages,
    products.pages,
    coupons.pages,
    subscriptions.pages,
    invoices.pages,
    sync.pages,
    checks.pages,
    jobs.pages,
    connections.pages,
    oauth.api,
    audit.pages,
    events.pages,
    embed.pages,
    webhooks.pages,
)
TASKS: Tasks = {
    auditing.TASK: auditing.check,
    "reconcile": checking.reconcile,
    "check-sums": checking.check_sums,
    "deliveries": partial(lazily("dashboard.features.webhooks.tasks:handle"), reactions=REACTIONS),
    "mail": lazily("dashboard.jobs.mail:deliver"),
    "purge": clearing.purge,
    "reset-link": lazily("dashboard.features.signin.tasks:mail_reset"),
    "renew-tokens": lazily("dashboard.features.connections.tasks:renew_tokens"),
    "refresh": lazily("dashboard.features.sync.tasks:refresh"),
    "sync": syncing.run,
}
"""What jobs and bells may call, by its name in the table of jobs."""

FURNITURE = (headers, intake, embedding, access, csrf, errors, formats, assets, layout)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for ``settings``, by default those of the environment.

    Raises:
        SettingsError: a setting is missing or cannot be understood.
    """
    settings = settings or config.read()
    log.configure(debug=settings.stripe_debug)
    app = Flask(
        "dashboard", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates")
    )
    app.config.update(_configuration(settings))
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    embedding.install(app, portal.read(settings))
    engine = db.connect(settings.database_url)
    keys = audit_keys.use(engine, settings.audit_key.get_secret_value())
    if _serves_pages():
        keys.check()
    office = Office(engine, settings, TASKS, _schedules(settings))
    furniture = _furniture(settings, engine, office)
    context.register(app, furniture)
    _open_door(app, furniture)
    app.before_request(office.start)
    for piece in FURNITURE:
        piece.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    cli.register(app)
    return app


def _furniture(settings: Settings, engine: Engine, office: Office) -> context.Furniture:
    """Return what the pages stand on, and what tells them of the mirror."""
    trusted_seconds = settings.checked_within_hours * HOUR_SECONDS
    return context.Furniture(
        settings,
        engine,
        office,
        _stamp(settings),
        partial(certificate, stale_after_seconds=trusted_seconds),
    )


def _open_door(app: Flask, furniture: context.Furniture) -> None:
    """Let deliveries in past the furniture of pages, which would take most of their time."""
    app.wsgi_app = Door(  # type: ignore[method-assign]
        app.wsgi_app,
        webhooks_api.PATHS,
        partial(webhooks_api.take, furniture),
        signature=webhooks_api.SIGNATURE,
        most_bytes=LARGEST_BODY_BYTES,
    )


def _stamp(settings: Settings) -> Callable[[Connection, Iterable[Book]], dict[int, Freshness]]:
    """Return what tells the pages how old the mirrors are."""
    return partial(freshness_of, stale_after_seconds=settings.stale_after_minutes * 60)


def _schedules(settings: Settings) -> tuple[Schedule, ...]:
    """Return what is done again and again, each by the seconds between two times; 0 is never."""
    return (
        Schedule("deliveries", SWEEP_SECONDS, bell=True),
        Schedule("renew-tokens", RENEWAL_SECONDS, bell=True),
        Schedule("sync", settings.sync_every_minutes * 60, per_book=True),
        Schedule("reconcile", CHECK_SECONDS, per_book=True),
        Schedule("check-sums", CHECK_SECONDS, per_book=True),
        Schedule("purge", DAY_SECONDS),
        Schedule(auditing.TASK, DAY_SECONDS),
    )


def _configuration(settings: Settings) -> dict[str, object]:
    is_secure = not settings.is_local
    return {
        "SECRET_KEY": _secret_key(settings),
        "TESTING": settings.environment == "test",
        "MAX_CONTENT_LENGTH": LARGEST_BODY_BYTES,
        # A browser takes a __Host- cookie only from this host, over TLS and for all paths.
        "SESSION_COOKIE_NAME": "__Host-session" if is_secure else "session",
        "SESSION_COOKIE_SECURE": is_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def _serves_pages() -> bool:
    """Return whether this is no command of the terminal but the one that serves pages."""
    command = click.get_current_context(silent=True)
    return command is None or command.info_name == "run"


def _secret_key(settings: Settings) -> str | None:
    """Return the key that signs cookies; a machine of one's own makes one up.

    What serves no pages does without.
    """
    key = settings.secret_key.get_secret_value()
    if settings.is_local:
        return key or secrets.token_hex()
    if len(key) >= SHORTEST_SECRET_KEY:
        return key
    if not _serves_pages():
        return None
    raise SettingsError(
        f"is shorter than {SHORTEST_SECRET_KEY} characters." if key else "is missing.",
        field="SECRET_KEY",
        remedy=(
            "Make one with: python -c 'import secrets; print(secrets.token_hex())' "
            "(on your own machine ENVIRONMENT=development does without)."
        ),
    )
