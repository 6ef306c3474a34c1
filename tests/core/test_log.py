"""No secret reaches a log line, whatever it hides in."""

import json

import pytest

from dashboard.core import log

SECRETS = (
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "rk_live_abcdefghijkl",
    "whsec_1234567890abcdef",
    "ac_123456789",
    "Bearer abc.def.ghi",
    "gAAAAABm1234567890abcdefghijklmnop",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_inside_any_value_is_taken_out(
    secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure()
    log.logger("test").info("happened", text=f"key {secret}!", nested={"deep": [secret]})
    line = capsys.readouterr().err
    assert secret not in line
    assert json.loads(line)["event"] == "happened"


def test_values_under_secret_names_are_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    log.logger("test").info("happened", headers={"Authorization": "zzz", "password": "hunter2"})
    line = capsys.readouterr().err
    assert "zzz" not in line
    assert "hunter2" not in line


def test_a_secret_in_a_traceback_is_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    try:
        int(SECRETS[0])
    except ValueError:
        log.logger("test").exception("failed")
    assert SECRETS[0] not in capsys.readouterr().err
