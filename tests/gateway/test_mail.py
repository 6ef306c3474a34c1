"""Mail reaches a real server, encrypted or not at all, and a server that is away is said to be."""

import socketserver
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
from pydantic import SecretStr

from dashboard.core.config import Settings
from dashboard.core.errors import SettingsError, UnavailableError
from dashboard.gateway import mail
from dashboard.gateway.mail import Message

LETTER = Message("bob@example.com", "Grüße", "https://dashboard.example.com/invitation?token=t")


class PostOffice(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as is needed to take a letter."""

    letters: ClassVar[list[str]] = []

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                self.letters.append(self._letter())
            self._say({"QUIT": "221 bye", "EHLO": "250 here"}.get(verb, "250 fine"))
            if verb == "QUIT":
                return

    def _letter(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        return "\n".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def office() -> Iterator[tuple[str, list[str]]]:
    """A mail server on this machine: its URL, and the letters that it took."""
    PostOffice.letters = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), PostOffice) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"smtp://127.0.0.1:{server.server_address[1]}", PostOffice.letters
        server.shutdown()


def settings(url: str, mail_from: str = "dashboard@example.com") -> Settings:
    return Settings(
        _env_file=None,
        environment="production",
        mail_from=mail_from,
        smtp_url=SecretStr(url),
    )


def test_a_letter_reaches_the_server(office: tuple[str, list[str]]) -> None:
    url, letters = office
    mail.send(settings(url), LETTER)
    (one,) = letters
    assert "To: bob@example.com" in one
    assert "From: dashboard@example.com" in one
    assert LETTER.text in one


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    url = "smtp://user:hunter2@127.0.0.1:1"
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1") as refused:
        mail.send(settings(url), LETTER)
    assert "hunter2" not in str(refused.value)
    assert "token" not in str(refused.value)


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://"])
def test_an_address_that_makes_no_sense_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL"):
        mail.send(settings(url), LETTER)


def test_without_a_sender_nothing_is_sent(office: tuple[str, list[str]]) -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        mail.send(settings(office[0], mail_from=""), LETTER)
    assert office[1] == []


def test_in_production_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL"):
        mail.send(settings(""), LETTER)
    assert "token" not in capsys.readouterr().out


def test_no_header_can_be_smuggled_in(office: tuple[str, list[str]]) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        mail.send(settings(office[0]), Message("bob@example.com", "a\nBcc: eve@example.com", "x"))
    assert office[1] == []
