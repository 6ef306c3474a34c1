"""What speaks with Stripe: consent, keys and tokens. Imported when it is first needed."""
