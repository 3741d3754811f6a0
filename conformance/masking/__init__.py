"""How secrets and tokens are found in a text, in whatever spelling, and what is shown in their place."""
