"""Servers that keep the contract, with as many faces as real servers have: none of them may be accused of anything."""

from tests.conforming.variants import VARIANTS, Variant

__all__ = ["VARIANTS", "Variant"]
