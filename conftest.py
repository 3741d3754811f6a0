"""Makes the suite's pytest options and items known wherever pytest is started in this repository."""

pytest_plugins = ["conformance.plugin"]
