"""The account itself: its name, country, default currency and time zone.

https://docs.stripe.com/api/accounts
"""

from dashboard.mirror.kinds.base import Kind, Raw, Row, mirror_table, word
from dashboard.mirror.kinds.read import dig, text

accounts = mirror_table(
    "accounts",
    word("name"),
    word("country"),
    word("currency"),
    word("timezone"),
)


def project(raw: Raw) -> Row:
    """Return the columns of an account; ``timezone`` is an IANA name."""
    return {
        "name": text(dig(raw, "business_profile", "name"))
        or text(dig(raw, "settings", "dashboard", "display_name"))
        or text(dig(raw, "company", "name"))
        or text(raw.get("email")),
        "country": text(raw.get("country")),
        "currency": text(raw.get("default_currency")),
        "timezone": text(dig(raw, "settings", "dashboard", "timezone")),
    }


KIND = Kind("account", accounts, project, path="/v1/account", windowed=False, single=True)
