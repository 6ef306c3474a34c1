"""A practice Stripe: a stateful server of our own that speaks Stripe's API over HTTP."""
