"""Shapes of what customers have with the merchant: credit, and cash from their bank transfers."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import Shape

CUSTOMER_BALANCE_TRANSACTION = Shape(
    name="customer_balance_transaction",
    prefix="cbtxn_",
    also_listed="/v1/customers/{customer}/balance_transactions",
    path_name="transaction",
    needed="amount currency customer ending_balance type",
    nulls="checkout_session credit_note customer_account description invoice",
    filters="created:range customer invoice",
    expands="checkout_session:checkout.session credit_note customer invoice",
)

CASH_BALANCE = Shape(
    name="cash_balance",
    needed="customer",
    nulls="available customer_account",
    defaults={"settings": {"reconciliation_mode": "automatic", "using_merchant_default": True}},
    has_id=False,
    has_created=False,
    has_metadata=False,
)

CUSTOMER_CASH_BALANCE_TRANSACTION = Shape(
    name="customer_cash_balance_transaction",
    prefix="ccsbtxn_",
    also_listed="/v1/customers/{customer}/cash_balance_transactions",
    path_name="transaction",
    needed="currency customer ending_balance net_amount type",
    nulls="customer_account",
    optional=(
        "adjusted_for_overdraft applied_to_payment funded refunded_from_payment"
        " transferred_to_balance unapplied_from_payment"
    ),
    filters="customer currency",
    expands="customer",
    has_metadata=False,
)

SHAPES = (CUSTOMER_BALANCE_TRANSACTION, CASH_BALANCE, CUSTOMER_CASH_BALANCE_TRANSACTION)
