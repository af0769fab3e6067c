"""Incidents and alerts for other tools: STIX 2.1 and CSV."""
