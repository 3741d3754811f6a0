"""Conformance suite of the Partners API: contract in, verdicts and reports out."""

__version__ = "0.1.0"
