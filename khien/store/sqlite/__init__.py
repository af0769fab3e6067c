"""Events and alerts in SQLite files: one a day, one an import."""
