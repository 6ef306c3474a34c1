"""One file for each kind of Stripe object: its table, and how a raw object becomes a row."""
