"""Event stores: one small interface, SQLite and Elasticsearch behind it."""
