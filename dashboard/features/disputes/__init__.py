"""Disputes: payments that customers contest at their bank, and until when to answer."""
