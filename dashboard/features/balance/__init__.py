"""The balance: what is there, what moved it, and whether Stripe agrees."""
