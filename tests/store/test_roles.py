"""Which role may do what."""

from dashboard.store.roles import Permission, Role


def who_may(permission: Permission) -> set[Role]:
    return {role for role in Role if role.allows(permission)}


def test_everybody_reads() -> None:
    assert who_may(Permission.READ) == who_may(Permission.OWN) == set(Role)


def test_viewers_and_support_take_no_rows_away() -> None:
    assert who_may(Permission.EXPORT) == set(Role) - {Role.VIEWER, Role.SUPPORT}


def test_support_changes_what_moves_no_money() -> None:
    assert who_may(Permission.SUPPORT) - who_may(Permission.MONEY) == {Role.SUPPORT}


def test_money_is_moved_by_finance_and_let_through_by_others() -> None:
    assert who_may(Permission.MONEY) == {Role.FINANCE, Role.APPROVER, Role.ADMIN}
    assert who_may(Permission.APPROVE) == {Role.APPROVER, Role.ADMIN}


def test_an_auditor_reads_all_and_changes_nothing() -> None:
    assert who_may(Permission.AUDIT) == {Role.AUDITOR, Role.ADMIN}
    changing = {Permission.SUPPORT, Permission.MONEY, Permission.APPROVE, Permission.ADMIN}
    assert not any(Role.AUDITOR.allows(permission) for permission in changing)
