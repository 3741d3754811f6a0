"""The record, and the catalogue, as people and programs read them. Pure functions of values."""
