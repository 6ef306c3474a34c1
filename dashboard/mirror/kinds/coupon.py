"""Coupons: what may be taken off, and for how long.

https://docs.stripe.com/api/coupons
"""

from sqlalchemy import BigInteger, Column

from dashboard.mirror.kinds.base import Kind, Raw, Row, flag, mirror_table, moment, number, word
from dashboard.mirror.kinds.read import decimal, text
from dashboard.mirror.kinds.read import moment as seconds
from dashboard.mirror.kinds.read import number as whole_number

coupons = mirror_table(
    "coupons",
    word("name"),
    word("percent_off"),
    Column("amount_off_minor", BigInteger),
    word("currency"),
    word("duration"),
    number("duration_in_months"),
    flag("valid"),
    number("times_redeemed"),
    moment("redeem_by_at"),
    listed=True,
)


def project(raw: Raw) -> Row:
    """Return the columns of a coupon: ``percent_off`` as decimal text or an amount, never both."""
    return {
        "name": text(raw.get("name")),
        "percent_off": decimal(raw.get("percent_off")),
        "amount_off_minor": whole_number(raw.get("amount_off")),
        "currency": text(raw.get("currency")),
        "duration": text(raw.get("duration")),
        "duration_in_months": whole_number(raw.get("duration_in_months")),
        "valid": bool(raw.get("valid")),
        "times_redeemed": whole_number(raw.get("times_redeemed")),
        "redeem_by_at": seconds(raw.get("redeem_by")),
    }


KIND = Kind("coupon", coupons, project, path="/v1/coupons", params={"expand[0]": "data.applies_to"})
