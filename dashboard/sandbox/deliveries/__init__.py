"""Webhook deliveries: who hears of an event, when, in which shape, and what became of it."""
