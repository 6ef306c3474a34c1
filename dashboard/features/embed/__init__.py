"""The way in from the portal."""
