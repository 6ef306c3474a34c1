"""What is done outside of requests: jobs that are rows, bells that wake, and who runs them.

A job is a row first (``dashboard.store.jobs``); the queue, in Redis or in a file, carries its id
only, so that a queue that is lost loses nothing. See docs/decisions/0009.
"""
