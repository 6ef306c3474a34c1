"""Text that no database can hold never reaches a view."""

import re

from flask import Flask, request

from dashboard.core.errors import BadInputError

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def register(app: Flask) -> None:
    """Refuse requests whose address, query or form holds a NUL or half a character."""
    app.before_request(_refuse_unstorable)


def _refuse_unstorable() -> None:
    fields = [("address", request.path), *request.args.items(multi=True)]
    fields += [(name, value) for name, value in request.form.items(multi=True)]
    for name, value in fields:
        if not (_is_storable(name) and _is_storable(value)):
            raise BadInputError(
                "It holds a character that cannot be stored.",
                field=name if _is_storable(name) else None,
                remedy="Remove it and try again.",
            )


def _is_storable(text: str) -> bool:
    return UNSTORABLE.search(text) is None
