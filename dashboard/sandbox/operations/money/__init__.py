"""How money is taken: what the operations on payments, refunds and carts have in common."""
