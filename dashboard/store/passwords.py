"""Passwords: what makes a good one, its argon2id hash, a check that takes as long for nobody."""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dashboard.core.errors import BadInputError

SHORTEST = 12
LONGEST = 1_000
COMMONEST = frozenset(
    (
        "000000000000",
        "111111111111",
        "112233445566",
        "123123123123",
        "123412341234",
        "123456123456",
        "1234567891011",
        "123456789012",
        "1234567890123",
        "12345678910",
        "123456789123",
        "123456789abc",
        "123456abcdef",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "abc123abc123",
        "abcdefghijkl",
        "adminadminadmin",
        "administrator",
        "asdfghjkl123",
        "changeme1234",
        "changemechangeme",
        "correcthorsebatterystaple",
        "dashboard123",
        "football1234",
        "iloveyou1234",
        "letmein12345",
        "letmeinletmein",
        "masterpassword",
        "mypassword123",
        "newpassword1",
        "p@ssw0rd1234",
        "passw0rd1234",
        "password1234",
        "password12345",
        "password123456",
        "password2026",
        "passwordpassword",
        "q1w2e3r4t5y6",
        "qazwsxedcrfv",
        "qwerty123456",
        "qwertyqwerty",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiop[]",
        "secretsecret",
        "stripestripe",
        "trustno1trustno1",
        "welcome12345",
        "zxcvbnm12345",
    )
)

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def check(password: str, email: str) -> None:
    """Refuse a password that guessing finds early.

    Raises:
        BadInputError: it is too short or too long, is the e-mail address, or is a common one.
    """
    plain = password.casefold()
    if len(password) < SHORTEST:
        fault = f"has fewer than {SHORTEST} characters."
    elif len(password) > LONGEST:
        fault = f"has more than {LONGEST:,} characters."
    elif plain in (email, email.partition("@")[0]):
        fault = "is the e-mail address."
    elif plain in COMMONEST or len(set(plain)) == 1:
        fault = "is one of those that are tried first."
    else:
        return
    raise BadInputError(
        fault, field="password", remedy="Three or four words that do not belong together do well."
    )


def hashed(password: str) -> str:
    """Return the argon2id hash of ``password`` with a salt of its own."""
    return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Return whether the hash is of ``password``; without a hash, no, after the same work."""
    try:
        return _hasher.verify(password_hash or nobodys_hash(), password) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Return whether the hash was made with other parameters than new ones are."""
    return _hasher.check_needs_rehash(password_hash)


@lru_cache(maxsize=1)
def nobodys_hash() -> str:
    """Return a hash that stands for nobody's: checking against it costs what a real one costs."""
    return hashed("nobody signs in with this")
