"""Filling the mirror from Stripe's lists, and keeping it abreast of what happens there."""
