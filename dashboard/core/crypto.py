"""Sealing of secrets before they reach the database, with keys that can be rotated."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from dashboard.core.errors import SettingsError

KEY_SETTING = "ATOM_OAUTH_ENCRYPTION_KEY"


class Vault:
    """Seals and opens short secrets with one or more Fernet keys, the newest first."""

    def __init__(self, keys: str) -> None:
        """Take the keys, comma separated.

        Raises:
            SettingsError: no key is given or one of them is no Fernet key.
        """
        try:
            every = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
            self._fernet, self._newest = MultiFernet(every), MultiFernet(every[:1])
        except ValueError as error:
            raise SettingsError(
                "is missing or holds something that is no Fernet key.",
                field=KEY_SETTING,
                remedy="Make one with: flask --app wsgi make-key",
            ) from error

    def seal(self, secret: str) -> str:
        """Return ``secret`` sealed with the newest key."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the secret that ``seal`` was given.

        Raises:
            SettingsError: none of the keys opens it.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SettingsError(
                "does not open what is stored: the key that sealed it is missing.",
                field=KEY_SETTING,
                remedy="Put the old key behind the new one, separated by a comma.",
            ) from error

    def is_newest(self, sealed: str) -> bool:
        """Return whether the newest key opens it."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def make_key() -> str:
    """Return a new Fernet key."""
    return Fernet.generate_key().decode()
