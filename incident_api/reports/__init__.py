"""Reports of an incident: one set of facts, as JSON, DOCX and PDF."""
