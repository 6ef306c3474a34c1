"""Stripe Connect: what plays connect.stripe.com, and what accounts allow the platform."""
