"""Passwords: the policy, the hash, and the same work for nobody."""

import pytest
from argon2 import extract_parameters

from dashboard.core.errors import BadInputError
from dashboard.store import passwords


@pytest.mark.parametrize(
    "password",
    ["", "short", "elevenchars", "Password1234", "ann.miller@example.com", "aaaaaaaaaaaaaa"],
)
def test_a_password_that_guessing_finds_early_is_refused(password: str) -> None:
    with pytest.raises(BadInputError) as refused:
        passwords.check(password, "ann.miller@example.com")
    assert refused.value.field == "password"
    assert not password or password not in str(refused.value)


def test_a_password_of_a_few_words_is_good() -> None:
    passwords.check("seven quiet otters", "ann@example.com")


def test_a_password_of_a_megabyte_is_refused_before_it_is_hashed() -> None:
    with pytest.raises(BadInputError):
        passwords.check("ab" * 500_000, "ann@example.com")


def test_only_the_right_password_matches_its_hash() -> None:
    kept = passwords.hashed("seven quiet otters")
    assert kept.startswith("$argon2id$")
    assert passwords.matches("seven quiet otters", kept)
    assert not passwords.matches("seven quiet otter", kept)
    assert not passwords.matches("seven quiet otters", "not a hash")


def test_two_hashes_of_one_password_differ() -> None:
    assert passwords.hashed("seven quiet otters") != passwords.hashed("seven quiet otters")


def test_a_password_of_nobody_is_checked_against_a_hash_that_costs_the_same() -> None:
    nobody = passwords.nobodys_hash()
    assert extract_parameters(nobody) == extract_parameters(passwords.hashed("seven quiet otters"))


def test_the_password_of_the_dummy_hash_opens_nothing() -> None:
    assert not passwords.matches("nobody signs in with this", None)
