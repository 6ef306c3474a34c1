"""Who did what, as people who may read it see it."""
