"""Ingest, rule compiler, detection and correlation, alert outbox."""
