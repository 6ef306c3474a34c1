"""The jobs as people see them: what waits, runs, failed and is done, and what comes next."""
