"""Rules as queries for hunting in Elasticsearch (detection design, section 11)."""
