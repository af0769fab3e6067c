"""Stamps lines at ingest and finds the rules that hit them."""

from khien_engine._native import Inventory, Stamped, stamp

__all__ = ["Inventory", "Stamped", "stamp"]
