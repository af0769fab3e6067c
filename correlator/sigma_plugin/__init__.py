"""Khiên in sigma-cli: its field names as a processing pipeline, its verdicts as validators. Found by pySigma's own discovery."""
