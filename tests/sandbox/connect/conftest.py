"""A platform with three accounts beside it, none of them connected, and its official client."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import stripe

from dashboard.sandbox.command import Recipe, open_states
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.server import serve
from tests.sandbox.asking import KEY

RECIPE, FILE = Recipe(seed=7, payments=1), "world.db"
BACK = "http://127.0.0.1:8000/oauth/callback"


@dataclass(frozen=True)
class Platform:
    """What the platform sees of the practice Stripe."""

    url: str
    sandbox: Sandbox

    @property
    def accounts(self) -> list[str]:
        """The ids of the accounts beside its own."""
        return self.sandbox.permissions.others

    def client(self, key: str = KEY, *, account: str | None = None) -> stripe.StripeClient:
        """Return the official client with a key."""
        return stripe.StripeClient(
            key,
            client_id="ca_practice",
            stripe_account=account,
            base_addresses={"api": self.url, "connect": self.url},
        )

    def sent(self, path: str = "/oauth/authorize", **asked: str) -> dict[str, str]:
        """Return what the person brings back who was sent to authorize with these parameters."""
        answer = self.asked(path, **asked)
        assert answer.status_code == 303, answer.text
        address = urlsplit(answer.headers["Location"])
        assert f"{address.scheme}://{address.netloc}{address.path}" == BACK
        return dict(parse_qsl(address.query))

    def asked(self, path: str = "/oauth/authorize", **asked: str) -> requests.Response:
        """Return the answer of authorize; empty parameters are left out."""
        usual = {"client_id": "ca_practice", "response_type": "code", "redirect_uri": BACK}
        given = {name: value for name, value in {**usual, **asked}.items() if value}
        return requests.get(self.url + path, given, timeout=10, allow_redirects=False)

    def code(self, account: str, scope: str = "read_write", **asked: str) -> str:
        """Return the code of an account that allows this."""
        return self.sent(account=account, scope=scope, decision="allow", **asked)["code"]

    def token(self, account: str, scope: str = "read_write") -> "stripe.OAuth.OAuthToken":
        """Return the tokens of an account that allows this."""
        params = {"grant_type": "authorization_code", "code": self.code(account, scope)}
        return self.client().oauth.token(params)  # type: ignore[arg-type]

    def control(self, path: str, /, **form: str) -> requests.Response:
        """Return the answer of the control page."""
        return requests.post(f"{self.url}/_control{path}", form, timeout=10, allow_redirects=False)


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a platform and its three accounts; the third world is not made."""
    folder = tmp_path_factory.mktemp("worlds")
    states = open_states(RECIPE, folder / FILE, accounts=3, connected=0)
    for state in [*states.values()][:3]:
        state.complete()
    for state in states.values():
        state.close()
    return folder


@pytest.fixture
def platform(worlds: Path, tmp_path: Path) -> Iterator[Platform]:
    """Serve a platform with three accounts, none of them connected, fresh for each test."""
    shutil.copytree(worlds, tmp_path, dirs_exist_ok=True)
    states = open_states(RECIPE, tmp_path / FILE, accounts=3, connected=0)
    server = serve(states)
    yield Platform(server.url, server.sandbox)
    server.close()
    for state in states.values():
        state.close()


@pytest.fixture
def later(platform: Platform) -> Callable[[float], None]:
    """Move the practice Stripe's clock on by so many seconds."""
    began = platform.sandbox.clock

    def move(seconds: float) -> None:
        platform.sandbox.clock = lambda: began() + seconds

    return move
