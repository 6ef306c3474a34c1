"""How Stripe's ids begin: with the moment of creation, so that ids of a kind sort by it.

Read off recorded objects: five base-62 digits count the seconds since July 2012, behind a 3 for
payments and what moves their money and a 1 for all else. The short ids of customers and products
begin with four digits that count minutes.
"""

import string

SHORT = 14
"""How many characters follow the prefix in short ids."""

_EPOCH = 1_342_389_380
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_DIGIT, _PAIR = len(_DIGITS), len(_PAIRS)
_OF_MONEY = {"ch_", "pi_", "py_", "pyr_", "re_", "txn_"}


def opening(prefix: str, length: int, at: int) -> str:
    """Return `prefix` and how the `length` characters after it begin for what is made at `at`.

    `at` is in UTC seconds; the digits begin anew in 2040.
    """
    number = at - _EPOCH
    if length == SHORT:
        number //= 60
        return f"{prefix}{_PAIRS[number // _PAIR % _PAIR]}{_PAIRS[number % _PAIR]}"
    first = "3" if prefix in _OF_MONEY else "1"
    highest = _DIGITS[number // _PAIR**2 % _DIGIT]
    return f"{prefix}{first}{highest}{_PAIRS[number // _PAIR % _PAIR]}{_PAIRS[number % _PAIR]}"
