"""What only we know and must be backed up: books, connections, users, sessions, sync runs."""
