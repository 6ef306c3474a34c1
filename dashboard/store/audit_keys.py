"""The keys of the audit log: who has none can change its rows, but not seal them."""

import hmac
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from dashboard.core.config import INSTANCE
from dashboard.core.errors import SettingsError

SETTING = "AUDIT_KEY"
FILE = "audit.key"
OPTION = "audit_keys"
"""Execution option of an engine: the keys with which its connections seal."""

SHORTEST = 32
FINGERPRINT_LETTERS = 8


class Keys:
    """One key that seals and, behind it, older ones whose seals are still believed."""

    def __init__(self, configured: str, folder: Path) -> None:
        """Take the keys of the setting, comma separated; without any, that of the folder's file."""
        self._configured = configured
        self._folder = folder

    def seal(self, what: str, number: int, *content: Any) -> str:
        """Return ``number.fingerprint.code``: only who has the key can write it for this content.

        Raises:
            SettingsError: there is no key, or it is too short.
        """
        return self._seal(next(iter(self._keys)), what, number, *content)

    def check(self) -> None:
        """Make sure that there is a key.

        Raises:
            SettingsError: there is none, or it is too short.
        """
        self.seal("check", 0)

    def knows(self, seal: str) -> bool:
        """Return whether the seal names one of these keys."""
        return fingerprint_of(seal) in self._keys

    def fits(self, seal: str, what: str, *content: Any) -> bool:
        """Return whether one of these keys wrote the seal, for this content and its own number."""
        if not self.knows(seal):
            return False
        try:
            right = self._seal(fingerprint_of(seal), what, number_of(seal), *content)
        except (TypeError, ValueError):  # Nothing that was ever written here looks like this.
            return False
        return hmac.compare_digest(right.encode(), seal.encode())

    def _seal(self, fingerprint: str, what: str, number: int, *content: Any) -> str:
        told = orjson.dumps([what, number, *content])
        return f"{number}.{fingerprint}.{_code(self._keys[fingerprint], told)}"

    @cached_property
    def _keys(self) -> dict[str, bytes]:
        """Return the keys by their fingerprints, the newest first."""
        told = [each.strip() for each in self._configured.split(",") if each.strip()]
        keys = [key.encode() for key in told or [_kept_in(self._folder)]]
        if any(len(key) < SHORTEST for key in keys):
            raise SettingsError(
                f"holds a key that is shorter than {SHORTEST} characters.",
                field=SETTING,
                remedy="Make one with: python -c 'import secrets; print(secrets.token_hex())'",
            )
        return {_code(key, b"fingerprint")[:FINGERPRINT_LETTERS]: key for key in keys}


def use(engine: Engine, configured: str) -> Keys:
    """Let the connections of ``engine`` seal with these keys, by default with its own file's."""
    keys = Keys(configured, _folder_of(engine))
    engine.update_execution_options(**{OPTION: keys})
    return keys


def of(db: Connection) -> Keys:
    """Return the keys with which this connection seals."""
    found: Keys | None = db.engine.get_execution_options().get(OPTION)
    return found or use(db.engine, "")


def number_of(seal: str) -> int:
    """Return the number that the sealed row was written under.

    Raises:
        ValueError: this is no seal.
    """
    return int(seal.partition(".")[0])


def fingerprint_of(seal: str) -> str:
    """Return what tells the seal's key from others, and nothing of it; empty where it is none."""
    parts = seal.split(".") if isinstance(seal, str) else []
    return parts[1] if len(parts) == len(("number", "fingerprint", "code")) else ""


def _code(key: bytes, told: bytes) -> str:
    return hmac.digest(key, told, "sha256").hex()


def _folder_of(engine: Engine) -> Path:
    """Return where the key is kept: beside a SQLite file, else in the instance folder."""
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(path).parent if path and path != ":memory:" else INSTANCE


def _kept_in(folder: Path) -> str:
    """Return the key in the folder's file, made where there is none.

    Raises:
        SettingsError: the file can be neither read nor made.
    """
    path = folder / FILE
    try:
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"is missing, and {path} can be neither read nor written.",
            field=SETTING,
            remedy="Make one with: python -c 'import secrets; print(secrets.token_hex())'",
        ) from error


def _make(path: Path) -> None:
    """Write a new key, readable by us alone; of several processes that do so at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_hex())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
