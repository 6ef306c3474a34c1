"""Webhooks: taking in what Stripe delivers, and showing what became of it."""
