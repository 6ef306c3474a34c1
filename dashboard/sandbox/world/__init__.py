"""The world of the practice Stripe: two years of a company, the same for the same seed."""

from dashboard.sandbox.world.simulation import generate

__all__ = ["generate"]
