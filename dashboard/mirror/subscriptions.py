"""What subscriptions sell: found by the first item, and by the items of those that have several."""

from sqlalchemy import ColumnElement, and_, exists, or_

from dashboard.core.paging import Wanted
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.kinds.subscription_item import subscription_items
from dashboard.mirror.listing import within


def selling(column: str, wanted: Wanted) -> ColumnElement[bool]:
    """Return the condition that any item has a wanted ``price_id`` or ``product_id``.

    Most subscriptions have one item, and the index of its column answers.
    """
    items = subscription_items
    among_several = exists().where(
        items.c.book_id == subscriptions.c.book_id,
        items.c.subscription_id == subscriptions.c.id,
        *within(items.c[column], wanted),
        ~items.c.deleted,
    )
    return or_(
        and_(*within(subscriptions.c[column], wanted)),
        and_(subscriptions.c.item_count > 1, among_several),
    )
