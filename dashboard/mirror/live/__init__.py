"""Following Stripe live: from the inbox of deliveries into the mirror."""
