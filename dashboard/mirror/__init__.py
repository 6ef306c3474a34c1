"""What Stripe knows: tables that may be dropped and rebuilt, and how they are kept."""
