"""The second factor of one's own account: set it up, renew its recovery codes, turn it off."""
