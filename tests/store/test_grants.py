"""Grants: a role at one account goes before the role everywhere, and nothing is seen without."""

from sqlalchemy import Connection

from dashboard.store import books, grants, users
from dashboard.store.roles import Role


def test_each_book_comes_with_what_is_granted_at_its_account(db: Connection) -> None:
    ann = users.create(db, "ann@example.com", Role.VIEWER, "hash")
    bob = users.create(db, "bob@example.com", Role.VIEWER, "hash", every_account=False)
    one = books.open_book(db, "acct_1", livemode=True)
    practice = books.open_book(db, "acct_1", livemode=False)
    other = books.open_book(db, "acct_2", livemode=True)
    grants.replace(db, ann.id, {"acct_1": Role.FINANCE, "acct_gone": Role.ADMIN})
    granted = dict(grants.shelf(db, ann.id))
    assert granted == {one: Role.FINANCE, practice: Role.FINANCE, other: None}
    assert [ann.role_where(granted[book]) for book in (one, other)] == [Role.FINANCE, Role.VIEWER]
    assert {bob.role_where(role) for _, role in grants.shelf(db, bob.id)} == {None}


def test_only_who_sees_all_accounts_has_a_role_in_the_house(db: Connection) -> None:
    ann = users.create(db, "ann@example.com", Role.ADMIN, "hash")
    assert (ann.role_everywhere, ann.role_in_house) == (Role.ADMIN, Role.ADMIN)
    grants.replace(db, ann.id, {"acct_1": Role.VIEWER})
    varied = users.by_id(db, ann.id)
    assert (varied.role_everywhere, varied.role_in_house) == (None, Role.ADMIN)
    users.set_every_account(db, ann.id, every_account=False)
    narrow = users.by_id(db, ann.id)
    assert (narrow.role_everywhere, narrow.role_in_house) == (None, None)


def test_new_grants_take_the_place_of_the_old(db: Connection) -> None:
    ann = users.create(db, "ann@example.com", Role.VIEWER, "hash")
    grants.replace(db, ann.id, {"acct_1": Role.FINANCE})
    grants.replace(db, ann.id, {"acct_2": Role.SUPPORT})
    assert grants.of_user(db, ann.id) == {"acct_2": Role.SUPPORT}
    grants.replace(db, ann.id, {})
    assert grants.every(db) == {}
