"""Run the practice Stripe by itself: `python -m dashboard.sandbox --port 12111`."""

from dashboard.sandbox.command import sandbox

sandbox()
