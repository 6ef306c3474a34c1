"""Subscriptions: agreements to pay again and again."""
