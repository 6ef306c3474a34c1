"""Ids and dice of a world: every random choice comes from a stream named after its use."""

from binascii import b2a_base64
from collections.abc import Iterator
from random import Random

from dashboard.sandbox.identity import SHORT, opening

_LONG = 24
_SHORT_ONES = {"cus_", "prod_"}
_OF_THE_MINUTE, _OF_THE_ACCOUNT, _OF_ONE = 4, 10, 8

#: The two characters of base64 that no id has become letters.
_LETTERS = bytes.maketrans(b"+/", b"Qz")


def stream(seed: int, name: str) -> Random:
    """Return the random stream ``name`` of the world ``seed``; it shares nothing with others."""
    return Random(f"{seed}/{name}")


class Ids:
    """Ids as Stripe writes them: a prefix and 24 (customers, products: 14) letters and digits.

    Long ones hold the last characters of the account's own id, between the moment and the dice.
    """

    def __init__(self, seed: int) -> None:
        """Start the id stream of the world ``seed``."""
        self._getrandbits = stream(seed, "ids").getrandbits
        self._account = self.word(_OF_THE_ACCOUNT)
        self._ends = self._drawn_ends()

    def account(self, at: int) -> str:
        """Return the id of the account, opened at ``at``."""
        return opening("acct_", _LONG, at) + self._account

    def new(self, prefix: str, at: int) -> str:
        """Return the next id with ``prefix``, ``ch_…`` for ``"ch"``, of what is made at ``at``."""
        prefix += "_"
        if prefix in _SHORT_ONES:
            return opening(prefix, SHORT, at) + self.word(SHORT - _OF_THE_MINUTE)
        return opening(prefix, _LONG, at) + self._account + next(self._ends)

    def word(self, length: int) -> str:
        """Return ``length`` random letters and digits, for fingerprints and receipt paths."""
        # Three bytes are exactly four base64 characters.
        size = -(-length // 4) * 3
        drawn = self._getrandbits(size * 8).to_bytes(size, "big")
        return b2a_base64(drawn, newline=False).translate(_LETTERS)[:length].decode()

    def _drawn_ends(self) -> Iterator[str]:
        """Yield the random ends of long ids; drawn by the thousand they cost half as much."""
        while True:
            drawn = self.word(1_000 * _OF_ONE)
            for start in range(0, len(drawn), _OF_ONE):
                yield drawn[start : start + _OF_ONE]
