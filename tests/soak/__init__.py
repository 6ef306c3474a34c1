"""Faults put into the running product: few of each in ``make test``, many in ``make soak``."""
