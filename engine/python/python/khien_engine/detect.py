"""Stamps lines at ingest and finds the rules that hit them."""

from khien_engine._native import Inventory, Ruleset, Stamped, Stats, case_folding, stamp

__all__ = ["Inventory", "Ruleset", "Stamped", "Stats", "case_folding", "stamp"]
