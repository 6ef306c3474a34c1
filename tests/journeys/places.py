"""Every page of the product by a name, and the id that it is shown for."""

from sqlalchemy import Engine, Select, Text, column, select, table, text

from dashboard.core import db
from dashboard.store.books import Book

LISTS = (
    "/?created=ytd",
    "/?created=ytd&currency=jpy&by=month",
    "/payments",
    "/payments?status=failed&status=refunded&created=ytd&amount_min=10&sort=amount",
    "/payments?q=nobody-at-all",
    "/customers",
    "/products",
    "/products/coupons",
    "/subscriptions",
    "/invoices",
    "/disputes",
    "/balance",
    "/balance/summary",
    "/payouts",
    "/events",
    "/events?type=invoice.*&kind=invoice&created=30d",
    "/webhooks",
    "/webhooks?state=dead&type=customer.*",
    "/webhooks/replay?state=dead",
    "/webhooks/health",
    "/webhooks/endpoint",
    "/account",
    "/account/second-factor",
    "/confirm",
    "/sync",
    "/sync/check",
    "/jobs",
    "/connections",
)

#: What only those see who run the dashboard.
OF_ADMINS = ("/people", "/people/new", "/people/1", "/audit", "/audit/1", "/connections/new")

#: Steps on ways that other journeys go: each needs what the step before it gave.
STEPS = {
    *("/arrive", "/invitation", "/login/code", "/login/reset"),
    *("/connections/authorize", "/connections/<id>"),
}

#: A detail page for each kind of object that looks different: folder, table and which one.
DETAILS = {
    "a payment that succeeded": ("payments", "payments", "status = 'succeeded'"),
    "a payment that failed": ("payments", "payments", "status = 'failed'"),
    "a payment refunded in part": ("payments", "payments", "status = 'partially_refunded'"),
    "a payment with a dispute": ("payments", "payments", "dispute_id IS NOT NULL"),
    "a customer who subscribes": (
        "customers",
        "customers",
        "id IN (SELECT customer_id FROM subscriptions)",
    ),
    "a customer with a hostile name": ("customers", "customers", "name LIKE '%<%'"),
    "a product with tiers": (
        "products",
        "products",
        "id IN (SELECT product_id FROM prices WHERE billing_scheme = 'tiered')",
    ),
    "a product with metered prices": (
        "products",
        "products",
        "id IN (SELECT product_id FROM prices WHERE usage_type = 'metered')",
    ),
    "a coupon": ("products/coupons", "coupons", "deleted = 0"),
    "a subscription that is active": ("subscriptions", "subscriptions", "status = 'active'"),
    "a subscription that was canceled": ("subscriptions", "subscriptions", "status = 'canceled'"),
    "a subscription past due": ("subscriptions", "subscriptions", "status = 'past_due'"),
    "an invoice that is open": ("invoices", "invoices", "status = 'open'"),
    "an invoice that was paid": ("invoices", "invoices", "status = 'paid'"),
    "an invoice that was voided": ("invoices", "invoices", "status = 'void'"),
    "a dispute to answer": ("disputes", "disputes", "status = 'needs_response'"),
    "a dispute that was won": ("disputes", "disputes", "status = 'won'"),
    "a charge on the balance": ("balance", "balance_transactions", "type = 'charge'"),
    "a payout that is proven": ("payouts", "payouts", "reconciliation_status = 'completed'"),
    "a payout in progress": ("payouts", "payouts", "reconciliation_status = 'in_progress'"),
    "an event that changed something": ("events", "events", "type LIKE '%.updated'"),
    "a delivery that was handled": ("webhooks", "deliveries", "state = 'handled'"),
    "a delivery that was set aside": ("webhooks", "deliveries", "state = 'dead'"),
    "a payout by hand": ("payouts", "payouts", "automatic = 0"),
}

#: What stands in the address where that is not the column ``id``.
KEYS = {"deliveries": "event_id"}


def path_of(engine: Engine, book: Book, name: str) -> str | None:
    """Return the path of a detail page; ``None`` where the world holds no such object."""
    folder, source, condition = DETAILS[name]
    query: Select[str] = (
        select(column(KEYS.get(source, "id"), Text))
        .select_from(table(source))
        .where(column("book_id") == book.id, text(condition))
        .order_by(column(KEYS.get(source, "id")))
        .limit(1)
    )
    with db.reading(engine) as connection:
        found = connection.scalar(query)
    return f"/{folder}/{found}" if found else None
