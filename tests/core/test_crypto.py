"""Secrets are sealed, keys rotate, and a missing key says what to do."""

import pytest

from dashboard.core.crypto import Vault, make_key
from dashboard.core.errors import SettingsError

SECRET = "sk_test_something_secret"


def test_a_sealed_secret_opens_with_its_key_and_does_not_show() -> None:
    vault = Vault(make_key())
    sealed = vault.seal(SECRET)
    assert SECRET not in sealed
    assert vault.open(sealed) == SECRET


def test_an_old_key_behind_the_new_one_still_opens() -> None:
    old, new = make_key(), make_key()
    sealed = Vault(old).seal(SECRET)
    assert Vault(f"{new}, {old}").open(sealed) == SECRET


def test_without_its_key_a_secret_stays_closed_and_the_error_does_not_tell_it() -> None:
    sealed = Vault(make_key()).seal(SECRET)
    with pytest.raises(SettingsError) as refusal:
        Vault(make_key()).open(sealed)
    assert "ATOM_OAUTH_ENCRYPTION_KEY" in str(refusal.value)
    assert sealed not in str(refusal.value)


@pytest.mark.parametrize("keys", ["", "short", " , "])
def test_keys_that_are_none_are_refused(keys: str) -> None:
    with pytest.raises(SettingsError):
        Vault(keys)
