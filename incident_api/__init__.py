"""Alerts, people and deadlines over HTTP."""
