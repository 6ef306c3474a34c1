"""What every room stands on: clock, settings, money, database. No Flask, Stripe or tables."""
