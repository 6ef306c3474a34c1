"""The furniture that every page shares: access, context, headers, errors, htmx. No feature."""
