"""Alerts, their triage groups and what people do with them."""
