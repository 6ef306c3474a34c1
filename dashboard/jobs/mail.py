"""Messages as jobs: kept sealed before they are sent, and tried until a server took them."""

import orjson
from sqlalchemy import Engine

from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.gateway import mail
from dashboard.gateway.mail import Message

TASK = "mail"


def sealed(settings: Settings, message: Message) -> str:
    """Return the message as a job's row may hold it: the link in it is a secret.

    Raises:
        SettingsError: there is no key to seal it with.
    """
    told = orjson.dumps([message.to, message.subject, message.text]).decode()
    return _vault(settings).seal(told)


def deliver(_engine: Engine, settings: Settings, *, sealed: str) -> None:
    """Send a message that ``sealed`` sealed.

    Raises:
        SettingsError: the key or the server is missing.
        UnavailableError: the server does not take it now.
    """
    mail.send(settings, Message(*orjson.loads(_vault(settings).open(sealed))))


def _vault(settings: Settings) -> Vault:
    return Vault(settings.atom_oauth_encryption_key.get_secret_value())
