"""The only door to Stripe: requests, answers, limits and errors. Plain dicts come out."""
