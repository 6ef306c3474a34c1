"""Measuring: how fast the product is on a large mirror, side by side in one run, beside its goals.

It stands outside the storeys: it looks at all of them, and none of them knows it.
"""
