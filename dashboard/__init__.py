"""A self-hosted Stripe dashboard for finance teams, over a local mirror of Stripe accounts."""
