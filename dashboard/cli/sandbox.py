"""``flask sandbox``: start the practice Stripe."""

from dashboard.sandbox.command import sandbox as command

__all__ = ["command"]
