"""Invoices: what customers were billed, and what of it they paid."""
