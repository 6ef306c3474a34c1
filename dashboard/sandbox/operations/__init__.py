"""The changes that the practice Stripe can make, one module for each noun."""

from dashboard.sandbox.operations import customers, payment_intents, refunds
from dashboard.sandbox.operations.operation import OPERATIONS, Operation

__all__ = ["OPERATIONS", "Operation", "customers", "payment_intents", "refunds"]
