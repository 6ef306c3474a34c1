"""Mail: hands a message to the server of SMTP_URL, or to the terminal on one's own machine."""

import smtplib
import ssl
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from dashboard.core.config import Settings
from dashboard.core.errors import SettingsError, UnavailableError
from dashboard.core.log import logger
from dashboard.gateway.address import is_loopback

PORTS = {"smtp": 587, "smtps": 465}
TIMEOUT_SECONDS = 20

log = logger("mail")


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A plain text to one address."""

    to: str
    subject: str
    text: str


def is_possible(settings: Settings) -> bool:
    """Return whether messages can leave: there is a server, or a terminal of one's own."""
    if not settings.atom_oauth_encryption_key.get_secret_value():
        return False
    return settings.is_local or bool(settings.smtp_url.get_secret_value())


def send(settings: Settings, message: Message) -> None:
    """Send the message, and return once the server has taken it.

    Raises:
        SettingsError: SMTP_URL or MAIL_FROM makes no sense.
        UnavailableError: the server does not take it now.
    """
    if not settings.smtp_url.get_secret_value():
        _show(settings, message)
        return
    url = _server(settings)
    letter = _letter(settings, message)
    try:
        _hand_over(url, letter)
    except (OSError, smtplib.SMTPException) as error:
        # What the server says may quote the letter; its class says enough.
        raise UnavailableError(
            f"The mail server {url.hostname} does not take it ({type(error).__name__}).",
            field="SMTP_URL",
            remedy="It is tried again by itself.",
        ) from None
    log.info("mail_sent")


def _show(settings: Settings, message: Message) -> None:
    """Write the message to the terminal of a machine of one's own; elsewhere it holds secrets."""
    if not settings.is_local:
        raise SettingsError("is missing: nothing can be mailed.", field="SMTP_URL")
    sys.stdout.write(f"\nTo: {message.to}\nSubject: {message.subject}\n\n{message.text}\n")
    sys.stdout.flush()


def _server(settings: Settings) -> SplitResult:
    url = urlsplit(settings.smtp_url.get_secret_value())
    if url.scheme not in PORTS or not url.hostname:
        raise SettingsError(
            "is no address of a mail server.",
            field="SMTP_URL",
            remedy="Write it like smtp://user:password@mail.example.com:587",
        )
    return url


def _letter(settings: Settings, message: Message) -> EmailMessage:
    if not settings.mail_from:
        raise SettingsError(
            "is missing.", field="MAIL_FROM", remedy="Say from which address to mail."
        )
    letter = EmailMessage()
    letter["From"] = settings.mail_from
    letter["To"] = message.to
    letter["Subject"] = message.subject
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text)
    return letter


def _hand_over(url: SplitResult, letter: EmailMessage) -> None:
    host, port = str(url.hostname), url.port or PORTS[url.scheme]
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo()
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif url.scheme == "smtp" and not is_loopback(url.geturl()):
            raise smtplib.SMTPNotSupportedError("STARTTLS")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(letter)
