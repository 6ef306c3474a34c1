"""Products: what is sold, and for which prices."""
