"""How subscriptions and invoices work: what the operations on them do, and what time does."""
