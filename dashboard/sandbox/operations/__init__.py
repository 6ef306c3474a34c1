"""The changes that the practice Stripe can make, one module for each noun."""

from importlib import import_module
from pkgutil import iter_modules

from dashboard.sandbox.operations.operation import DEEDS, OPERATIONS, Operation

__all__ = ["DEEDS", "OPERATIONS", "Operation"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
