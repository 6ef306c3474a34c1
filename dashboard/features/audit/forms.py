"""What the audit log can be narrowed by, and the words for what people do."""

from dashboard.web.filters import Choice, Dates, Text

DEEDS = {
    "session.started": "Signed in",
    "session.refused": "Sign-in refused",
    "session.ended": "Signed out",
    "session.revoked": "Sessions ended",
    "session.confirmed": "Identity confirmed",
    "second_factor.added": "Second factor added",
    "second_factor.removed": "Second factor removed",
    "recovery_codes.renewed": "Recovery codes renewed",
    "recovery_code.used": "Recovery code used",
    "portal.opened": "Opened in the portal",
    "portal.refused": "Refused in the portal",
    "portal.changed": "Portal session changed",
    "portal.left": "Left the portal",
    "user.invited": "Person invited",
    "invitation.revoked": "Invitation taken back",
    "user.created": "Person added",
    "user.access_changed": "Access changed",
    "user.role_changed": "Role changed",
    "user.password_changed": "Password changed",
    "user.reset_asked": "New password asked for",
    "user.reset_link_made": "Link to a new password made",
    "user.disabled": "Person disabled",
    "user.enabled": "Person enabled",
    "connection.connected": "Account connected",
    "connection.reconnected": "Account connected again",
    "connection.renewed": "Access renewed",
    "connection.refused": "Connecting refused",
    "connection.disconnected": "Account disconnected",
    "connection.deauthorized": "Permission taken back at Stripe",
    "keys.rotated": "Encryption key replaced",
    "secret.added": "Signing secret added",
    "secret.removed": "Signing secret removed",
    "delivery.replayed": "Deliveries replayed",
    "sync.started": "Sync started",
    "sync.stopped": "Sync stopped",
    "repair.started": "Repair started",
    "job.retried": "Job tried again",
    "export.taken": "List exported",
}
"""What is written beside a deed; one that is not here is written as it is kept."""

FILTERS = (
    Dates("when", "When"),
    Text("who", "Who"),
    Choice("deed", "What", tuple(DEEDS.items())),
    Text("subject", "Subject"),
    Text("account_id", "Account"),
)


def words(deed: str) -> str:
    """Return the deed as people say it."""
    return DEEDS.get(deed) or deed.replace(".", " ").replace("_", " ").capitalize()
