"""Where a server is: on this very machine, or far away."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(base: str) -> bool:
    """Return whether the URL names this machine."""
    host = urlsplit(base).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
