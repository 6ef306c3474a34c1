"""Proving that the mirror equals Stripe, object by object and sum by sum, and mending it."""
