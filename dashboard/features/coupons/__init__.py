"""Coupons: what may be taken off, and for how long."""
