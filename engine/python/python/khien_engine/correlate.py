"""Correlates on event time: lines and the rules that hit them in, firings out."""

from khien_engine._native import Eviction, Firing, Growth, Lane, LaneChanges, OpenGroup, Plan

__all__ = ["Eviction", "Firing", "Growth", "Lane", "LaneChanges", "OpenGroup", "Plan"]
