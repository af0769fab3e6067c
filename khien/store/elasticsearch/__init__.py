"""Events and alerts in Elasticsearch 8 and 9."""
