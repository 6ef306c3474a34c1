"""Users: one spelling for each address, and roles in their order."""

import pytest
from sqlalchemy import Engine

from dashboard.core import db
from dashboard.core.errors import BadInputError, ConflictError, NotFoundError
from dashboard.store import users
from dashboard.store.roles import Role


def test_an_address_belongs_to_one_user_however_it_is_spelled(engine: Engine) -> None:
    with db.writing(engine) as connection:
        users.create(connection, " Ann@Example.com ", Role.FINANCE, "hash")
    with db.writing(engine) as connection, pytest.raises(ConflictError):
        users.create(connection, "ann@example.COM", Role.ADMIN, "hash")
    with db.reading(engine) as connection:
        assert [user.email for user in users.every(connection)] == ["ann@example.com"]
        assert users.find(connection, "ANN@example.com").role is Role.FINANCE


@pytest.mark.parametrize(
    "email", ["", "ann", "@example.com", "a b@example.com", "a\x00@b.com", "a@" + "b" * 300]
)
def test_what_is_no_address_is_refused_and_has_no_credentials(engine: Engine, email: str) -> None:
    with db.writing(engine) as connection:
        with pytest.raises(BadInputError):
            users.create(connection, email, Role.VIEWER, "hash")
        assert users.credentials(connection, email) is None


def test_a_disabled_user_stays_listed_and_has_no_credentials(engine: Engine) -> None:
    with db.writing(engine) as connection:
        user = users.create(connection, "ann@example.com", Role.VIEWER, "hash")
        assert users.credentials(connection, "ann@example.com") == (user, "hash")
        users.disable(connection, user.id)
        assert users.credentials(connection, "ann@example.com") is None
        assert users.find(connection, "ann@example.com").disabled_at is not None


def test_an_enabled_user_has_their_credentials_again(engine: Engine) -> None:
    with db.writing(engine) as connection:
        user = users.create(connection, "ann@example.com", Role.VIEWER, "hash")
        users.disable(connection, user.id)
        users.enable(connection, user.id)
        assert users.credentials(connection, "ann@example.com") == (user, "hash")


def test_a_role_is_given_to_one_user_alone(engine: Engine) -> None:
    with db.writing(engine) as connection:
        users.create(connection, "ann@example.com", Role.VIEWER, "hash")
        rob = users.create(connection, "rob@example.com", Role.VIEWER, "hash")
        users.set_role(connection, rob.id, Role.ADMIN)
        roles = [user.role for user in users.every(connection)]
    assert roles == [Role.VIEWER, Role.ADMIN]


def test_finding_nobody_says_where_to_look(engine: Engine) -> None:
    with db.reading(engine) as connection, pytest.raises(NotFoundError, match="users list"):
        users.find(connection, "eve@example.com")
