"""The suite's own tests. `pytest tests` runs them; they never touch reports/."""
