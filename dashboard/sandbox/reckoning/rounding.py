"""Rounding to amounts that can be charged."""

from __future__ import annotations

from fractions import Fraction

_THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def rounded(exact: Fraction, currency: str) -> int:
    """Return ``exact`` minor units rounded half away from zero to what cards can be charged."""
    # Card amounts in three-decimal currencies must end in 0.
    step = 10 if currency in _THREE_DECIMALS else 1
    steps = abs(exact) / step
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator) * step
    return whole if exact >= 0 else -whole
