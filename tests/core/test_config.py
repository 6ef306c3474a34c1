"""Settings: what the environment says, and clear words where it makes no sense."""

from pathlib import Path

import pytest

from dashboard.core import config
from dashboard.core.errors import SettingsError


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgresql_address_gets_its_driver(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://ann@db/dashboard")
    assert config.read().database_url == "postgresql+psycopg://ann@db/dashboard"


def test_without_a_database_address_there_is_a_file() -> None:
    assert config.read().database_url.endswith("/instance/dashboard.sqlite")


def test_a_setting_that_makes_no_sense_is_named_and_its_value_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STRIPE_REQUEST_TIMEOUT", "sk_test_oops_wrong_variable")
    with pytest.raises(SettingsError) as refusal:
        config.read()
    assert refusal.value.field == "STRIPE_REQUEST_TIMEOUT"
    assert "oops" not in str(refusal.value)


def test_secrets_do_not_show_in_the_settings_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_visible")
    assert "visible" not in repr(config.read())
