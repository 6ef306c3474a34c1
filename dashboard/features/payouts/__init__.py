"""Payouts: what went to the bank, what is on its way, and the proof of each sum."""
