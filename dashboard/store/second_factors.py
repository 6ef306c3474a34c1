"""Second factors: the secret of an authenticator app, and recovery codes for who loses it.

The secret is sealed. Codes are those of RFC 6238: six digits of SHA-1 for every thirty seconds;
one of the step before or after counts too, and none counts twice. Recovery codes have 125 bits
of chance, so that a plain hash of them tells nobody anything.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import pyotp
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    Text,
    func,
    select,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault

STEP_SECONDS = 30
DIGITS = 6
ISSUER = "Stripe dashboard"
NEVER = 0
RECOVERY_CODES = 10
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
GROUPS, GROUP_LETTERS = 5, 5
SEPARATORS = re.compile(r"[\s-]+")

second_factors = Table(
    "second_factors",
    database.metadata,
    Column(
        "user_id",
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("sealed_secret", Text, nullable=False),
    # The last step whose code was taken: neither it nor an earlier one counts again.
    Column("last_step", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    # Empty until a first code has shown that the app holds the secret.
    Column("confirmed_at", Integer),
)
recovery_codes = Table(
    "recovery_codes",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("used_at", Integer),
)


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """What an authenticator app is given: the secret to type, and the address of its QR code."""

    secret: str
    address: str


def begin(db: Connection, user_id: int, email: str, settings: Settings) -> Enrolment:
    """Return the secret that waits for its first code; it is made where there is none.

    Raises:
        SettingsError: there is no key to seal it with.
    """
    vault = _vault(settings)
    statement = database.insert(db, second_factors).values(
        user_id=user_id,
        sealed_secret=vault.seal(pyotp.random_base32()),
        last_step=NEVER,
        created_at=clock.seconds(),
    )
    db.execute(statement.on_conflict_do_nothing())
    secret = vault.open(str(db.scalar(_secret_of(user_id, confirmed=False))))
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    return Enrolment(secret, address)


def confirm(db: Connection, user_id: int, code: str, settings: Settings) -> bool:
    """Let the secret count from now on if ``code`` is of it; say whether it was."""
    if not _take(db, user_id, code, settings, confirmed=False):
        return False
    chosen = second_factors.c.user_id == user_id
    db.execute(second_factors.update().where(chosen).values(confirmed_at=clock.seconds()))
    return True


def accept(db: Connection, user_id: int, code: str, settings: Settings) -> bool:
    """Say whether this is a code of the user's app that was not given before, and take it."""
    return _take(db, user_id, code, settings, confirmed=True)


def accept_recovery(db: Connection, user_id: int, code: str) -> bool:
    """Say whether this is a recovery code of the user that was not used before, and use it up."""
    chosen = (
        recovery_codes.c.user_id == user_id,
        recovery_codes.c.code_hash == _hash(code),
        recovery_codes.c.used_at.is_(None),
    )
    used = recovery_codes.update().where(*chosen).values(used_at=clock.seconds())
    return db.execute(used).rowcount == 1


def renew_recovery(db: Connection, user_id: int) -> Sequence[str]:
    """Return new recovery codes, which are kept nowhere else; the old ones count no more."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    db.execute(recovery_codes.delete().where(recovery_codes.c.user_id == user_id))
    db.execute(
        recovery_codes.insert(), [{"user_id": user_id, "code_hash": _hash(code)} for code in codes]
    )
    return codes


def recovery_left(db: Connection, user_id: int) -> int:
    """Return how many recovery codes the user has left."""
    query = select(func.count()).where(
        recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None)
    )
    return int(db.scalar(query) or 0)


def remove(db: Connection, user_id: int) -> bool:
    """Forget the user's second factor and recovery codes; say whether there was one."""
    db.execute(recovery_codes.delete().where(recovery_codes.c.user_id == user_id))
    chosen = second_factors.c.user_id == user_id
    return db.execute(second_factors.delete().where(chosen)).rowcount > 0


def is_recovery(code: str) -> bool:
    """Return whether this is meant as a recovery code, and not as one of an app."""
    return len(_bare(code)) > DIGITS


def _take(db: Connection, user_id: int, code: str, settings: Settings, *, confirmed: bool) -> bool:
    sealed = db.scalar(_secret_of(user_id, confirmed=confirmed))
    if sealed is None:
        return False
    step = _step_of(_vault(settings).open(str(sealed)), _bare(code))
    newer = (second_factors.c.user_id == user_id) & (second_factors.c.last_step < (step or NEVER))
    # One statement decides who of several that give the same code is first.
    return db.execute(second_factors.update().where(newer).values(last_step=step)).rowcount == 1


def _step_of(secret: str, code: str) -> int | None:
    """Return the step of the code, if it is of this moment or of the step before or after."""
    present = clock.seconds() // STEP_SECONDS
    app = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(app.at(step * STEP_SECONDS).encode(), code.encode()):
            return step
    return None


def _secret_of(user_id: int, *, confirmed: bool) -> Select[tuple[str]]:
    counts = second_factors.c.confirmed_at
    return select(second_factors.c.sealed_secret).where(
        second_factors.c.user_id == user_id,
        counts.is_not(None) if confirmed else counts.is_(None),
    )


def _vault(settings: Settings) -> Vault:
    return Vault(settings.atom_oauth_encryption_key.get_secret_value())


def _recovery_code() -> str:
    groups = (
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS)
    )
    return "-".join(groups)


def _bare(code: str) -> str:
    return SEPARATORS.sub("", code).upper()


def _hash(code: str) -> str:
    return hashlib.sha256(_bare(code).encode()).hexdigest()
