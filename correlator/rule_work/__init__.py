"""Judging whole rule sets: coverage, cost, and what another set would have said."""
