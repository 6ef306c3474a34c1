"""Ids and dice of a world: every random choice comes from a stream named after its use."""

from base64 import b64encode
from random import Random

_SHORT = {"cus": 14, "prod": 14}


def stream(seed: int, name: str) -> Random:
    """Return the random stream ``name`` of the world ``seed``; it shares nothing with others."""
    return Random(f"{seed}/{name}")


class Ids:
    """Ids as Stripe writes them: a prefix and 24 (customers, products: 14) letters and digits."""

    def __init__(self, seed: int) -> None:
        """Start the id stream of the world ``seed``."""
        self._randbytes = stream(seed, "ids").randbytes

    def new(self, prefix: str) -> str:
        """Return the next id with ``prefix``, such as ``ch_…`` for ``"ch"``."""
        # 18 bytes are exactly 24 base64 characters; the two odd ones are replaced by letters.
        letters = b64encode(self._randbytes(18), b"Qz").decode()
        return f"{prefix}_{letters[: _SHORT.get(prefix, 24)]}"

    def word(self, length: int) -> str:
        """Return ``length`` random letters and digits, for fingerprints and receipt paths."""
        return b64encode(self._randbytes(length), b"Qz").decode()[:length]
