"""Payments: what customers paid, tried to pay or still owe."""
