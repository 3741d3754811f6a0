"""The checks on literals: what was asked, what was answered, and which requirements that breaks."""
