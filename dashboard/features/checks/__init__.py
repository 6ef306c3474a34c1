"""What comparing the mirror with Stripe has found, and the button that mends it."""
