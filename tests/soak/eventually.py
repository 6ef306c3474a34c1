"""Waiting for what is to come about."""

import time
from collections.abc import Callable


def eventually(is_so: Callable[[], bool], seconds: float, pause: float = 0.2) -> bool:
    """Return whether it came to that within so many seconds."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
