"""The real command, as a user types it, against whatever can happen to it."""
