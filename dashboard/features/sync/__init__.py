"""The sync as people see it: how far it is, what Stripe refuses, and a button to start it."""
