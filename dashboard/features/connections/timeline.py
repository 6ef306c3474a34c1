"""What was done to a connection, in words."""

from dataclasses import dataclass

from dashboard.features.connections.queries import SCOPES, WAYS, Entry
from dashboard.store.connections import How, Scope

DEEDS = {
    "connection.connected": ("Connected", "plug", "ok"),
    "connection.reconnected": ("Connected again", "plug", "ok"),
    "connection.renewed": ("Token renewed", "refresh", "neutral"),
    "connection.refused": ("Refused", "ban", "bad"),
    "connection.disconnected": ("Disconnected", "plug-x", "neutral"),
    "connection.deauthorized": ("Permission taken back", "plug-x", "warn"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the history; ``at`` in UTC seconds."""

    at: int
    title: str
    text: str
    icon: str
    tone: str


def told(entry: Entry) -> Event:
    """Return an entry of the audit log in words."""
    title, icon, tone = DEEDS.get(entry.deed, (entry.deed, "circle-dashed", "neutral"))
    parts = [f"by {entry.actor}"]
    how, scope = entry.after.get("how"), entry.after.get("scope")
    if how in list(How) and title.startswith("Connected"):
        parts.append(WAYS[How(how)])
    if scope in list(Scope) and title.startswith("Connected"):
        parts.append(SCOPES[Scope(scope)])
    reason = entry.after.get("reason") or entry.after.get("refusal")
    if reason:
        parts.append(str(reason))
    return Event(entry.at, title, " · ".join(parts), icon, tone)
