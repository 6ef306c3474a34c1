"""Customers: who buys, what they are worth and what they owe."""
