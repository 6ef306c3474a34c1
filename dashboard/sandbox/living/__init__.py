"""The company goes on living: what happens as time passes, through the API's own operations."""
