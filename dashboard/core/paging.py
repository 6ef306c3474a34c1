"""Keyset cursors: where a page of a list begins, as a short text that a URL can carry."""

import base64
import binascii
from dataclasses import dataclass
from typing import Self

import orjson

from dashboard.core.errors import BadInputError

PAGE_SIZE = 50
COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort value and id of the row beside which a page begins; ``newer`` looks backwards."""

    value: int | str | None
    id: str
    newer: bool = False

    def encode(self) -> str:
        """Return the cursor as text for a query string."""
        body = orjson.dumps([self.value, self.id, int(self.newer)])
        return base64.urlsafe_b64encode(body).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Return the cursor that ``encode`` wrote.

        Raises:
            BadInputError: the text was not written by us.
        """
        try:
            body = orjson.loads(
                base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            )
            value, id, newer = body  # noqa: A001
        except (binascii.Error, ValueError, TypeError) as error:
            raise _broken() from error
        if not (isinstance(value, int | str | None) and isinstance(id, str) and newer in (0, 1)):
            raise _broken()
        return cls(value, id, bool(newer))


def _broken() -> BadInputError:
    return BadInputError(
        "This page link is broken.",
        field="cursor",
        remedy="Open the list again from its first page.",
    )
