import pytest

from dashboard.core.errors import BadInputError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BadInputError("is too long."), "is too long."),
        (BadInputError("is too long.", field="name"), "name: is too long."),
        (BadInputError("is too long.", remedy="Shorten it."), "is too long. Shorten it."),
        (BadInputError("Refused", remedy="Try again."), "Refused. Try again."),
        (BadInputError("Said “no.”", remedy="Ask."), "Said “no.” Ask."),
        (BadInputError("Said “no”", remedy="Ask."), "Said “no”. Ask."),
        (BadInputError("No.", field="name", remedy="Go back."), "name: No. Go back."),
    ],
)
def test_an_error_names_field_fault_and_remedy_in_one_sentence(
    error: BadInputError, words: str
) -> None:
    assert str(error) == words
