"""Ids and dice of a world: every random choice comes from a stream named after its use."""

from binascii import b2a_base64
from random import Random

_SHORT = {"cus": 14, "prod": 14}

#: The two characters of base64 that no id has become letters.
_LETTERS = bytes.maketrans(b"+/", b"Qz")


def stream(seed: int, name: str) -> Random:
    """Return the random stream ``name`` of the world ``seed``; it shares nothing with others."""
    return Random(f"{seed}/{name}")


class Ids:
    """Ids as Stripe writes them: a prefix and 24 (customers, products: 14) letters and digits."""

    def __init__(self, seed: int) -> None:
        """Start the id stream of the world ``seed``."""
        self._getrandbits = stream(seed, "ids").getrandbits

    def new(self, prefix: str) -> str:
        """Return the next id with ``prefix``, such as ``ch_…`` for ``"ch"``."""
        return f"{prefix}_{self.word(_SHORT.get(prefix, 24))}"

    def word(self, length: int) -> str:
        """Return up to 24 random letters and digits, for fingerprints and receipt paths."""
        # 18 bytes are exactly 24 base64 characters.
        drawn = self._getrandbits(144).to_bytes(18, "big")
        return b2a_base64(drawn, newline=False).translate(_LETTERS)[:length].decode()
