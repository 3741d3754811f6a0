"""Benchmarks, each reproducible with one command."""
