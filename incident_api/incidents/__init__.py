"""Incidents: what alerts become when people confirm them, and what the city owes because of them."""
