"""Connections: the Stripe accounts that are shown here, and what they allow."""
