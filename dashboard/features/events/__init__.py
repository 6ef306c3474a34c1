"""Stripe's events: what happened in the account, what it changed, and how we heard of it."""
