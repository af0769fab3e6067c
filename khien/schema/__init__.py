"""The one list of event fields, and what is generated from it."""
