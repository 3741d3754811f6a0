"""The repository itself: what its parts promise each other."""
