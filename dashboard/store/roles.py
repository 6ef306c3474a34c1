"""Roles: what a user may do, as one table of role and permission."""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a role may do or not; ``web/access.py`` says which route needs which."""

    OWN = "own"
    """One's own account here: password, sessions, second factor."""
    READ = "read"
    EXPORT = "export"
    SUPPORT = "support"
    """Changes that move no money."""
    MONEY = "money"
    APPROVE = "approve"
    """Letting somebody else's money move."""
    ADMIN = "admin"
    """People, connections and what keeps the mirror going."""
    AUDIT = "audit"
    """Reading who did what."""


class Role(StrEnum):
    """What people are here for."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    SUPPORT = "support"
    FINANCE = "finance"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"

    def allows(self, permission: Permission) -> bool:
        """Return whether this role may do that."""
        return permission in MAY[self]


_READER = frozenset({Permission.OWN, Permission.READ})
_ANALYST = _READER | {Permission.EXPORT}
_FINANCE = _ANALYST | {Permission.SUPPORT, Permission.MONEY}

MAY: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _READER,
    Role.ANALYST: _ANALYST,
    Role.SUPPORT: _READER | {Permission.SUPPORT},
    Role.FINANCE: _FINANCE,
    Role.APPROVER: _FINANCE | {Permission.APPROVE},
    Role.AUDITOR: _ANALYST | {Permission.AUDIT},
    Role.ADMIN: frozenset(Permission),
}
"""The permissions of each role."""
