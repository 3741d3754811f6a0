"""Settings and targets."""
